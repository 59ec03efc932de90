"""A lead's story told from what is kept on it."""

from typing import Any

from leads.history import Event, Kind, history, subject

Json = dict[str, Any]

LEAD, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
HOURLY, UNDO = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"


def at(hour: int) -> str:
    return f"2026-11-24T{hour:02}:00:00+00:00"


def write(hour: int, before: Json | None, after: Json, *, attempt: str = HOURLY, why: Json | None = None) -> Json:
    entry = {"attempt_id": attempt, "source": "zoho", "source_id": "7", "lead_id": LEAD, "written_at": at(hour)}
    return entry | {"before": before, "after": after, "why": why}


def record(hour: int, source_id: str = "7", **more: object) -> Json:
    told = {"source": "zoho", "source_id": source_id, "place": "linked", "lead_id": LEAD, "reason": None}
    moments = {"first_seen_at": at(hour), "placed_at": at(hour), "deleted_at_source": None}
    return told | moments | {"decision": None, "decided_at": None, "decided_by": None} | more


def conflict(hour: int, **more: object) -> Json:
    told = {"field": "phone", "source": "zoho", "source_id": "7", "ours": "1", "theirs": "2", "attempt_id": HOURLY}
    return told | {"first_seen_at": at(hour), "closed_at": None, "decision": None, "decided_at": None} | more


def story(*journal: Json, lead: Json | None = None, **more: object) -> Json:
    attempts = [
        {"attempt_id": HOURLY, "flow": "primary-zoho-sync"},
        {"attempt_id": UNDO, "flow": "undo"},
    ]
    told: Json = {"lead": {"id": LEAD} | lead if lead is not None else None, "base": None, "records": []}
    return told | {"journal": list(journal), "conflicts": [], "attempts": attempts} | more


def told(events: list[Event]) -> list[tuple[object, ...]]:
    return [(event.kind, event.field, event.old, event.new) for event in events]


def test_an_insert_tells_what_it_wrote_and_not_what_it_left_empty() -> None:
    events = history(story(write(6, None, {"name": "Ann", "notes": None}), lead={"name": "Ann", "notes": None}))
    assert told(events) == [(Kind.INSERTED, "name", None, "Ann")]


def test_a_change_comes_with_time_attempt_flow_record_and_reason() -> None:
    change = write(7, {"name": "Ann"}, {"name": "Anna"}, why={"name": "the source changed it"})
    assert history(story(change, lead={"name": "Anna"})) == [
        Event(
            kind=Kind.CHANGED,
            at=at(7),
            field="name",
            old="Ann",
            new="Anna",
            why="the source changed it",
            record="zoho:7",
            flow="primary-zoho-sync",
            attempt_id=HOURLY,
        )
    ]


def test_a_gap_between_two_writes_is_a_change_in_the_backoffice_between_them() -> None:
    first, second = write(6, None, {"name": "Ann", "phone": "1"}), write(9, {"name": "By hand"}, {"name": "Anna"})
    events = history(story(first, second, lead={"name": "Anna", "phone": "1"}))
    assert told(events)[2:] == [(Kind.EDITED, "name", "Ann", "By hand"), (Kind.CHANGED, "name", "By hand", "Anna")]
    assert (events[2].since, events[2].at, events[2].attempt_id) == (at(6), at(9), None)


def test_a_row_that_holds_something_else_now_was_changed_in_the_backoffice_since() -> None:
    events = history(story(write(6, None, {"name": "Ann", "phone": "1"}), lead={"name": "Ann", "phone": "2"}))
    assert told(events)[-1] == (Kind.EDITED, "phone", "1", "2")
    assert (events[-1].since, events[-1].at) == (at(6), None)


def test_a_column_that_the_table_has_no_more_is_no_change() -> None:
    events = history(story(write(6, None, {"name": "Ann"}), lead={}))
    assert told(events) == [(Kind.INSERTED, "name", None, "Ann")]


def test_a_lead_whose_row_is_gone_ends_with_that() -> None:
    events = history(story(write(6, None, {"name": "Ann"})))
    assert [(event.kind, event.since, event.at) for event in events[1:]] == [(Kind.GONE, at(6), None)]


def test_an_undone_insert_and_its_revival_are_told_as_such() -> None:
    gone = write(7, {"deleted_at": None}, {"deleted_at": at(7)}, attempt=UNDO)
    back = write(8, {"deleted_at": at(7)}, {"deleted_at": None}, attempt=UNDO)
    events = history(story(gone, back, lead={"deleted_at": None}))
    assert [(event.kind, event.flow) for event in events] == [(Kind.DELETED, "undo"), (Kind.REVIVED, "undo")]


