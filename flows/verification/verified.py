"""How a verification ended: a verdict on each link of the chain, what was removed, what is left. No personal data."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from prefect.states import Completed, Failed

from flows.artifact import keep, table
from tasks.defects import safe_error
from tasks.step import logger

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from systems.errors import LeadsyncError

KEY = "leadsync-verify"
HEAD = ("link", "verdict", "seconds", "what was seen")


class Link(StrEnum):
    """The links, in their order."""

    READY = "before: no other lead has the test lead's phone"
    PORTAL = "portal: takes a test lead"
    ZOHO = "portal to Zoho CRM: writes it there"
    PRIMARY = "Zoho CRM to backoffice: the primary sync brings it"
    BACKUP = "portal to backoffice: the backup sync links it, and makes no second one"
    RECORD = "record: both attempts are in sync_metadata, and no run logged an error"
    REMOVAL = "removal: the test lead is out of the backoffice"


class Result(StrEnum):
    """What is said of a link."""

    GOOD = "good"
    BROKEN = "broken"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found at a link."""

    link: Link
    result: Result
    seconds: float
    said: str

    def cells(self) -> tuple[str, ...]:
        """In the order of `HEAD`."""
        spent = "" if self.result is Result.NOT_TRIED else f"{self.seconds:.1f}"
        return self.link.value, self.result.value, spent, self.said

    def as_json(self) -> dict[str, Any]:
        """As `leadsync verify --json` has it; `seconds` to a tenth."""
        seconds = round(self.seconds, 1)
        return {"link": self.link.name.lower(), "verdict": self.result, "seconds": seconds, "said": self.said}


class Verified:
    """Collects verdicts; the first broken link ends the chain.

    Attributes:
        verdicts: in the order of the links.
        error: what is wrong with the first broken link.
        name: the test lead's, once there is one.
        ids: of its records and lead, by system, as far as they are known.
        left: what is left, and where it can be removed by hand.
        attempts: the ids of the attempts by flow.
    """

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.error: LeadsyncError | None = None
        self.name: str | None = None
        self.ids: dict[str, str] = {}
        self.left: list[str] = []
        self.attempts: dict[str, str] = {}

    def go(self, link: Link, act: Callable[[], str]) -> None:
        """Tries a link, unless one before it is broken."""
        if self.error is not None:
            self.verdicts.append(Verdict(link=link, result=Result.NOT_TRIED, seconds=0, said=""))
        else:
            self.go_anyhow(link, act)

    def go_anyhow(self, link: Link, act: Callable[[], str]) -> None:
        """Tries a link, whatever was before it."""
        began = time.monotonic()
        try:
            result, said = Result.GOOD, act()
        except Exception as error:  # noqa: BLE001 - every error breaks the link
            told = safe_error(error)
            self.error = self.error or told
            result, said = Result.BROKEN, str(told)
        logger.info("verify: %s: %s", link, result)
        self.verdicts.append(Verdict(link=link, result=result, seconds=time.monotonic() - began, said=said))

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return self.error.exit_code if self.error else 0

    @property
    def message(self) -> str:
        """One line: that all is well, or the first broken link with system, cause and cure."""
        if self.error is None:
            return f"good: {self.name} went through all links in {self._seconds:.0f} s."
        broken = next(verdict.link for verdict in self.verdicts if verdict.result is Result.BROKEN)
        if broken is Link.READY:
            return f"nothing was done: {self.error}"
        return f"broken at {broken.partition(':')[0]}: {self.error}"

    def as_json(self) -> dict[str, Any]:
        """What `leadsync verify --json` prints."""
        return {
            "status": "failed" if self.error else "completed",
            "broken": self.error.summary() if self.error else None,
            "links": [verdict.as_json() for verdict in self.verdicts],
            "lead": {"name": self.name, **self.ids},
            "attempts": self.attempts,
            "left": self.left,
        }

    def rows(self) -> list[tuple[str, ...]]:
        """The verdicts, as lines in the order of `HEAD`."""
        return [verdict.cells() for verdict in self.verdicts]

    def state(self) -> "State[Verified]":
        """The run's final state, after its artifact is kept."""
        keep(KEY, "\n".join(self._lines()), self.message)
        kind = Failed if self.error else Completed
        return kind(message=self.message, data=self)

    @property
    def _seconds(self) -> float:
        return sum(verdict.seconds for verdict in self.verdicts)

    def _lines(self) -> Iterator[str]:
        yield f"# verify: {self.message}\n"
        yield from table(HEAD, self.rows())
        if self.left:
            yield "\n## What is left\n"
            yield from (f"- {one}" for one in self.left)
