"""Doctor in this process, and things that happened in the backoffice."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from cli.doctor.case import Case
from cli.doctor.command import CHECKS
from cli.doctor.examination import examine
from cli.doctor.finding import Finding

PRIMARY, BACKUP = "primary-zoho-sync", "backup-portal-sync"
SOURCES = {PRIMARY: "zoho", BACKUP: "portal"}
REVOKED = {"system": "Zoho", "cause": "the refresh token is revoked", "cure": "Create a new one."}


def look(*names: str) -> list[Finding]:
    """The findings of some checks, or of all."""
    checks = [check for check in CHECKS if not names or check.name in names]
    assert not names or len(checks) == len(names), "no such check"
    with closing(Case()) as case:
        return examine(case, checks)


def found(name: str) -> list[tuple[str, str, str, str]]:
    """What a check finds: severity, system, cause and cure of each finding that is none of order."""
    return [
        (finding.severity.value, finding.system, finding.cause, finding.cure)
        for finding in look(name)
        if finding.severity.value != "ok"
    ]


@dataclass(frozen=True)
class Wrong:
    """Settings that are wrong, and the finding that says so: the two last are regular expressions."""

    environment: dict[str, str]
    check: str
    severity: str
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.check}: {self.cause}"


@dataclass(frozen=True)
class History:
    """Writes what attempts leave behind."""

    backoffice: psycopg.Connection

    def attempt(self, flow: str = PRIMARY, **facts: Any) -> None:  # noqa: ANN401 - columns of many types
        """One attempt: `status`, `minutes` since it began, `trigger`, `error`, `silent` without a sign of life."""
        status = facts.get("status", "completed")
        self.backoffice.execute(
            """
            insert into leadsync.attempts (
                attempt_id, flow, source, trigger, status, started_at, finished_at, beat_at, watermark, errors
            )
            select %s, %s, %s, %s, %s, begun, case when %s <> 'running' then begun + interval '10 seconds' end,
                case when %s then begun else clock_timestamp() end, case when %s then begun end, %s
            from (select clock_timestamp() - make_interval(mins => %s) as begun) as b
            """,
            (
                *(uuid4(), flow, SOURCES[flow], facts.get("trigger", "schedule"), status, status),
                *(facts.get("silent", False), status in ("completed", "findings")),
                *(Jsonb([facts["error"]] if "error" in facts else []), facts.get("minutes", 5)),
            ),
        )
