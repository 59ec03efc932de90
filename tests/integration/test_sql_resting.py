"""Later items of a batch rest on earlier ones: what those do not bring about, these must not take for granted."""

from tests.integration.backoffice_sql import Backoffice, insert, item, settle, update, values, zoho

TOO_LONG = "x" * 256


def test_what_says_nothing_new_after_a_refused_write_is_planned_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = [zoho(n, emails=zoho(1)["emails"]) for n in (2, 3)]
    answer = session.match(*asked)
    refused = update(answer, asked[0], lead, {"name": TOO_LONG})
    resting = item(answer, asked[1], "unchanged", n=1, lead_id=lead)

    outcomes = session.apply(attempt, refused, resting, batch=2)

    assert [outcome["outcome"] for outcome in outcomes] == ["rejected", "raced"]
    assert backoffice.value("select count(*) from leadsync.records where place = 'linked'") == 1


def test_what_waits_for_a_lead_that_was_refused_is_planned_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = [zoho(1), zoho(2, emails=zoho(1)["emails"])]
    answer = session.match(*asked)
    refused = insert(answer, asked[0], values(1, name=TOO_LONG))
    resting = item(answer, asked[1], "review", n=1, reason="of two", content={}, candidates=[refused["lead_id"]])

    outcomes = session.apply(session.open(), refused, resting)

    assert [outcome["outcome"] for outcome in outcomes] == ["rejected", "raced"]
    assert backoffice.value("select count(*) from leadsync.records where place = 'review'") == 0


def test_what_follows_a_write_whose_ground_has_moved_is_planned_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead, other = settle(session, attempt, 1), settle(session, attempt, 9, batch=2)
    asked = [zoho(2, emails=["shared@mail.example"]), zoho(3), zoho(4)]
    answer = session.match(*asked)
    backoffice.rows(
        "insert into public.leads (name, email, phone) values ('Another', 'shared@mail.example', '')",
    )
    items = [
        update(answer, asked[0], lead, {"address": "first"}),
        update(answer, asked[1], lead, {"locality": "second"}, n=1),
        update(answer, asked[2], other, {"locality": "elsewhere"}, n=2),
    ]

    outcomes = session.apply(attempt, *items, batch=3)

    assert [outcome["outcome"] for outcome in outcomes] == ["raced", "raced", "updated"]
    assert backoffice.value("select locality from public.leads where id = %s", lead) is None
