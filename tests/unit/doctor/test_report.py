"""The report as a person and as a program read it."""

import io
import json

from rich.console import Console

from cli.doctor.finding import Finding, Severity
from cli.doctor.report import as_json, in_order, show

CURE = "Run `supabase db push` on it, or psql with each file of supabase/migrations/ in order, and then look again."
FINDINGS = [
    Finding("workers", Severity.ERROR, "Prefect", "no worker is online", "Start one."),
    Finding("settings", Severity.OK, "Settings", "all is set", ""),
    Finding("migrations", Severity.ERROR, "Backoffice", "its migrations are missing", CURE),
    Finding("leads-columns", Severity.UNSEEN, "Backoffice", "see migrations", ""),
    Finding("leads-doubles", Severity.UNSEEN, "Backoffice", "see migrations", ""),
    Finding("waiting", Severity.WARNING, "Backoffice", "2 records [in review] wait", "Decide."),
]


def shown(width: int = 100) -> str:
    stream = io.StringIO()
    show(in_order(FINDINGS), Console(file=stream, width=width, no_color=True))
    return stream.getvalue()


def test_every_line_fits_a_hundred_columns_and_is_plain_text() -> None:
    told = shown()
    assert max(map(len, told.splitlines())) <= 100
    assert "\x1b" not in told


def test_each_finding_is_there_with_severity_system_cause_and_cure() -> None:
    told = " ".join(shown().split())
    assert "error Backoffice its migrations are missing [migrations] →" in told
    assert CURE in told
    assert "warning Backoffice 2 records [in review] wait [waiting] → Decide." in told
    assert "ok Settings all is set" in told


def test_findings_stand_by_system_and_the_sum_is_last() -> None:
    told = shown()
    assert told.index("Settings") < told.index("Backoffice") < told.index("Prefect")
    assert told.splitlines()[-1].startswith("2 errors, 1 warning, 1 in order; 2 not looked at")


def test_what_was_not_looked_at_for_one_reason_is_one_line() -> None:
    told = " ".join(shown().split())
    assert "not looked at Backoffice leads-columns, leads-doubles: see migrations" in told
    assert told.count("see migrations") == 1


def test_json_has_everything_and_the_exit_code() -> None:
    told = json.loads(json.dumps(as_json(FINDINGS)))
    assert told["exit_code"] == 2
    assert told["counts"] == {"ok": 1, "not looked at": 2, "warning": 1, "error": 2}
    assert len(told["findings"]) == len(FINDINGS)
    assert told["findings"][0] == {
        "check": "workers",
        "severity": "error",
        "system": "Prefect",
        "cause": "no worker is online",
        "cure": "Start one.",
    }
