"""What Zoho's API costs: calls, and credits of the organisation's rolling 24 hours.

Source: Zoho CRM API v8, "API limits": most calls cost one credit, ordering a Bulk Read costs 50.
"""

import threading
from dataclasses import dataclass
from typing import TypedDict

import httpx

from systems.zoho_answers import Call

REMAINING = "X-API-CREDITS-REMAINING"
"""Zoho says what is left only once half of the day's credits are used."""


class CostJson(TypedDict):
    """The form in which an attempt keeps it."""

    calls: int
    credits: int
    tokens: int
    credits_left: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a run has spent.

    Attributes:
        calls: answered calls of the API, refused ones included, without those for tokens.
        credits: by the documented prices; a refused call (429) costs none.
        tokens: access tokens asked for; ten in ten minutes are allowed.
        credits_left: what Zoho said last that is left of the day; None if it did not say.
    """

    calls: int = 0
    credits: int = 0
    tokens: int = 0
    credits_left: int | None = None

    def as_json(self) -> CostJson:
        """For the attempt's record and for `--json`."""
        return {"calls": self.calls, "credits": self.credits, "tokens": self.tokens, "credits_left": self.credits_left}

    def __str__(self) -> str:
        left = "" if self.credits_left is None else f", {self.credits_left:,} credits are left today"
        return f"{self.calls:,} calls and {self.tokens} for tokens, {self.credits:,} credits{left}"


class Meter:
    """Counts; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._credits = self._tokens = 0
        self._left: int | None = None

    def count(self, response: httpx.Response, call: Call) -> None:
        """One answered call."""
        left = response.headers.get(REMAINING, "").strip()
        with self._lock:
            self._calls += 1
            self._credits += 0 if response.status_code == httpx.codes.TOO_MANY_REQUESTS else call.credits
            self._left = int(left) if left.isdecimal() else self._left

    def count_token(self) -> None:
        """One call of the token endpoint."""
        with self._lock:
            self._tokens += 1

    @property
    def cost(self) -> Cost:
        """What has been spent so far."""
        with self._lock:
            return Cost(calls=self._calls, credits=self._credits, tokens=self._tokens, credits_left=self._left)
