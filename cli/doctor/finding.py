"""What doctor says: a finding has a system, a cause and a cure, and never a secret or anything about a person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from systems.errors import LeadsyncError


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    UNSEEN = "not looked at"
    """Something that it needs was not there, which is a finding of its own."""
    WARNING = "warning"
    """It works, but something waits, is left out, or will go wrong one day."""
    ERROR = "error"
    """A flow cannot run or does not, or leads are refused."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says; `fine`, `warning` and `error` make one."""

    severity: Severity
    cause: str
    cure: str = ""
    system: str | None = None
    """Where it is not the check's own."""


def fine(seen: str) -> Verdict:
    """All is as it should be: what was seen."""
    return Verdict(Severity.OK, seen)


def warning(cause: str, cure: str) -> Verdict:
    """Something to look at."""
    return Verdict(Severity.WARNING, cause, cure)


def error(cause: str, cure: str) -> Verdict:
    """Something to repair."""
    return Verdict(Severity.ERROR, cause, cure)


def failure(what: LeadsyncError) -> Verdict:
    """What an error of ours says."""
    return Verdict(Severity.ERROR, what.cause, what.cure, what.system)


class Unseen(Exception):
    """Raised by a check that cannot look, because of something that another check reports; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: the name of the check that says so; scripts may rely on it.
        severity: how bad it is.
        system: `Settings`, `Portal`, `Backoffice`, `Zoho`, `Prefect`, `Telegram`, `Clock`.
        cause: what was found, as an error's cause.
        cure: what a person can do, one or more whole sentences; empty where nothing is to be done.
    """

    check: str
    severity: Severity
    system: str
    cause: str
    cure: str

    def as_json(self) -> dict[str, str]:
        """The form of `--json`."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "system": self.system,
            "cause": self.cause,
            "cure": self.cure,
        }


def exit_code(findings: Iterable[Finding]) -> int:
    """0 if nothing is to be done, 1 with warnings, 2 with errors."""
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return 2
    return 1 if Severity.WARNING in severities else 0


LONGEST_WORD = 30


def word(text: str) -> str:
    """A word of somebody's vocabulary, as far as it can be told: whatever looks like more than a word is not shown."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _/-]*", text) and len(text) <= LONGEST_WORD
    return f"`{text}`" if plain else "(not shown)"


def listed(words: Iterable[str], most: int = 8) -> str:
    """Words with commas, the first of many and how many more there are."""
    every = list(words)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest


def joined(words: Iterable[str]) -> str:
    """All words, with commas and an `and`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else several}"
