"""Zoho's own SDK against the sandbox: what it sends is accepted, and what it gets it understands."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from zohocrmsdk.src.com.zoho.crm.api.exception import SDKException
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from sandbox.world import World
from tests.foreign.vendor_sdk import VendorSdk, complaint, names
from tests.foreign.wire import Exchange
from tests.integration.zoho_visitor import Visitor, some

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_it_mints_with_a_form_and_stays_with_the_api_domain_of_the_reply(
    heard: list[Exchange], world: World, tmp_path: Path
) -> None:
    token = VendorSdk(world, tmp_path).token
    mint = heard[0]
    assert (mint.method, mint.path, mint.query, mint.status) == ("POST", "/oauth/v2/token", {}, 200)
    assert mint.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(mint.body) == {
        "grant_type": ["refresh_token"],
        "refresh_token": [world.zoho_refresh_token],
        "client_id": [world.zoho_client_id],
        "client_secret": [world.zoho_client_secret],
    }
    assert token.get_access_token().startswith("1000.")
    assert token.get_api_domain() == world.zoho_api_domain
    lifetime = datetime.fromtimestamp(int(token.get_expires_in()) / 1000, UTC) - datetime.now(UTC)
    assert timedelta(minutes=59) < lifetime <= timedelta(hours=1)


def test_having_minted_it_asks_who_it_is(heard: list[Exchange], world: World, tmp_path: Path) -> None:
    token = VendorSdk(world, tmp_path).token
    assert [(each.path, each.query) for each in heard[1:]] == [
        ("/crm/v8/users", {"type": ["CurrentUser"]}),
        ("/crm/v8/org", {}),
    ]
    assert token.get_user_signature().get_name() == "sandbox.user@solar.example:20060000001"


def test_a_wrong_refresh_token_is_told_to_the_caller(zoho: Visitor, world: World, tmp_path: Path) -> None:
    assert zoho
    with pytest.raises(SDKException, match="invalid_code"):
        VendorSdk(world, tmp_path, refresh_token="1000.wrong")


@pytest.mark.parametrize("status", [200, 400])
def test_the_throttle_is_told_to_the_caller_in_either_status(
    zoho: Visitor, world: World, tmp_path: Path, status: int
) -> None:
    zoho.set(limits={"mints": 0}, throttle_status=status)
    with pytest.raises(SDKException, match="Access Denied"):
        VendorSdk(world, tmp_path)


def test_it_cannot_use_a_token_that_does_not_say_how_long_it_lives(zoho: Visitor, world: World, tmp_path: Path) -> None:
    token = {"access_token": "1000.a.b", "api_domain": world.zoho_api_domain, "token_type": "Bearer"}
    zoho.control("POST", "faults", [{"path": "/oauth/v2/token", "body": json.dumps(token)}])
    with pytest.raises(SDKException, match="expires_in"):
        VendorSdk(world, tmp_path)


def test_one_token_serves_many_calls_until_it_is_nearly_over(
    zoho: Visitor, heard: list[Exchange], world: World, tmp_path: Path
) -> None:
    VendorSdk(world, tmp_path).list()
    assert [each.path for each in heard].count("/oauth/v2/token") == 1
    zoho.set(token_seconds=4)
    (tmp_path / "tokens.csv").unlink()
    short = VendorSdk(world, tmp_path)
    heard.clear()
    short.list()
    assert next(each.path for each in heard) == "/oauth/v2/token"


def test_it_names_itself_and_its_scheme_in_each_call(sdk: VendorSdk, heard: list[Exchange]) -> None:
    sdk.list()
    for call in heard:
        assert call.headers["Authorization"] == f"Zoho-oauthtoken {sdk.token.get_access_token()}"
        assert call.headers["X-ZOHO-SDK"].endswith(":7.0.0")
        assert call.headers["User-Agent"].startswith("python-requests/")
        assert "gzip" in call.headers["Accept-Encoding"]


def test_it_lists_all_leads_by_page_number(zoho: Visitor, sdk: VendorSdk) -> None:
    zoho.plant(*some(450))
    pages = [sdk.list(page=page, per_page=200, sort_by="id", sort_order="asc") for page in (1, 2, 3)]
    assert [name for page in pages for name in names(page)] == [str(n) for n in range(450)]
    assert [page.get_object().get_info().get_more_records() for page in pages] == [True, True, False]


def test_it_walks_beyond_2000_leads_by_page_token(zoho: Visitor, sdk: VendorSdk) -> None:
    zoho.plant(*some(2001))
    reply = sdk.list()
    found = names(reply)
    while reply.get_object().get_info().get_more_records():
        reply = sdk.list(page_token=reply.get_object().get_info().get_next_page_token())
        found += names(reply)
    assert sorted(found, key=int) == [str(n) for n in range(2001)]
    assert complaint(sdk.list(page=11).get_object()) == ("DISCRETE_PAGINATION_LIMIT_EXCEEDED", "error")


def test_a_page_token_ends_when_its_reply_says(zoho: Visitor, sdk: VendorSdk) -> None:
    zoho.plant(*some(3))
    zoho.set(fixed=NOON.isoformat())
    info = sdk.list(per_page=2).get_object().get_info()
    assert info.get_page_token_expiry() == NOON + timedelta(days=1)
    assert (info.get_count(), info.get_sort_by(), info.get_sort_order()) == (2, "id", "desc")


def test_it_lists_what_changed_since(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    zoho.plant({"Last_Name": "before", "Modified_Time": "2026-03-01T12:59:59+01:00"})
    zoho.plant({"Last_Name": "at", "Modified_Time": "2026-03-01T13:00:00+01:00"})
    reply = sdk.list(since=NOON + timedelta(microseconds=900_000))
    assert names(reply) == ["at"]
    sent = heard[-1].headers["If-Modified-Since"]
    assert datetime.strptime(sent, "%Y-%m-%dT%H:%M:%S%z") == NOON


@pytest.mark.parametrize("ask", ["list", "deleted"])
def test_nothing_new_is_an_empty_answer(zoho: Visitor, sdk: VendorSdk, ask: str) -> None:
    zoho.plant(*some(1))
    reply = getattr(sdk, ask)(since=datetime.now(UTC))
    assert (reply.get_status_code(), reply.get_object()) == (304, None)


def test_no_lead_at_all_is_an_empty_answer(sdk: VendorSdk) -> None:
    reply = sdk.list()
    assert (reply.get_status_code(), reply.get_object()) == (204, None)


def test_values_have_the_types_that_the_metadata_promises(zoho: Visitor, sdk: VendorSdk) -> None:
    zoho.plant(
        {
            "Last_Name": "Vella",
            "Lead_Status": "New",
            "No_of_Employees": 12,
            "Annual_Revenue": 100.5,
            "Deposit_Paid": True,
            "Deposit_Paid_Date": "2026-02-03",
            "First_Contact_Date": "2026-02-03T10:00:00+01:00",
            "Tag": [{"name": "hot", "id": "640000000000000777"}],
        }
    )
    fields = "Lead_Status,No_of_Employees,Annual_Revenue,Deposit_Paid,Deposit_Paid_Date,First_Contact_Date,Tag,Owner"
    (lead,) = sdk.list(fields=fields).get_object().get_data()
    assert lead.get_key_value("Lead_Status").get_value() == "New"
    assert (lead.get_key_value("No_of_Employees"), lead.get_key_value("Annual_Revenue")) == (12, 100.5)
    assert (lead.get_key_value("Deposit_Paid"), str(lead.get_key_value("Deposit_Paid_Date"))) == (True, "2026-02-03")
    assert lead.get_key_value("First_Contact_Date") == datetime(2026, 2, 3, 9, tzinfo=UTC)
    assert [tag.get_name() for tag in lead.get_tag()] == ["hot"]
    assert lead.get_key_value("Owner").get_email() == "sandbox.user@solar.example"


def test_one_lead_is_read_whole(zoho: Visitor, sdk: VendorSdk) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "First_Name": "Ġorġ"})
    (lead,) = sdk.leads.get_record(int(lead_id)).get_object().get_data()
    assert (lead.get_id(), lead.get_key_value("Full_Name")) == (int(lead_id), "Ġorġ Vella")
    assert lead.get_created_by().get_name() == "Sandbox User"


def test_it_reads_deleted_leads_of_both_kinds(zoho: Visitor, sdk: VendorSdk) -> None:
    one, two = zoho.add({"Last_Name": "Vella"}, {"Last_Name": "Borg"})
    zoho.control("POST", "deleted", [{"id": int(two), "type": "permanent"}])
    zoho.call("DELETE", f"/crm/v8/Leads/{one}")
    reply = sdk.deleted(type="all", page=1, per_page=200).get_object()
    gone = {row.get_id(): row for row in reply.get_data()}
    assert {lead_id: row.get_type() for lead_id, row in gone.items()} == {int(one): "recycle", int(two): "permanent"}
    assert abs(gone[int(one)].get_deleted_time() - datetime.now(UTC)) < timedelta(minutes=1)
    assert gone[int(one)].get_deleted_by().get_name() == "Sandbox User"
    assert (gone[int(two)].get_display_name(), gone[int(two)].get_deleted_by()) == (None, None)
    assert reply.get_info().get_more_records() is False


def test_it_inserts_without_saying_that_it_sends_json(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    reply = sdk.insert(
        {"Last_Name": "Vella", "Lead_Status": Choice("New"), "First_Contact_Date": NOON},
        {"Last_Name": "Borg", "Email": "borg@leads.example"},
    )
    assert reply.get_status_code() == 201
    results = reply.get_object().get_data()
    assert [result.get_message().get_value() for result in results] == ["record added", "record added"]
    details = results[0].get_details()
    assert abs(details["Created_Time"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert details["Created_By"].get_name() == "Sandbox User"
    kept = zoho.call("GET", f"/crm/v8/Leads/{details['id']}").json()["data"][0]
    assert (kept["Lead_Status"], kept["First_Contact_Date"]) == ("New", "2026-03-01T13:00:00+01:00")
    assert "Content-Type" not in heard[-1].headers


def test_it_refuses_a_pick_that_the_metadata_lacks_before_it_sends_anything(
    sdk: VendorSdk, heard: list[Exchange]
) -> None:
    with pytest.raises(SDKException, match="UNACCEPTED VALUES"):
        sdk.insert({"Last_Name": "Vella", "Lead_Status": Choice("Dragon")})
    assert [each.path for each in heard] == ["/crm/v8/settings/fields"]


def test_it_updates_by_ids_that_are_numbers(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    one, two = zoho.add({"Last_Name": "Vella"}, {"Last_Name": "Borg"})
    reply = sdk.update({"id": int(one), "Last_Name": "Zammit"}, {"id": int(two), "Company": "Borg Ltd"})
    assert f'"id": {one},' in heard[-1].body
    assert [result.get_details()["id"] for result in reply.get_object().get_data()] == [one, two]
    kept = zoho.list(fields="Last_Name,Company", ids=f"{one},{two}").json()["data"]
    assert {(lead["Last_Name"], lead["Company"]) for lead in kept} == {("Zammit", None), ("Borg", "Borg Ltd")}


def test_it_tells_apart_the_items_that_went_well_and_ill(sdk: VendorSdk) -> None:
    reply = sdk.insert({"Last_Name": "Vella"}, {"Last_Name": "Borg", "Email": "no address"})
    well, ill = reply.get_object().get_data()
    assert (reply.get_status_code(), well.get_status().get_value()) == (207, "success")
    assert complaint(ill) == ("INVALID_DATA", "error")
    assert ill.get_details()["api_name"] == "Email"


def test_a_dead_token_is_the_callers_to_mend(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    sdk.list()
    zoho.control("POST", "kill-tokens")
    heard.clear()
    reply = sdk.list()
    assert (reply.get_status_code(), *complaint(reply.get_object())) == (401, "INVALID_TOKEN", "error")
    assert len(heard) == 1


def test_a_gateways_page_is_a_riddle_to_it(zoho: Visitor, sdk: VendorSdk) -> None:
    sdk.list()
    zoho.control("POST", "faults", [{"path": "/Leads", "status": 502, "html": "<p>bad gateway</p>"}])
    with pytest.raises(SDKException, match="content-disposition"):
        sdk.list()


def test_an_error_that_comes_in_data_is_a_record_to_it(zoho: Visitor, sdk: VendorSdk) -> None:
    zoho.plant(*some(1))
    sdk.list()
    zoho.set(envelope="data")
    (not_a_lead,) = sdk.list(per_page=201).get_object().get_data()
    assert not_a_lead.get_key_value("code") == "INVALID_DATA"


def test_a_whole_refresh_of_its_metadata_asks_for_the_modules(
    heard: list[Exchange], world: World, tmp_path: Path
) -> None:
    sdk = VendorSdk(world, tmp_path, auto_refresh_fields=True)
    assert sdk.list().get_status_code() == 204
    asked = [each.path for each in heard if each.status == 200]
    assert asked[-2:] == ["/crm/v8/settings/modules", "/crm/v8/settings/fields"]
