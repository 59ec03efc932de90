"""What a person decides, from the terminal or Prefect's form, and what the next runs make of it."""

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cli.main import app
from sandbox.world import World
from systems.errors import Refused
from tests.integration.test_flows.runs import PERSON, ZOHO_LEAD, add_row, leads, plant, run

if TYPE_CHECKING:
    from collections.abc import Callable

SPOUSE = {"First_Name": "Paul", "Last_Name": "Vella", "Email": PERSON, "Phone": "+35679990002"}


def review(*words: str) -> int:
    code: int = app(["review", *words], exit_on_error=False)
    return code


def record(backoffice: psycopg.Connection, source_id: str) -> dict[str, Any]:
    with backoffice.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row = cursor.execute("select * from leadsync.records where source_id = %s", (source_id,)).fetchone()
    assert row is not None
    return row


def stamps(backoffice: psycopg.Connection) -> list[tuple[Any, ...]]:
    return backoffice.execute("select id, xmin::text from leads order by id").fetchall()


@pytest.fixture
def spouse(company: World, backoffice_db: psycopg.Connection) -> str:
    """Anna is a lead; Paul shares her address only, so that his Zoho lead waits. Neither is in later windows."""
    plant(company, ZOHO_LEAD)
    (zoho_id,) = plant(company, SPOUSE)
    assert run("primary").counts.review == 1
    backoffice_db.execute("update leadsync.watermarks set watermark = now() + interval '1 hour' where true")
    return zoho_id


def test_same_links_the_record_though_its_source_sends_nothing(spouse: str, backoffice_db: psycopg.Connection) -> None:
    (anna,) = leads(backoffice_db)
    review(f"zoho:{spouse}", "same", str(anna["id"]))

    outcome = run("primary")

    assert (outcome.counts.fetched, outcome.counts.review) == (1, 0)
    assert (record(backoffice_db, spouse)["place"], record(backoffice_db, spouse)["lead_id"]) == ("linked", anna["id"])
    assert run("primary").counts.fetched == 0
    assert run("primary", mode="full").counts.review == 0


def test_separate_makes_a_lead_of_its_own_and_is_remembered(spouse: str, backoffice_db: psycopg.Connection) -> None:
    review(f"zoho:{spouse}", "separate")
    assert run("primary").counts.inserted == 1
    assert {lead["name"] for lead in leads(backoffice_db)} == {"Anna Zammit", "Paul Vella"}
    before = stamps(backoffice_db)
    assert run("primary", mode="full").counts.unchanged == 2
    assert stamps(backoffice_db) == before


def test_ignore_leaves_the_record_alone(spouse: str, backoffice_db: psycopg.Connection) -> None:
    review(f"zoho:{spouse}", "ignore")
    assert run("primary").counts.ignored == 1
    assert record(backoffice_db, spouse)["reason"] == "a person said to ignore it"
    assert run("primary", mode="full").counts.ignored == 1
    assert len(leads(backoffice_db)) == 1


def test_ignore_leaves_a_dead_letter_alone_too(company: World, backoffice_db: psycopg.Connection) -> None:
    (zoho_id,) = plant(company, {"Last_Name": "?", "Email": PERSON})
    assert run("primary").counts.rejected == 1
    review(f"zoho:{zoho_id}", "ignore")
    for _ in range(2):
        assert run("primary", mode="full").counts.ignored >= 1
        assert (record(backoffice_db, zoho_id)["place"], record(backoffice_db, zoho_id)["content"]) == ("ignored", None)


def test_a_decision_falls_back_to_review_when_its_lead_is_deleted(
    spouse: str, backoffice_db: psycopg.Connection
) -> None:
    (anna,) = leads(backoffice_db)
    review(f"zoho:{spouse}", "same", str(anna["id"]))
    run("primary")
    backoffice_db.execute("update leads set deleted_at = now() where true")
    assert run("primary", mode="full").counts.review == 1
    assert record(backoffice_db, spouse)["reason"] == "the lead of the decision is deleted"


def test_the_same_decision_can_be_taken_in_prefects_form(spouse: str, backoffice_db: psycopg.Connection) -> None:
    from flows.review import decide  # noqa: PLC0415 - imports Prefect

    form: Callable[..., Any] = decide
    wrong = form(record=f"zoho:{spouse}", decision="same", lead="nobody", return_state=True)
    assert (wrong.type.value, "no lead's id" in wrong.message) == ("FAILED", True)
    done = form(record=f"zoho:{spouse}", decision="separate", return_state=True)
    assert "the next primary run makes it a lead of its own" in done.message
    assert run("primary").counts.inserted == 1
    assert record(backoffice_db, spouse)["decided_by"] == "prefect"


