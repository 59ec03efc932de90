"""The guard before the company's own mails: what an unconfirmed run may write, and what a confirmation opens."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest

from sandbox.world import World
from systems.errors import AttemptClosed, Refused
from tests.integration.tables import Rows, contents
from tests.integration.test_flows.runs import Attempts, Which, leads, plant, run, watermark

MANY = 450
"""More than two of the smallest batches hold."""


@pytest.fixture
def small(company: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A clean world in which a batch holds 200 records."""
    monkeypatch.setenv("LEADSYNC_BATCH_SIZE", "200")
    return company


def person(number: int, *, old: bool, **more: object) -> dict[str, Any]:
    """A lead of Zoho; higher numbers are read later."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    modified = hour_ago + timedelta(seconds=number)
    created = datetime(2020, 1, 1, tzinfo=UTC) if old else hour_ago
    return {
        "Last_Name": f"Vella {number}",
        "Email": f"vella{number}@mail.example",
        "Created_Time": created.isoformat(timespec="seconds"),
        "Modified_Time": modified.isoformat(timespec="seconds"),
        **more,
    }


def people(young: int, old: int) -> list[dict[str, Any]]:
    """So many leads of Zoho; the old ones are read last."""
    return [person(number, old=number >= young) for number in range(young + old)]


def add_rows(portal: psycopg.Connection, *, young: int, old: int) -> None:
    """The same people in the portal."""
    statement = """
    insert into leads (id, name, email, phone, created_at)
    select
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Carmen Vella ' || n,
        'vella' || n || '@mail.example', '', case when n < %s then now() else '2020-01-01' end
    from generate_series(0, %s) as n
    """
    portal.execute(statement, (young, young + old - 1))


def add_unreachable(backoffice: psycopg.Connection, *, first: int, number: int) -> None:
    """The same people from number `first` on in the backoffice, known in Zoho, without the address that mails need."""
    statement = """
    insert into leads (portal_lead_id, zoho_lead_id, name, email, phone)
    select
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, (900000000000000000 + n)::text,
        'Carmen Vella ' || n, '', ''
    from generate_series(%s::int, %s::int) as n
    """
    backoffice.execute(statement, (first, first + number - 1))


def calls(control_url: str, path: str = "") -> int:
    """How many requests whose path has that in it a server has had since they were last forgotten."""
    report = httpx.get(f"{control_url}/calls", trust_env=False).json()
    return sum(number for call, number in report.get("counts", report).items() if path in call)


def forget_calls(world: World) -> None:
    for control_url in (world.zoho_control_url, world.backoffice_control_url):
        httpx.delete(f"{control_url}/calls", trust_env=False).raise_for_status()


def kept(backoffice: psycopg.Connection) -> dict[str, Rows]:
    """Everything in the backoffice but the record of attempts and the cache."""
    apart = ("leadsync.attempts", "public.sync_metadata", "leadsync.cache")
    return {name: rows for name, rows in contents(backoffice).items() if name not in apart}


@pytest.mark.parametrize("which", ["primary", "backup"])
def test_an_unconfirmed_run_over_many_batches_is_refused_before_anything_is_written(
    which: Which, small: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection, attempts: Attempts
) -> None:
    if which == "primary":
        plant(small, *people(MANY, 21))
    else:
        add_rows(portal_db, young=MANY, old=21)
        add_unreachable(backoffice_db, first=MANY, number=21)
    before = kept(backoffice_db)
    outcome = run(which)
    assert (outcome.status, outcome.exit_code) == ("failed", 2)
    assert "21 or more" in outcome.remarks[0].cause
    assert "--confirm-first-import" in outcome.remarks[0].cure
    assert [record["status"] for record in attempts()] == ["failed"]
    assert kept(backoffice_db) == before


def test_a_long_walk_that_exposes_few_is_read_twice_and_written_once(
    small: World, backoffice_db: psycopg.Connection
) -> None:
    twins = [person(MANY + n, old=True, Email=f"vella{MANY - 1}@mail.example", Last_Name="Vella") for n in range(40)]
    plant(small, *people(MANY - 20, 20), *twins)
    forget_calls(small)
    outcome = run("primary")
    assert (outcome.status, outcome.counts.fetched, outcome.counts.inserted) == ("completed", MANY + 40, MANY)
    assert calls(small.backoffice_control_url, "leadsync_match") == 2 * calls(small.backoffice_control_url, "_apply")
    assert watermark(backoffice_db) == outcome.window.end
    assert outcome.window.start is None


@pytest.mark.parametrize("which", ["primary", "backup"])
def test_a_walk_of_two_batches_is_read_once(which: Which, small: World, portal_db: psycopg.Connection) -> None:
    if which == "primary":
        plant(small, *people(201, 0))
    else:
        add_rows(portal_db, young=201, old=0)
    forget_calls(small)
    outcome = run(which)
    assert (outcome.status, outcome.counts.inserted) == ("completed", 201)
    assert outcome.window.end is not None
    made = [calls(small.backoffice_control_url, name) for name in ("leadsync_match", "leadsync_apply", "leadsync_beat")]
    assert made == [2, 2, 0]


def test_an_hour_without_changes_costs_two_calls_to_zoho_and_at_most_four_to_the_backoffice(company: World) -> None:
    run("primary")
    forget_calls(company)
    assert run("primary").status == "completed"
    assert calls(company.zoho_control_url, "crm/v8/") == 2
    assert calls(company.backoffice_control_url) <= 4


def test_one_confirmation_holds_for_that_backoffice_and_both_flows(
    small: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    assert run("backup", confirm_first_import=True, maximum=1).status == "completed"
    plant(small, *people(MANY, 21))
    forget_calls(small)
    assert run("primary").counts.inserted == MANY + 21
    assert calls(small.backoffice_control_url, "leadsync_match") == 3
    add_rows(portal_db, young=0, old=MANY + 50)
    assert run("backup").counts.inserted == 29
    assert len(leads(backoffice_db)) == MANY + 50


def test_a_dry_run_confirms_nothing(company: World) -> None:
    plant(company, *people(0, 21))
    assert run("primary", dry_run=True, confirm_first_import=True).notes == ()
    assert run("primary").exit_code == 2


def test_a_dry_run_says_that_a_confirmation_is_needed(company: World) -> None:
    plant(company, *people(0, 21))
    outcome = run("primary", dry_run=True)
    assert (outcome.status, outcome.counts.inserted) == ("completed", 21)
    assert ["--confirm-first-import" in note for note in outcome.notes] == [True]


def test_twenty_old_leads_need_no_confirmation(company: World) -> None:
    plant(company, *people(0, 20))
    assert run("primary").counts.inserted == 20


class Walks:
    """A run of the guard over made-up batches, each being the names of the old leads that it exposes."""

    def __init__(self, *walks: list[list[str]], given_up: bool = False) -> None:
        self.beats = 0
        self._given_up = given_up
        self._walks = iter(walks)
        self.run: Any = SimpleNamespace(
            request=SimpleNamespace(confirm_first_import=False, dry_run=False),
            context=SimpleNamespace(cache={}, now=datetime.now(UTC)),
            desk=SimpleNamespace(beat=self._beat),
        )

    def _beat(self) -> None:
        self.beats += 1
        if self._given_up:
            raise AttemptClosed("Backoffice", "this attempt was closed meanwhile", "Run it again.")

    def drafts(self) -> Iterator[Any]:
        return (SimpleNamespace(plan=SimpleNamespace(outreach=lambda _, b=b: iter(b))) for b in next(self._walks))


@pytest.fixture
def admitted() -> Callable[[Walks], Iterator[object]]:
    from flows.first_import import admitted as guard  # noqa: PLC0415 - imports Prefect

    return lambda walks: guard(walks.run, walks.drafts)


Admitted = Callable[[Walks], Iterator[object]]


def names(*numbers: int) -> list[str]:
    return [f"vella{number}" for number in range(*numbers)]


def test_a_lead_that_comes_in_several_batches_is_counted_once(admitted: Admitted) -> None:
    walk = [names(20), names(20), names(10), [], names(5, 15)]
    assert len(list(admitted(Walks(walk, walk)))) == 5


def test_the_lead_too_many_is_found_in_any_batch(admitted: Admitted) -> None:
    for place in range(5):
        walk = [names(20) for _ in range(4)]
        walk.insert(place, ["vella20"])
        with pytest.raises(Refused, match="21 or more"):
            admitted(Walks(walk))


def test_what_only_shows_in_the_second_reading_is_refused_then(admitted: Admitted) -> None:
    quiet: list[list[str]] = [[], [], [], []]
    passed = admitted(Walks(quiet, [names(10), names(10, 20), ["vella20"], []]))
    assert len(list(itertools.islice(passed, 2))) == 2
    with pytest.raises(Refused, match="21 or more"):
        next(passed)


def test_a_run_that_plans_ahead_shows_that_it_is_alive_and_ends_when_it_is_given_up(admitted: Admitted) -> None:
    walk: list[list[str]] = [[] for _ in range(6)]
    alive = Walks(walk, walk)
    assert len(list(admitted(alive))) == 6
    assert alive.beats == 3
    with pytest.raises(AttemptClosed):
        admitted(Walks(walk, given_up=True))
