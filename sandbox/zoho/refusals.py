"""Refusals on order: Zoho's codes that no call of a test brings about by itself (§6)."""

from pydantic import BaseModel, ConfigDict, field_validator

from sandbox.faults import Fault
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.replies import refusal
from sandbox.zoho.settings import Settings

STATUSES = {
    "INVALID_TOKEN": 401,
    "INVALID_OAUTHTOKEN": 401,
    "AUTHENTICATION_FAILURE": 401,
    "OAUTH_SCOPE_MISMATCH": 401,
    "NO_PERMISSION": 403,
    "NOT_SUPPORTED": 403,
    "AUTHORIZATION_FAILED": 400,
    "FEATURE_NOT_ENABLED": 400,
    "EXPIRED_VALUE": 400,
    "TOKEN_BOUND_DATA_MISMATCH": 400,
    "API_NOT_SUPPORTED": 400,
    "RESOURCE_NOT_FOUND": 404,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "BAD_GATEWAY": 502,
    "SERVICE_UNAVAILABLE": 503,
}


class Refusal(BaseModel):
    """One of the codes, for the calls that match as those of a `Fault` do.

    Attributes:
        status: Another HTTP status than the documented one, as some pages and users tell.
    """

    model_config = ConfigDict(extra="forbid")

    code: str
    status: int | None = None
    method: str | None = None
    path: str = ""
    times: int | None = 1

    @field_validator("code")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in STATUSES:
            raise ValueError("unknown code")
        return code

    def fault(self, settings: Settings) -> Fault:
        """The refusal in the envelope of now."""
        status = self.status or STATUSES[self.code]
        told = refusal(ZohoError(status, self.code, self.code.replace("_", " ").lower()), settings)
        wish = {"method": self.method, "path": self.path, "times": self.times, "status": status}
        return Fault.model_validate({**wish, "body": bytes(told.body).decode()})
