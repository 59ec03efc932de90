"""The drills' check finds what it is there to find: each damage is done by hand, and told as what it is."""

from dataclasses import dataclass

import psycopg
import pytest

from sandbox.samples import seed
from sandbox.world import World
from tests.drills.truth import Edit, broken, passed_by_watermark, quiet
from tests.integration.test_flows.runs import Which, run

LINKED = """
select source_id, lead_id::text from leadsync.records as r
where source = 'zoho' and place = 'linked'
    and 1 = (select count(*) from leadsync.records as o where o.lead_id = r.lead_id)
    and exists (select from leadsync.journal as j where j.lead_id = r.lead_id and j.before is null)
order by snapshot ? 'household_size' desc, source_id limit 12
"""
OTHER = "(select min(lead_id::text)::uuid from leadsync.journal where before is null and lead_id <> '{lead}')"
ATTEMPT = "attempt_id = (select attempt_id from leadsync.attempts order by started_at limit 1)"


@dataclass(frozen=True)
class Damage:
    """What is done to record and lead number `n`, and what is told; `crm`: in Zoho's database."""

    n: int
    told: str
    done: str
    crm: bool = False


DAMAGES = [
    Damage(2, "1: zoho record {record} is in no place", "delete from leadsync.records where source_id = '{record}'"),
    Damage(
        1,
        "1: zoho record {record} is known by what it no longer says",
        """update zoho.leads set fields = (fields::jsonb || '{{"Household_Size": 91}}')::json where id = {record}""",
        crm=True,
    ),
    Damage(
        0,
        "1: lead {lead} does not show what zoho record {record} says",
        "update leads set household_size = 92 where id = '{lead}'",
    ),
    Damage(3, "1: zoho record {record} is linked to a lead that does not", "delete from leads where id = '{lead}'"),
    Damage(
        4,
        "1: zoho record {record} is deleted and not marked",
        "insert into zoho.deleted (id, kind, deleted_time) values ({record}, 'recycle', now())",
        crm=True,
    ),
    Damage(
        5,
        "2: leads ",
        "insert into leads (name, email, phone) select name, upper(email) || ' ', '' from leads where id = '{lead}'",
    ),
    Damage(5, "2: leads ", "update leads set zoho_lead_id = '{record}' where id = {other}"),
    Damage(
        6,
        "2: zoho record {record} made 2 leads",
        "insert into leadsync.journal (attempt_id, source, source_id, lead_id, after)"
        " select attempt_id, source, source_id, gen_random_uuid(), after"
        " from leadsync.journal where source_id = '{record}' and before is null",
    ),
    Damage(7, "9: name of lead {lead} is not the journal's last", "update leads set name = 'No' where id = '{lead}'"),
    Damage(8, "8: attempt ", "update public.sync_metadata set status = 'failed' where {attempt}"),
    Damage(9, "8: attempt ", "delete from public.sync_metadata where {attempt}"),
    Damage(
        9,
        "8: attempt ",
        "insert into leadsync.attempts (attempt_id, flow, source)"
        " values (gen_random_uuid(), 'primary-zoho-sync', 'zoho')",
    ),
    Damage(
        9,
        "8: attempt ",
        "insert into sync_metadata (attempt_id, sync_type, last_sync_at) values (gen_random_uuid(), 'zoho', now())",
    ),
]


def both() -> None:
    flows: tuple[Which, ...] = ("primary", "backup")
    for which in flows:
        assert run(which).status in ("completed", "findings")


@pytest.fixture
def drilled(company: World) -> World:
    """Both flows have run over the samples."""
    seed(company)
    both()
    return company


def inflict(world: World, damage: Damage, record: str, lead: str) -> None:
    with psycopg.connect(world.zoho_dsn if damage.crm else world.backoffice_dsn) as connection:
        connection.execute(
            damage.done.format(record=record, lead=lead, attempt=ATTEMPT, other=OTHER.format(lead=lead)).encode()
        )


def test_nothing_is_broken_after_both_flows_and_every_damage_is_told(
    drilled: World, backoffice_db: psycopg.Connection
) -> None:
    assert broken(drilled) == []
    assert quiet(drilled, both) == []
    assert passed_by_watermark(drilled) == []
    pairs, before = backoffice_db.execute(LINKED).fetchall(), set[str]()
    for damage in DAMAGES:
        record, lead = pairs[damage.n]
        inflict(drilled, damage, record, lead)
        found = set(broken(drilled))
        told = damage.told.format(record=record, lead=lead)
        assert [sentence for sentence in found - before if sentence.startswith(told)], (damage, found - before)
        before = found


def test_a_person_s_word_that_stands_is_no_damage_and_one_that_does_not_is(
    drilled: World, backoffice_db: psycopg.Connection
) -> None:
    lead = backoffice_db.execute(LINKED).fetchall()[0][1]
    edits = [Edit(lead, "household_size", 77)]
    assert broken(drilled, edits) == [f"3: household_size of lead {lead} is not what a person made it"]
    backoffice_db.execute("update leads set household_size = 77 where id = %s", (lead,))
    assert broken(drilled, edits) == []
    assert quiet(drilled, both) == []


def test_a_lead_that_is_written_again_is_not_quiet(drilled: World, backoffice_db: psycopg.Connection) -> None:
    lead = backoffice_db.execute(LINKED).fetchall()[0][1]
    again = "update leads set name = name where id = %s"
    told = quiet(drilled, lambda: backoffice_db.execute(again, (lead,)))
    assert told == [f"5: lead {lead} was written without a reason"]


def test_a_watermark_that_has_passed_an_unknown_record_is_told_at_any_moment(
    drilled: World, backoffice_db: psycopg.Connection
) -> None:
    record = backoffice_db.execute(LINKED).fetchall()[0][0]
    backoffice_db.execute("delete from leadsync.records where source_id = %s", (record,))
    assert passed_by_watermark(drilled) == [f"6: the watermark has passed zoho record {record}, which is unknown"]
    backoffice_db.execute("update leadsync.watermarks set watermark = '2020-01-01' where source = 'zoho'")
    assert passed_by_watermark(drilled) == []
