"""What our SQL functions are made of: a fixed search path each, and no statement that data could become a part of."""

import re
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import Backoffice, insert, item, new_id, settle, values, zoho

FUNCTIONS = """
select pronamespace::regnamespace || '.' || proname, prosrc, coalesce(proconfig, '{}'), prosecdef, provolatile::text
from pg_proc
where pronamespace = 'leadsync'::regnamespace or pronamespace = 'public'::regnamespace and proname like 'leadsync%%'
"""
NAMES_OF_COLUMNS = "names of columns of public.leads from the catalog, quoted by %I; values are parameters"
DEFAULTS_TOO = f"{NAMES_OF_COLUMNS}; and the columns' defaults, which only the table's owner can write"
EXECUTES = {
    "leadsync.describe_leads": NAMES_OF_COLUMNS,
    "leadsync.anonymise": NAMES_OF_COLUMNS,
    "leadsync.write": "what one of the functions below has built",
    "leadsync.children": "a table and a column that refer to public.leads, from the catalog",
    "leadsync.lead_defaults": "defaults of public.leads, which only the table's owner can write",
    "leadsync.probe": "a check of public.leads, which only the table's owner can write; the row is a parameter",
}
"""Every function that carries out a statement which it has put together, and of what."""

BUILDS = {
    "leadsync.insertion": DEFAULTS_TOO,
    "leadsync.setting": DEFAULTS_TOO,
}
"""Every function that puts such a statement together."""

HOSTILE = ['name"; drop table public.leads; --', "name = 'x', email", "x'); delete from public.leads where true; --"]


def functions(backoffice: Backoffice) -> dict[str, tuple[Any, ...]]:
    return {name: facts for name, *facts in backoffice.rows(FUNCTIONS)}  # type: ignore[misc]


def test_every_function_of_ours_has_a_fixed_search_path(backoffice: Backoffice) -> None:
    found = functions(backoffice)
    assert len(found) > 60
    assert [name for name, (_, settings, *_) in found.items() if 'search_path=""' not in settings] == []


def test_only_what_the_api_calls_runs_with_its_owners_rights(backoffice: Backoffice) -> None:
    for name, (_, _, is_definer, *_) in functions(backoffice).items():
        assert is_definer is name.startswith("public."), name


def test_every_statement_that_is_put_together_is_on_the_list(backoffice: Backoffice) -> None:
    texts = {name: without_comments(text) for name, (text, *_) in functions(backoffice).items()}
    executing = {name for name, text in texts.items() if re.search(r"\bexecute\b", text, re.IGNORECASE)}
    building = {name for name, text in texts.items() if re.search(r"%(\d\$)?[IL]\b|quote_(ident|literal)", text)}
    assert executing == set(EXECUTES)
    assert building - executing == set(BUILDS)


def without_comments(text: str) -> str:
    return re.sub(r"--.*", "", text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_that_are_sent_become_no_part_of_a_statement(backoffice: Backoffice, hostile: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(2)
    answer = session.match(asked, columns=["name", hostile])
    entry = insert(answer, asked, {**values(2), hostile: "x"})
    session.apply(attempt, entry, batch=2)
    session.call("leadsync_diagnosis", Jsonb({hostile: {hostile: hostile, "name": hostile}}))
    session.call("leadsync_forget", new_id(), Jsonb({"lead_id": lead}), Jsonb({}), Jsonb({hostile: hostile}), hostile)
    assert backoffice.value("select count(*) from public.leads") in {1, 2}
    assert backoffice.rows("select 1 from public.leads where name = 'x' or email = 'x'") == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_values_that_are_sent_stand_in_the_lead_as_they_are(backoffice: Backoffice, hostile: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1, emails=[f"{hostile}@mail.example"], phones=[hostile])
    entry = insert(session.match(asked), asked, values(1, name=hostile), why={"name": hostile}, reason=hostile)
    waiting = item(session.match(zoho(2)), zoho(2), "review", reason=hostile, content={hostile: hostile})
    session.apply(attempt, entry)
    session.apply(attempt, waiting, batch=2)
    assert backoffice.rows("select name from public.leads") == [(hostile,)]
    (record,) = session.call("leadsync_waiting")["records"]
    assert record["reason"] == hostile
