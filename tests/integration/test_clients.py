"""The three clients against real servers that go wrong on order."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from leads.sources import Source
from sandbox.keys import BACKOFFICE, PORTAL
from sandbox.world import World
from systems.backoffice import Backoffice
from systems.errors import AttemptClosed, LeadsyncError, Misconfigured, RateLimited, Unavailable, WalkBroken
from systems.portal import Portal
from systems.settings import BackofficeSettings, PortalSettings, SupabaseSettings, Tunables, ZohoSettings
from systems.token_cache import CachedTokens
from systems.zoho import PageQuery, Zoho
from systems.zoho_reader import ZohoReader
from systems.zoho_walk import Step, start

QUICK = Tunables(retry_attempts=12, retry_first_wait=0.005, retry_longest_wait=0.05, retry_seconds=60)
FIELDS = ("id", "Last_Name", "Modified_Time")
LOST = [
    {"cut": "before"},
    {"cut": "after"},
    {"truncate_at": 0},
    {"truncate_at": 20},
    {"truncate_at": 20, "cut": "after"},
    {"status": 200, "html": "<html>maintenance</html>"},
    {"status": 503, "html": "<html>unavailable</html>"},
]


def order(control_url: str, path: str, **fault: Any) -> None:  # noqa: ANN401 - a fault's parts are of many types
    fault = {"path": path, **fault}
    httpx.post(f"{control_url}/faults", json=[fault], trust_env=False).raise_for_status()


def fired(control_url: str) -> int:
    reported = httpx.get(f"{control_url}/faults", trust_env=False).json()
    return sum(fault["fired"] for fault in reported)


def zoho_control(world: World, what: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    return httpx.post(f"{world.zoho_control_url}/{what}", json=body, trust_env=False).raise_for_status().json()


def zoho_settings(world: World, **changed: str) -> ZohoSettings:
    values = {
        "accounts_url": world.zoho_accounts_url,
        "api_domain": world.zoho_api_domain,
        "client_id": world.zoho_client_id,
        "client_secret": world.zoho_client_secret,
        "refresh_token": world.zoho_refresh_token,
    }
    return ZohoSettings.model_validate(values | changed)


@pytest.fixture
def zoho(clean_world: World) -> Iterator[Zoho]:
    with Zoho(zoho_settings(clean_world), tunables=QUICK) as client:
        yield client


@pytest.fixture
def backoffice(clean_world: World) -> Iterator[Backoffice]:
    with backoffice_with(clean_world, clean_world.backoffice_secret_key) as client:
        yield client


@pytest.fixture
def portal(clean_world: World) -> Iterator[Portal]:
    with portal_with(clean_world, clean_world.portal_secret_key) as client:
        yield client


def backoffice_with(world: World, key: str, tunables: Tunables = QUICK) -> Backoffice:
    return Backoffice(BackofficeSettings(url=world.backoffice_url, service_key=SecretStr(key)), tunables=tunables)


def portal_with(world: World, key: str) -> Portal:
    return Portal(PortalSettings(url=world.portal_url, service_key=SecretStr(key)), tunables=QUICK)


def attempt() -> dict[str, str]:
    return {
        "attempt_id": str(uuid.uuid4()),
        "flow": "primary-zoho-sync",
        "source": "zoho",
        "mode": "full",
        "trigger": "manual",
    }


def plant(world: World, count: int, second: int = 0) -> list[str]:
    time = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second)).isoformat()
    leads = [{"Last_Name": f"Person {number}", "Modified_Time": time} for number in range(count)]
    ids = zoho_control(world, "leads", leads)["ids"]
    assert isinstance(ids, list)
    return ids


def read_all(zoho: Zoho, since: datetime | None = None) -> list[str]:
    reader, ids = ZohoReader(zoho, fields=FIELDS, batch_size=1000), []
    step: Step | None = start(since)
    while step is not None:
        batch = reader.read(step)
        ids += [record["id"] for record in batch.records]
        step = batch.step
    return ids


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_page_of_zoho_survives_lost_and_broken_answers(
    clean_world: World, zoho: Zoho, fault: dict[str, object]
) -> None:
    ids = plant(clean_world, 3)
    order(clean_world.zoho_control_url, "crm/v8/Leads", times=2, **fault)
    assert read_all(zoho) == ids
    assert fired(clean_world.zoho_control_url) == 2


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}], ids=["without a wish", "with a wish"])
def test_ten_refusals_of_zoho_in_a_row_are_survived(clean_world: World, zoho: Zoho, headers: dict[str, str]) -> None:
    ids = plant(clean_world, 3)
    body = '{"code": "TOO_MANY_REQUESTS", "details": {}, "message": "slow down", "status": "error"}'
    order(clean_world.zoho_control_url, "crm/v8/Leads", times=10, status=429, body=body, headers=headers)
    assert read_all(zoho) == ids
    assert fired(clean_world.zoho_control_url) == 10


def test_an_empty_zoho_is_read_to_its_end(clean_world: World, zoho: Zoho) -> None:
    assert read_all(zoho) == []
    plant(clean_world, 3)
    assert read_all(zoho, datetime(2026, 11, 2, tzinfo=UTC)) == []


def test_a_crowded_second_between_quiet_ones_is_read_once(clean_world: World, zoho: Zoho) -> None:
    ids = plant(clean_world, 150) + plant(clean_world, 1300, second=60) + plant(clean_world, 250, second=120)
    assert read_all(zoho) == ids


def test_a_walk_is_taken_up_again_where_its_page_token_dies(clean_world: World, zoho: Zoho) -> None:
    ids = plant(clean_world, 1300)
    reader = ZohoReader(zoho, fields=FIELDS, batch_size=400)
    first = reader.read(start(None))
    assert first.step is not None
    assert first.date is not None
    assert abs(first.date - datetime.now(UTC)) < timedelta(minutes=1)
    zoho_control(clean_world, "expire-page-tokens")
    read = [record["id"] for record in first.records]
    step: Step | None = first.step
    while step is not None:
        batch = reader.read(step)
        read += [record["id"] for record in batch.records]
        step = batch.step
    assert sorted(read) == sorted(ids)


def test_a_record_edited_during_the_walk_hides_no_other(clean_world: World, zoho: Zoho) -> None:
    ids = plant(clean_world, 900)
    reader = ZohoReader(zoho, fields=FIELDS, batch_size=400)
    batch = reader.read(start(None))
    read = {record["id"] for record in batch.records}
    later = "2026-11-01T01:00:00+00:00"
    zoho_control(
        clean_world, "leads", [{"id": lead, "Last_Name": "Edited", "Modified_Time": later} for lead in ids[:30]]
    )
    while batch.step is not None:
        batch = reader.read(batch.step)
        read |= {record["id"] for record in batch.records}
    assert read == set(ids)


def test_killed_access_tokens_are_replaced(clean_world: World, zoho: Zoho) -> None:
    ids = plant(clean_world, 1)
    assert read_all(zoho) == ids
    zoho_control(clean_world, "kill-tokens")
    assert read_all(zoho) == ids


def test_a_revoked_refresh_token_is_a_setting_to_mend(clean_world: World, zoho: Zoho) -> None:
    zoho_control(clean_world, "revoke", {})
    with pytest.raises(Misconfigured, match="ZOHO_REFRESH_TOKEN"):
        zoho.field_types()


@pytest.mark.parametrize(
    ("changed", "cure"),
    [
        ("client_id", "ZOHO_CLIENT_ID"),
        ("client_secret", "ZOHO_CLIENT_SECRET"),
        ("refresh_token", "ZOHO_REFRESH_TOKEN"),
    ],
)
def test_wrong_credentials_are_named(clean_world: World, changed: str, cure: str) -> None:
    settings = zoho_settings(clean_world, **{changed: "1000.wrong"})
    with Zoho(settings, tunables=QUICK) as zoho, pytest.raises(Misconfigured, match=cure):
        zoho.field_types()


def test_a_missing_scope_is_named(clean_world: World, zoho: Zoho) -> None:
    zoho_control(clean_world, "scopes", {"scopes": ["ZohoCRM.modules.leads.READ"]})
    assert read_all(zoho) == []
    with pytest.raises(Misconfigured, match=r"ZohoCRM\.settings\.fields\.READ"):
        zoho.field_types()


def test_too_many_mints_are_left_for_later(clean_world: World) -> None:
    failures = []
    for _ in range(11):
        with Zoho(zoho_settings(clean_world), tunables=QUICK) as zoho:
            try:
                zoho.field_types()
            except RateLimited as error:
                failures.append(error)
    assert len(failures) == 1


def test_fields_and_deletions_are_read(clean_world: World, zoho: Zoho) -> None:
    assert zoho.field_types().keys() >= {"Last_Name", "Email", "Modified_Time"}
    (lead,) = plant(clean_world, 1)
    zoho_control(clean_world, "deleted", [{"id": int(lead)}])
    page = zoho.deleted_page(since=datetime.now(UTC) - timedelta(hours=1))
    assert [(row["id"], row["type"]) for row in page.records] == [(lead, "permanent")]
    assert not page.more


def test_a_page_number_beyond_the_wall_ends_a_walk(clean_world: World, zoho: Zoho) -> None:
    plant(clean_world, 1)
    with pytest.raises(WalkBroken):
        zoho.leads_page(PageQuery(fields=FIELDS, page=11))


def test_a_token_minted_by_one_process_serves_the_next(clean_world: World, backoffice: Backoffice) -> None:
    settings = zoho_settings(clean_world)
    for _ in range(3):
        store = CachedTokens(settings, backoffice.context().cache, backoffice)
        with Zoho(settings, tunables=QUICK, store=store) as zoho:
            zoho.field_types()
    calls = httpx.get(f"{clean_world.zoho_control_url}/calls", trust_env=False).text
    assert calls.count("settings/fields") >= 3
    assert len(backoffice.context().cache) == 1


def test_processes_that_start_at_once_mint_one_token(clean_world: World, backoffice: Backoffice) -> None:
    settings = zoho_settings(clean_world)
    context = backoffice.context()

    def process(_: int) -> int:
        store = CachedTokens(settings, context.cache, backoffice)
        with Zoho(settings, tunables=QUICK, store=store) as zoho:
            zoho.field_types()
            return zoho.api.meter.cost.tokens

    order(clean_world.zoho_control_url, "/oauth/v2/token", delay_s=1.0)
    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(process, range(5))) == 1


def test_a_killed_token_is_replaced_once_for_all_processes(clean_world: World, backoffice: Backoffice) -> None:
    settings = zoho_settings(clean_world)
    clients = [Zoho(settings, tunables=QUICK, store=CachedTokens(settings, {}, backoffice)) for _ in range(3)]
    for zoho in clients:
        zoho.field_types()
    httpx.post(f"{clean_world.zoho_control_url}/kill-tokens", trust_env=False).raise_for_status()
    for zoho in clients:
        zoho.field_types()
        zoho.close()
    assert [zoho.api.meter.cost.tokens for zoho in clients] == [2, 0, 0]


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_rows_of_the_portal_survive_lost_and_broken_answers(
    clean_world: World, portal: Portal, portal_db: psycopg.Connection, fault: dict[str, object]
) -> None:
    add_rows(portal_db, 3)
    order(clean_world.portal_control_url, "/leads", times=2, **fault)
    assert len(portal.rows()) == 3
    assert fired(clean_world.portal_control_url) == 2


def test_all_rows_come_once_in_order_of_id(portal: Portal, portal_db: psycopg.Connection) -> None:
    add_rows(portal_db, 25)
    ids: list[str] = []
    while rows := portal.rows(after=ids[-1] if ids else None, limit=10):
        ids += [row["id"] for row in rows]
    assert len(ids) == 25
    assert ids == sorted(set(ids))


def add_rows(connection: psycopg.Connection, count: int) -> None:
    connection.execute(
        "insert into public.leads (name, email) select 'Person ' || n, 'person' || n || '@portal.example'"
        " from generate_series(1, %s) as n",
        (count,),
    )


def test_no_installation_lives_in_the_portal_but_one_in_the_backoffice(clean_world: World, portal: Portal) -> None:
    assert portal.installation_id() is None
    settings = PortalSettings(url=clean_world.backoffice_url, service_key=SecretStr(clean_world.backoffice_secret_key))
    with Portal(settings, tunables=QUICK) as same:
        assert same.installation_id() is not None


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_an_attempt_survives_lost_and_broken_answers(
    clean_world: World, backoffice: Backoffice, backoffice_db: psycopg.Connection, fault: dict[str, object]
) -> None:
    order(clean_world.backoffice_control_url, "/rpc/", times=2, **fault)
    opened = backoffice.open_attempt(attempt())
    order(clean_world.backoffice_control_url, "/rpc/", times=2, **fault)
    assert backoffice.beat(opened.attempt_id)
    order(clean_world.backoffice_control_url, "/rpc/", times=2, **fault)
    closed = backoffice.close_attempt(opened.attempt_id, {"status": "completed", "counts": {}})
    assert (closed.status, fired(clean_world.backoffice_control_url)) == ("completed", 6)
    found = backoffice_db.execute("select status, count(*) from leadsync.attempts group by 1").fetchall()
    assert found == [("completed", 1)]


def test_the_context_is_what_the_contract_says(backoffice: Backoffice) -> None:
    context = backoffice.context()
    assert context.installation_id
    assert context.columns["email"].type
    assert abs(context.now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_closed_attempt_may_not_write(backoffice: Backoffice) -> None:
    opened = backoffice.open_attempt(attempt())
    backoffice.close_attempt(opened.attempt_id, {"status": "failed", "counts": {}})
    assert not backoffice.beat(opened.attempt_id)
    with pytest.raises(AttemptClosed):
        backoffice.apply(opened.attempt_id, 1, {"source": "zoho", "items": []})
    with pytest.raises(AttemptClosed):
        backoffice.mark_deleted(opened.attempt_id, Source.ZOHO, [])


def test_nothing_is_found_in_an_empty_backoffice(backoffice: Backoffice) -> None:
    record = {"n": 0, "source_id": "1", "digest": "d", "emails": [], "phones": []}
    found = backoffice.match(Source.ZOHO, ["name", "email"], [record])
    assert found["leads"] == {}
    assert [(one["n"], one["record"]) for one in found["records"]] == [(0, None)]


def test_ten_refusals_of_the_gateway_are_survived(clean_world: World, backoffice: Backoffice) -> None:
    order(clean_world.backoffice_control_url, "/rpc/", times=10, status=429, body='{"message": "slow down"}')
    assert backoffice.context().installation_id


@pytest.mark.parametrize(
    "key", ["sb_secret_WrongWrongWrongWrong_Wrong123", BACKOFFICE.publishable_key, BACKOFFICE.legacy_anon_key]
)
def test_a_key_that_is_wrong_or_may_not_write_is_named(clean_world: World, key: str) -> None:
    settings = SupabaseSettings.model_construct(url=clean_world.backoffice_url, service_key=SecretStr(key))
    with Backoffice(settings, tunables=QUICK) as client, pytest.raises(Misconfigured, match="BACKOFFICE_SUPABASE"):
        client.context()


def test_a_legacy_key_still_works(clean_world: World) -> None:
    with backoffice_with(clean_world, BACKOFFICE.legacy_service_key) as client:
        assert client.context().installation_id
    with portal_with(clean_world, PORTAL.legacy_service_key) as portal:
        assert portal.rows() == []


def test_missing_migrations_are_named(clean_world: World) -> None:
    settings = BackofficeSettings(url=clean_world.portal_url, service_key=SecretStr(clean_world.portal_secret_key))
    with Backoffice(settings, tunables=QUICK) as client, pytest.raises(Misconfigured, match="supabase db push"):
        client.context()


def test_a_server_that_is_not_there_is_unavailable_after_all_patience(clean_world: World) -> None:
    gone = clean_world.backoffice_url.rsplit(":", 1)[0] + ":1"
    settings = BackofficeSettings(url=gone, service_key=SecretStr(clean_world.backoffice_secret_key))
    with Backoffice(settings, tunables=QUICK) as client, pytest.raises(Unavailable, match="BACKOFFICE_SUPABASE_URL"):
        client.context()


def test_a_slow_answer_is_given_up_and_asked_for_again(clean_world: World) -> None:
    hasty = QUICK.model_copy(update={"request_timeout": 0.5})
    order(clean_world.backoffice_control_url, "/rpc/", times=1, delay_s=3)
    with backoffice_with(clean_world, clean_world.backoffice_secret_key, hasty) as client:
        assert client.context().installation_id


def test_a_client_may_be_shared_by_threads(backoffice: Backoffice) -> None:
    opened = backoffice.open_attempt(attempt())
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda _: backoffice.beat(opened.attempt_id), range(100)))


def test_an_error_of_any_system_tells_nothing_of_a_person(
    clean_world: World, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    order(clean_world.portal_control_url, "/leads", times=None, status=500, body='{"message": "a@private.example"}')
    with pytest.raises(LeadsyncError) as caught:
        portal.rows(after="a@private.example")
    assert "private" not in f"{caught.value} {caplog.text}"
