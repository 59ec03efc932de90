"""What a dry run shows and tells of its plans."""

from typing import TYPE_CHECKING

import pytest

from flows import preview as module
from flows.preview import HEAD, MASK, Preview, Row
from leads.items import NEW, Action, Difference
from leads.sources import Source
from tests.unit.leads.model import Backoffice, planned, run
from tests.unit.leads.people import ZOHO_ID, portal_row, zoho_record

if TYPE_CHECKING:
    from leads.values import Json

OTHER_ID = "900000000000000002"


def difference(
    column: str | None, *, record: str = "1", action: Action = Action.UPDATE, old: "Json" = 1, new: "Json" = 2
) -> Difference:
    return Difference(source_id=record, lead="lead", action=action, column=column, old=old, new=new, why="why")


def preview_of(*differences: Difference) -> Preview:
    made = Preview()
    made.add(differences)
    return made


def test_no_value_is_told_but_whether_there_is_one() -> None:
    rows = preview_of(difference("email", old="anna@mail.example", new=None), difference("a", old="", new=False)).rows
    assert [(row.old, row.new) for row in rows] == [(MASK, ""), ("", MASK)]


def test_a_lead_that_is_found_has_a_line_for_each_field_and_its_ids_once() -> None:
    lines, rest = preview_of(difference("a"), difference("b"), difference("a", record="2")).shown()
    assert [cells[0] for cells in lines] == ["1", "", "2"]
    assert {len(cells) for cells in lines} == {len(HEAD)}
    assert rest == 0


def test_a_new_lead_has_one_line_with_its_fields() -> None:
    made = Preview()
    made.add(planned(Backoffice(), Source.ZOHO, [zoho_record()]).differences())
    ((record, lead, action, fields, *_),) = made.shown()[0]
    assert (record, lead, action) == (ZOHO_ID, NEW, "insert")
    assert fields.split(", ") == [row.field for row in made.rows]
    assert "email" in fields


def test_a_twin_in_the_batch_of_a_new_lead_speaks_of_a_new_lead_too() -> None:
    twins: list[Json] = [zoho_record(), zoho_record(id=OTHER_ID, City="Rabat")]
    told = planned(Backoffice(), Source.ZOHO, twins).differences()
    assert {(one.source_id, one.lead) for one in told} == {(ZOHO_ID, NEW), (OTHER_ID, NEW)}


def test_a_lead_that_is_there_is_told_by_its_id() -> None:
    backoffice = Backoffice()
    run(backoffice, Source.PORTAL, [portal_row()])
    told = planned(backoffice, Source.ZOHO, [zoho_record()]).differences()
    assert {one.lead for one in told} == set(backoffice.leads)


def test_a_record_that_waits_comes_with_its_reason_and_without_a_field() -> None:
    made = Preview()
    made.add(planned(Backoffice(), Source.ZOHO, [zoho_record(Last_Name="", First_Name="")]).differences())
    (row,) = made.rows
    assert (row.lead, row.field, row.action) == (None, None, "rejected")
    assert row.why
    assert made.shown()[0] == [(ZOHO_ID, "", "rejected", "", "", "", row.why)]


def test_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 6)
    monkeypatch.setattr(module, "MOST_LINES", 3)
    inserted = (difference(column, action=Action.INSERT) for column in "abc")
    made = preview_of(*inserted, *(difference(column, record="2") for column in "abcd"))
    assert (len(made.rows), made.total, made.cut) == (6, 7, True)
    lines, rest = made.shown()
    assert ([cells[3] for cells in lines], rest) == (["a, b, c", "a", "b"], 2)


def test_json_has_a_change_as_the_table_has_it() -> None:
    told = Row.of(difference("status")).as_json()
    assert list(told) == list(HEAD)
    assert list(told.values()) == ["1", "lead", "update", "status", MASK, MASK, "why"]