def test_a_lead_that_the_backoffice_deleted_says_when() -> None:
    events = history(story(write(6, None, {"name": "Ann"}), lead={"name": "Ann", "deleted_at": at(8)}))
    assert [(event.kind, event.at) for event in events[1:]] == [(Kind.DELETED, at(8))]


def test_a_write_that_confirms_the_value_is_told_apart() -> None:
    events = history(story(write(6, {"name": "Ann"}, {"name": "Ann"}), lead={"name": "Ann"}))
    assert told(events) == [(Kind.KEPT, "name", "Ann", "Ann")]


def test_records_tell_when_they_were_first_seen_deleted_at_their_source_and_decided_on() -> None:
    known = record(5, deleted_at_source=at(9), decision="same", decided_at=at(7), decided_by="maria")
    events = history(story(lead={}, records=[known]))
    assert [(event.kind, event.at, event.record, event.why) for event in events] == [
        (Kind.LINKED, at(5), "zoho:7", ""),
        (Kind.DECIDED, at(7), "zoho:7", "same by maria"),
        (Kind.DELETED_AT_SOURCE, at(9), "zoho:7", ""),
    ]


def test_a_record_of_the_lead_that_waits_says_why() -> None:
    for place, kind in (("review", Kind.WAITS), ("dead_letter", Kind.WAITS), ("ignored", Kind.IGNORED)):
        waits = record(5, place=place, reason="identity changed", placed_at=at(8))
        events = history(story(lead={}, records=[waits]))
        assert [(event.kind, event.at) for event in events] == [(Kind.LINKED, at(5)), (kind, at(8))]
        assert events[1].why == "identity changed"


def test_a_record_that_waits_and_may_be_the_leads_is_told_and_not_as_linked() -> None:
    for lead_id in (None, OTHER):
        waits = record(5, "8", place="review", lead_id=lead_id, reason="several leads have its e-mail")
        (event,) = history(story(lead={}, records=[waits]))
        assert (event.kind, event.record) == (Kind.WAITS, "zoho:8")
        assert event.why == "it may be this lead's: several leads have its e-mail"


def test_a_conflict_tells_both_words_its_decision_and_its_end() -> None:
    decided = conflict(6, decision="take", decided_at=at(8), decided_by="maria", closed_at=at(8))
    events = history(story(lead={}, conflicts=[decided, conflict(7, theirs=None)]))
    assert [(event.kind, event.at, event.why) for event in events] == [
        (Kind.CONFLICT, at(6), "the source says otherwise"),
        (Kind.CONFLICT, at(7), "cleared at source"),
        (Kind.DECIDED, at(8), "take by maria"),
        (Kind.SETTLED, at(8), ""),
    ]
    assert told(events)[0] == (Kind.CONFLICT, "phone", "1", "2")


def test_everything_is_in_the_order_of_time_and_what_lasts_comes_last() -> None:
    events = history(
        story(
            write(8, None, {"name": "Ann", "phone": "1"}),
            write(9, {"name": "Ann"}, {"name": "Anna"}),
            lead={"name": "Anna", "phone": "2"},
            records=[record(7)],
            conflicts=[conflict(10)],
        )
    )
    assert [event.at for event in events] == [at(7), at(8), at(8), at(9), at(10), None]


def test_a_fraction_of_a_second_counts() -> None:
    early, late = write(8, {"a": 1}, {"a": 2}), write(8, {"a": 2}, {"a": 3})
    late["written_at"] = "2026-11-24T08:00:00.5+00:00"
    assert [event.new for event in history(story(early, late, lead={"a": 3}))] == [2, 3]


def test_the_subject_is_the_lead_even_when_its_row_is_gone() -> None:
    assert subject(story(lead={})) == LEAD
    assert subject(story(write(6, None, {"name": "Ann"}))) == LEAD
    assert subject(story(records=[record(6)])) == LEAD
    assert subject(story(records=[record(6, lead_id=None)])) is None


def test_an_event_is_json_by_name() -> None:
    assert Event(kind=Kind.LINKED, at=at(6), record="zoho:7").as_json() == {
        "kind": "linked",
        "at": at(6),
        "since": None,
        "field": None,
        "old": None,
        "new": None,
        "why": "",
        "record": "zoho:7",
        "flow": None,
        "attempt_id": None,
    }
