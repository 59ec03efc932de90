"""Zoho's errors: HTTP status, code, message and details (§6)."""

from collections.abc import Mapping, Sequence


class ZohoError(Exception):
    """An error reply, of a whole call or of one item of it."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})

    def body(self) -> dict[str, object]:
        """The envelope `{code, details, message, status}`."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def invalid_url() -> ZohoError:
    """The path or version is unknown, or deliberately not implemented."""
    return ZohoError(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")


def wrong_method() -> ZohoError:
    """The path exists, the method does not."""
    return ZohoError(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")


def invalid_param(name: str, message: str = "invalid data", **details: object) -> ZohoError:
    """A parameter has a value that it cannot have."""
    return ZohoError(400, "INVALID_DATA", message, {"param_name": name, **details})


def ambiguous(*names: str) -> ZohoError:
    """Parameters that exclude each other came together."""
    details = {"ambiguity_due_to": [{"param_name": name} for name in names]}
    return ZohoError(400, "AMBIGUITY_DURING_PROCESSING", f"{' and '.join(names)} cannot be used together", details)


def missing_param(name: str) -> ZohoError:
    """A mandatory parameter is absent or empty."""
    return ZohoError(
        400,
        "REQUIRED_PARAM_MISSING",
        "One of the expected parameter is missing",
        {"param_name": name},
    )


def invalid_value(api_name: str, path: str, **details: object) -> ZohoError:
    """A value in a request's body breaks its field's rule."""
    return ZohoError(400, "INVALID_DATA", "invalid data", {"api_name": api_name, "json_path": path, **details})


def not_found(api_name: str, path: str) -> ZohoError:
    """A mandatory value in a request's body is absent."""
    return ZohoError(400, "MANDATORY_NOT_FOUND", "required field not found", {"api_name": api_name, "json_path": path})


def raise_all(errors: Sequence[ZohoError]) -> None:
    """Raise the errors of one record, if there are any: one as it is, several in one."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        details = {"errors": [error.body() for error in errors]}
        raise ZohoError(errors[0].status, "MULTIPLE_OR_MULTI_ERRORS", "The record has several errors", details)


def expired(name: str) -> ZohoError:
    """A page token has outlived itself."""
    return ZohoError(400, "EXPIRED_VALUE", f"The {name} has expired", {"param_name": name})


def foreign_token(name: str) -> ZohoError:
    """A page token came with other parameters than it was given for."""
    message = f"The parameters differ from those that the {name} was given for"
    return ZohoError(400, "TOKEN_BOUND_DATA_MISMATCH", message, {"param_name": name})


def too_many(message: str) -> ZohoError:
    """Something is used up: credits, places for calls under way, downloads."""
    return ZohoError(429, "TOO_MANY_REQUESTS", message)


def invalid_module() -> ZohoError:
    """This organisation has no such module."""
    message = "the module name given seems to be invalid"
    return ZohoError(400, "INVALID_MODULE", message, {"resource_path_index": 0})


def unsupported_version() -> ZohoError:
    """The version is none that is in use."""
    return ZohoError(400, "API_NOT_SUPPORTED", "This version of the API is not in use", {"supported_version": "v8"})


def unknown_id(path: str) -> ZohoError:
    """No lead has this id, or none that can be written."""
    return ZohoError(400, "INVALID_DATA", "the id given seems to be invalid", {"api_name": "id", "json_path": path})