def test_a_wrong_merge_is_split_and_stays_so_in_any_order(
    company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(company, {**ZOHO_LEAD, "Phone": "", "Street": "1 Triq Zammit"})
    run("primary")
    portal_id = add_row(portal_db, name="Pawlu Vella")
    portal_db.execute("update leads set locality = 'Rabat', monthly_bill = 90 where true")
    run("backup")
    (merged,) = leads(backoffice_db)
    assert (str(merged["portal_lead_id"]), merged["locality"], merged["phone"]) == (portal_id, "Rabat", "+35679000001")

    review("split", str(merged["id"]), f"portal:{portal_id}")

    (anna,) = leads(backoffice_db)
    assert (anna["portal_lead_id"], anna["locality"], anna["phone"], anna["monthly_bill"]) == (None, None, "", None)
    assert run("backup").counts.inserted == 1
    ids = {(lead["zoho_lead_id"], str(lead["portal_lead_id"] or "")) for lead in leads(backoffice_db)}
    assert ids == {(zoho_id, ""), (None, portal_id)}
    before = stamps(backoffice_db)
    for which in ("primary", "backup", "primary"):
        outcome = run(which, mode="full")
        assert (outcome.counts.inserted, outcome.counts.updated, outcome.counts.review) == (0, 0, 0)
    assert stamps(backoffice_db) == before


def test_disagreements_are_listed_and_decided(
    company: World, backoffice_db: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    (zoho_id,) = plant(company, ZOHO_LEAD)
    run("primary")
    (lead,) = leads(backoffice_db)
    backoffice_db.execute("update leads set address = 'by hand' where true")
    plant(company, {"id": zoho_id, **ZOHO_LEAD, "Street": "Triq Gdida"})
    run("primary")
    capsys.readouterr()

    review(str(lead["id"]))
    assert "Triq Gdida" in capsys.readouterr().out
    review(str(lead["id"]), "take", "address")

    assert leads(backoffice_db)[0]["address"] == "Triq Gdida"
    outcome = run("primary", mode="full")
    assert (outcome.counts.updated, outcome.waiting and outcome.waiting.conflicts.count) == (0, 0)


def test_the_list_and_the_view_tell_what_a_decision_needs(
    spouse: str, backoffice_db: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    (anna,) = leads(backoffice_db)
    capsys.readouterr()
    review()
    listed = capsys.readouterr().out
    assert f"zoho:{spouse}" in listed
    review(f"zoho:{spouse}")
    shown = capsys.readouterr().out
    assert "person's" in listed
    assert PERSON not in listed
    assert [word for word in ("Paul Vella", "Anna Zammit", f"same {anna['id']}") if word not in shown] == []


@pytest.mark.parametrize(
    "words",
    [
        ["perhaps"],
        ["zoho:404", "ignore"],
        ["zoho:404", "same", "nobody"],
        ["zoho:404", "same"],
        ["split", "zoho:404"],
        ["11111111-1111-4111-8111-111111111111", "ignore"],
        ["11111111-1111-4111-8111-111111111111", "take", "shoe_size"],
        ["11111111-1111-4111-8111-111111111111", "take", "phone"],
    ],
)
@pytest.mark.usefixtures("company")
def test_words_that_make_no_decision_are_refused(words: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        review(*words)
    assert refusal.value.exit_code == 2


def test_a_dead_letter_of_the_backoffices_making_lands_when_it_is_tried_again(
    company: World, backoffice_db: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    backoffice_db.execute("alter table leads add constraint no_zammit check (name <> 'Anna Zammit')")
    try:
        (zoho_id,) = plant(company, ZOHO_LEAD)
        assert run("primary").counts.rejected == 1
    finally:
        backoffice_db.execute("alter table leads drop constraint no_zammit")
    backoffice_db.execute("update leadsync.watermarks set watermark = now() + interval '1 hour' where true")
    capsys.readouterr()
    app(["rejected"], exit_on_error=False)
    assert "no_zammit" in capsys.readouterr().out
    app(["rejected", f"zoho:{zoho_id}"], exit_on_error=False)
    assert PERSON in capsys.readouterr().out

    app(["rejected", "retry", "--all"], exit_on_error=False)

    assert run("primary").counts.inserted == 1
    assert run("primary").counts.fetched == 0
    assert record(backoffice_db, zoho_id)["place"] == "linked"


def test_a_dead_letter_lands_by_itself_once_its_source_is_repaired(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(company, {**ZOHO_LEAD, "First_Name": "", "Last_Name": "?"})
    assert run("primary").counts.rejected == 1
    plant(company, {"id": zoho_id, **ZOHO_LEAD})
    assert run("primary").counts.inserted == 1
    assert (record(backoffice_db, zoho_id)["place"], record(backoffice_db, zoho_id)["content"]) == ("linked", None)
