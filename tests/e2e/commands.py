"""What an operator does on a bad day, as one process: `python -m tests.e2e.commands FOLDER`.

Each command is the real one; only the imports are made once. What it prints goes to a file of its own in FOLDER. Those
that print values because a person asked for them (`history`, `export`, `review RECORD`) are not among them.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psycopg

from cli.main import main as leadsync
from tests.e2e.marks import PAGE, PEOPLE, ROW, ZOHO_SAYS

BACKOFFICE = "LEADSYNC_SANDBOX_BACKOFFICE_"
ZOHO, PORTAL = "LEADSYNC_SANDBOX_ZOHO_CONTROL_URL", "LEADSYNC_SANDBOX_PORTAL_CONTROL_URL"
REFUSED = json.dumps({"code": "23505", "message": f"duplicate key {ROW}", "details": ROW, "hint": ROW})
UNREADABLE = json.dumps({"records": [{"n": ROW, "seen": [ROW]}], "leads": {ROW: ROW}})
ODD = json.dumps({"now": ROW, "watermarks": {ROW: ROW}, "cache": {ROW: {"value": ROW}}})

numbers = count(1)


def main(folder: Path) -> None:
    retry_at_once()
    for flow, fault in failures():
        with fault:
            command(folder, "run", flow, "--full")
    command(folder, "run", "primary", "--full", "--dry-run")
    command(folder, "run", "primary", "--full", "--json")
    disagree()
    command(folder, "run", "primary", "--full")
    (waiting, *_) = rows("select source || ':' || source_id from leadsync.records where place = 'review'")
    command(folder, "review")
    command(folder, "review", waiting, "separate")
    command(folder, "rejected")
    command(folder, "rejected", "--json")
    command(folder, "run", "primary")
    last = "select attempt_id::text from leadsync.attempts where status <> 'failed' order by started_at desc limit 1"
    for words in (["undo", rows(last)[0], "--dry-run"], ["undo", rows(last)[0]], ["undo", rows(last)[0], "--json"]):
        command(folder, *words)
    for words in (
        ["reconcile"],
        ["reconcile", "--heal"],
        ["verify", "--confirm-side-effects"],
        ["tidy"],
        ["doctor"],
        ["doctor", "--json"],
        ["report", "--to", "-"],
        ["pause", "backup"],
        ["resume", "backup"],
    ):
        command(folder, *words)
    wrong_settings(folder)
    look(folder)


def command(folder: Path, *words: str) -> None:
    """Runs one and keeps what it says, whatever it ends with."""
    file = folder / f"{next(numbers):02} {' '.join(words)[:40].replace('/', ' ')}"
    spoken = patch.object(sys, "argv", ["leadsync", *words])
    with file.open("w") as output, redirect_stdout(output), redirect_stderr(output), spoken:
        try:
            leadsync()
        except SystemExit as ended:
            output.write(f"ended with {ended.code}\n")


def failures() -> Iterator[tuple[str, Any]]:
    """One way after the other in which a run of a flow fails and something quotes a person."""
    control = os.environ[f"{BACKOFFICE}CONTROL_URL"]
    yield "primary", faulty(os.environ[ZOHO], path="Leads", status=500, html=PAGE)
    yield "primary", faulty(os.environ[ZOHO], path="Leads", status=400, body=ZOHO_SAYS)
    yield "backup", faulty(os.environ[PORTAL], status=400, body=REFUSED)
    yield "primary", faulty(control, path="leadsync_apply", status=409, body=REFUSED)
    yield "backup", faulty(control, path="leadsync_match", status=200, html=PAGE)
    yield "primary", faulty(control, path="leadsync_match", status=200, body=UNREADABLE)
    yield "backup", faulty(control, path="leadsync_open", status=200, body=ODD)
    yield "primary", patch("systems.backoffice.Backoffice.match", side_effect=KeyError(ROW))
    yield "primary", refusing()


@contextmanager
def faulty(control: str, **fault: object) -> Iterator[None]:
    """Has all requests go wrong that match."""
    httpx.post(f"{control}/faults", json=[{**fault, "times": 99}], trust_env=False).raise_for_status()
    yield
    httpx.delete(f"{control}/faults", trust_env=False).raise_for_status()


@contextmanager
def refusing() -> Iterator[None]:
    """Has the backoffice's own trigger refuse a person and quote them."""
    execute(
        "create function public.meddle() returns trigger language plpgsql as $$ begin if new.name like 'Zqrefused%' "
        "then raise exception 'not %', new using detail = new.email, hint = new.phone; end if; return new; end $$",
        "create trigger meddle before insert or update on leads for each row execute function public.meddle()",
    )
    yield
    execute("drop function public.meddle cascade")


def disagree() -> None:
    """A person changes what the source then changes too: a conflict."""
    execute("update leads set phone = '79 46 15 38', address = '9, Triq Zqlane' where name = 'Zqanna Zqborg'")
    (zoho_id,) = rows("select zoho_lead_id from leads where name = 'Zqanna Zqborg'")[:1]
    change = {"id": zoho_id, "Phone": "+356 9938 2746", "Street": "8, Triq Zqnew"}
    httpx.post(f"{os.environ[ZOHO]}/leads", json=[{**PEOPLE[0], **change}], trust_env=False).raise_for_status()


def wrong_settings(folder: Path) -> None:
    """Values that cannot be used: they are named, not quoted."""
    key = os.environ["BACKOFFICE_SUPABASE_SERVICE_KEY"]
    for name, value in {
        "BACKOFFICE_SUPABASE_SERVICE_KEY": f"Bearer {key}",
        "BACKOFFICE_SUPABASE_URL": f"postgresql://postgres:{key}@db.example/x",
        "ZOHO_REFRESH_TOKEN": os.environ["ZOHO_REFRESH_TOKEN"] + " x",
        "ZOHO_CLIENT_SECRET": os.environ["ZOHO_CLIENT_SECRET"][:-1] + "x",
        "VERIFY_EMAIL": "zqoperator@",
        "CRON_SECRET": "zqshort",
    }.items():
        with patch.dict(os.environ, {name: value}):
            command(folder, *(["verify", "--confirm-side-effects"] if name == "VERIFY_EMAIL" else ["run", "primary"]))
    with patch.dict(os.environ, BACKOFFICE_SUPABASE_SERVICE_KEY=f"{key} {key}", CRON_SECRET="zqshort"):
        command(folder, "doctor")


def look(folder: Path) -> None:
    """A look of the watch."""
    from flows.watch import watch  # noqa: PLC0415 - imports Prefect

    body: Any = watch
    (folder / "watch").write_text(str(body(return_state=True).message))


def retry_at_once() -> None:
    """Without the ten seconds before a step's second try."""
    from flows.verification import earlier  # noqa: PLC0415 - imports Prefect
    from tasks import dedupe, extract_portal, fetch_zoho, load_backoffice, record_metadata  # noqa: PLC0415 - the same

    for module in (dedupe, extract_portal, fetch_zoho, load_backoffice, record_metadata):
        getattr(module, module.__name__.rpartition(".")[2]).retry_delay_seconds = [0, 0]
    earlier.SEARCHABLE_AFTER = 0.0


def execute(*statements: str) -> None:
    with psycopg.connect(os.environ[f"{BACKOFFICE}DSN"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def rows(statement: str) -> list[str]:
    with psycopg.connect(os.environ[f"{BACKOFFICE}DSN"]) as connection:
        return [value for (value,) in connection.execute(statement.encode()).fetchall()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
