"""What an answer of a Supabase project means: one table from its codes to our errors.

Sources: PostgREST, "Errors"; PostgreSQL, "Error codes". supabase-py's own exception has neither the status nor
`Retry-After`, so answers are judged in a hook of the HTTP client, before supabase-py sees them.
"""

import re
from dataclasses import dataclass

import httpx

from systems.errors import (
    AttemptClosed,
    Contended,
    ContractBroken,
    LeadsyncError,
    Misconfigured,
    RateLimited,
    Unavailable,
)
from systems.transport import json_body, retry_after

MISSING_FUNCTION = frozenset({"PGRST202", "42883"})
MISSING_TABLE = frozenset({"PGRST205", "42P01"})
UNKNOWN_TO_API = frozenset({"PGRST202", "PGRST205"})
OUTDATED = (
    "If nothing is missing, its API has not noticed: run `notify pgrst, 'reload schema'` in the project's SQL editor."
)
REJECTED_KEY = frozenset({"PGRST301", "PGRST302", "PGRST303"})
NO_RIGHT = frozenset({"42501"})
CONTENDED = frozenset({"40P01", "55P03"})
CLOSED = frozenset({"LS001"})
DOWN = re.compile(r"(08|53|58)...|57014|57P0.|PGRST00.")
NOT_AVAILABLE = "it is not available", "Try again later."
NO_DATABASE = (
    "its API does not reach the database",
    "Try again later; if it stays, see whether the project is paused, restarting or out of connections.",
)
REASONS = {
    "53100": ("its disk is full", "Give the project more space; the next run reads on."),
    "53300": ("it has no connection left", "Try again later; if it stays, see what takes them."),
    "57014": ("a statement took longer than it may", "Try again later; if it stays, see what holds locks."),
    "PGRST000": NO_DATABASE,
    "PGRST001": NO_DATABASE,
    "PGRST002": NO_DATABASE,
}
"""Why a database is not available, and what to do, where its code says so."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """Which project is called, in the words an operator knows.

    Attributes:
        system: `Portal` or `Backoffice`.
        prefix: of its settings, such as `PORTAL_SUPABASE_`.
        missing: the cure when a table or function is not there.
    """

    system: str
    prefix: str
    missing: str

    def judge(self, response: httpx.Response) -> None:
        """A response hook: raises what the answer means, unless it is a success.

        An empty success is none: supabase-py would take it for an empty list, and a reader for the end of a table.
        """
        response.read()
        if not response.is_success:
            raise self._error(response, _code(json_body(response)))
        if not response.content and response.status_code != httpx.codes.NO_CONTENT:
            raise self.unreadable(response.status_code)

    def unreadable(self, status: int = 200) -> Unavailable:
        """The error for a success whose body is not the promised JSON."""
        cure = f"Try again later; if it stays, check {self.prefix}URL."
        return Unavailable(self.system, "its answer is not the promised JSON", cure, status=status)

    def _error(self, response: httpx.Response, code: str | None) -> LeadsyncError:
        status = response.status_code
        named = code or f"status {status}"
        if code is not None and (error := self._database_error(status, code, response)):
            return error
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait = retry_after(response)
            cause = "it was asked too often"
            return RateLimited(self.system, cause, "Try again later.", status=status, code=code, retry_after=wait)
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            return self._wrong_key(status, code)
        if status == httpx.codes.NOT_FOUND or httpx.codes.is_redirect(status):
            cause = f"nothing answers at that address as a Supabase project does ({named})"
            return Misconfigured(self.system, cause, f"Check {self.prefix}URL. {self.missing}", status=status)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT or code is None:
            return self._down(response, code)
        return self._unexplained(status, code)

    def _database_error(self, status: int, code: str, response: httpx.Response) -> LeadsyncError | None:
        """What a code says whatever the status; None if only the status can tell."""
        if code in CLOSED:
            cause = "the attempt is no longer running; another run has closed it as crashed"
            return AttemptClosed(self.system, cause, "The next run goes on from its work.", status=status, code=code)
        if code in CONTENDED:
            cause = f"another writer held what was needed ({code})"
            return Contended(self.system, cause, "Try again.", status=status, code=code)
        if code in MISSING_FUNCTION | MISSING_TABLE:
            cause = f"a table or function is missing ({code})"
            cure = f"{self.missing} {OUTDATED}" if code in UNKNOWN_TO_API else self.missing
            return Misconfigured(self.system, cause, cure, status=status, code=code)
        if code in REJECTED_KEY | NO_RIGHT:
            return self._wrong_key(status, code)
        if DOWN.fullmatch(code):
            return self._down(response, code)
        return self._unexplained(status, code) if re.fullmatch(r"[0-9A-Z]{5}", code) else None

    def _wrong_key(self, status: int, code: str | None) -> Misconfigured:
        cause = f"its key is wrong, revoked, of another project or without rights ({code or f'status {status}'})"
        cure = f"Set {self.prefix}SERVICE_KEY to a secret key of the project that {self.prefix}URL names."
        return Misconfigured(self.system, cause, cure, status=status, code=code)

    def _down(self, response: httpx.Response, code: str | None) -> Unavailable:
        reason, cure = REASONS.get(code or "", NOT_AVAILABLE)
        return Unavailable(
            self.system,
            f"{reason} ({code or f'status {response.status_code}'})",
            cure,
            status=response.status_code,
            code=code,
            retry_after=retry_after(response),
        )

    def _unexplained(self, status: int, code: str) -> ContractBroken:
        cause = f"it refused a request for a reason that its contract does not explain ({code}, status {status})"
        return ContractBroken(self.system, cause, "Report it as a defect of leadsync.", status=status, code=code)


def _code(body: object) -> str | None:
    """The error's code, if it is one: only such text may reach a log."""
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[0-9A-Z]{5}|PGRST[0-9A-Z]{3}", code) else None
