"""Bulk Read: jobs, their states and their files (facts on Zoho, §5)."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from sandbox.world import World
from tests.integration.zoho_bulk import AT_ONCE, READ, ask, export, file, job, job_id_of, order, ordered
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, some, visit

OTHER = {"client_id": "other", "client_secret": "s", "refresh_token": "r2"}


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


def test_an_order_is_answered_with_a_job_that_is_added(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00")
    reply = order(zoho)
    (item,) = reply.json()["data"]
    details = item.pop("details")
    assert (reply.status_code, reply.json()["info"]) == (201, {})
    assert item == {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully."}
    assert (details["operation"], details["state"]) == ("read", "ADDED")
    assert details["created_time"] == "2026-03-01T11:00:00+01:00"
    assert details["created_by"].keys() == {"id", "name"}


def test_a_job_passes_through_its_states_and_has_a_result_in_the_last(zoho: Visitor) -> None:
    zoho.plant(*some(2))
    job_id = ordered(zoho, fields=["Email"])
    told = [job(zoho, job_id) for _ in range(4)]
    assert [each["state"] for each in told] == ["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"]
    assert ["result" in each for each in told] == [False, False, False, True]
    assert told[3]["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": 2,
        "download_url": f"{READ}/{job_id}/result",
        "more_records": False,
    }
    assert (told[3]["file_type"], told[3]["query"]["fields"]) == ("csv", ["Email"])
    assert told[3]["query"]["module"]["api_name"] == "Leads"


def test_a_job_may_take_its_time_instead_of_polls(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00", pace={"polls": 0, "seconds": 60})
    job_id = ordered(zoho)
    seen = []
    for minute in (0, 1, 2, 3):
        zoho.set(fixed=f"2026-03-01T10:0{minute}:00+00:00")
        seen += [job(zoho, job_id)["state"] for _ in range(2)]
    assert seen == ["ADDED", "ADDED", "QUEUED", "QUEUED", "IN PROGRESS", "IN PROGRESS", "COMPLETED", "COMPLETED"]


def test_a_result_may_be_shown_before_there_is_one(zoho: Visitor) -> None:
    zoho.set(early_result=True)
    told = job(zoho, ordered(zoho))
    assert (told["state"], told["result"]["more_records"]) == ("ADDED", True)


@pytest.mark.parametrize("pace", [{"polls": 1}, {"polls": 0, "seconds": 60}])
def test_a_job_sees_what_is_there_when_it_runs(zoho: Visitor, pace: dict[str, object]) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00", pace=pace)
    job_id = ordered(zoho)
    zoho.add({"Last_Name": "ordered"})
    job(zoho, job_id)
    zoho.add({"Last_Name": "queued"})
    job(zoho, job_id)
    zoho.set(fixed="2026-03-01T10:02:00+00:00")
    zoho.add({"Last_Name": "too late"})
    zoho.set(fixed="2026-03-01T10:03:00+00:00")
    assert [job(zoho, job_id)["state"] for _ in range(2)][-1] == "COMPLETED"
    rows = csv.DictReader(io.StringIO(file(zoho, job_id)))
    assert {row["Last_Name"] for row in rows} == {"ordered", "queued"}


def test_a_job_can_fail(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE)
    zoho.control("POST", "fail-bulk", {"times": 1})
    bad, good = ordered(zoho), ordered(zoho)
    told = job(zoho, bad)
    assert told["state"] == "FAILURE"
    assert told["result"]["error_message"]["code"] == "INTERNAL_SERVER_ERROR"
    assert_error(zoho.call("GET", f"{READ}/{bad}/result"), 404, "RESOURCE_NOT_FOUND")
    assert job(zoho, good)["state"] == "COMPLETED"


@pytest.mark.parametrize("path", [f"{READ}/640000000000000009", f"{READ}/none", f"{READ}/640000000000000009/result"])
def test_an_unknown_job_is_not_found(zoho: Visitor, path: str) -> None:
    assert_error(zoho.call("GET", path), 404, "RESOURCE_NOT_FOUND")


def test_there_is_no_file_before_the_end(zoho: Visitor) -> None:
    assert_error(zoho.call("GET", f"{READ}/{ordered(zoho)}/result"), 404, "RESOURCE_NOT_FOUND")


def test_a_file_tells_values_as_text(zoho: Visitor) -> None:
    said = {
        "Last_Name": 'Ġorġ "Il-Ħ"', "City": "Mosta,\nMalta 😀", "With_Battery": True, "Loan_Term": 12,
        "Quote_Amount": 1234.5, "Campaign_Source": {"name": "Spring", "id": "640000000000000007"},
        "Tag": [{"name": "hot"}, {"name": "roof"}], "Deposit_Paid_Date": "2026-02-28",
        "First_Contact_Date": "2026-07-01T10:00:00+00:00",
    }  # fmt: skip
    (lead_id,) = zoho.add(said)
    (row,) = export(zoho, fields=[*said, "Company", "Deposit_Paid", "Owner", "$converted", "id"])
    assert list(row) == ["Id", *said, "Company", "Deposit_Paid", "Owner", "$converted"]
    assert row == {
        "Id": lead_id, "Last_Name": 'Ġorġ "Il-Ħ"', "City": "Mosta,\nMalta 😀", "With_Battery": "true",
        "Loan_Term": "12", "Quote_Amount": "1234.5", "Campaign_Source": "640000000000000007", "Tag": "hot;roof",
        "Deposit_Paid_Date": "2026-02-28", "First_Contact_Date": "2026-07-01T12:00:00+02:00", "Company": "",
        "Deposit_Paid": "false", "Owner": "640000000000050001", "$converted": "false",
    }  # fmt: skip


def test_a_null_and_an_empty_text_look_the_same(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": None}, {"Last_Name": ""}, {"Last_Name": ["a", "b"]}, {"Last_Name": "\ud800x"})
    assert [row["Last_Name"] for row in export(zoho, fields=["Last_Name"])] == ["?x", "a;b", "", ""]


def test_without_fields_there_are_all_columns_and_some_that_are_not_documented(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": "Vella", "Modified_Time": "2026-03-01T10:00:00+00:00"})
    (row,) = export(zoho)
    assert next(iter(row)) == "Id"
    assert "id" not in row
    assert row.keys() >= {"Last_Name", "Email", "Converted__s", "$converted", "Change_Log_Time__s"}
    assert row["System_Modified_Time"] == row["Modified_Time"] == "2026-03-01T11:00:00+01:00"


def test_converted_leads_are_in_it(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": "open"}, {"Last_Name": "won", "Converted__s": True})
    rows = export(zoho, fields=["Last_Name", "$converted"])
    assert {row["Last_Name"]: row["$converted"] for row in rows} == {"open": "false", "won": "true"}


def test_no_leads_make_a_file_with_a_head(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE)
    job_id = ordered(zoho, fields=["Email"])
    assert job(zoho, job_id)["result"]["count"] == 0
    assert file(zoho, job_id) == "Id,Email\r\n"


def test_a_page_token_goes_on_where_the_page_ended(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE, limits={"bulk_rows": 2})
    ids = zoho.plant(*some(5))
    told = job(zoho, ordered(zoho, fields=["Last_Name"]))
    pages, seen = [told], [file(zoho, told["id"])]
    zoho.call("DELETE", f"{LEADS}/{ids[4]}")
    while pages[-1]["result"]["more_records"]:
        told = job(zoho, job_id_of(ask(zoho, {"page_token": pages[-1]["result"]["next_page_token"]})))
        pages.append(told)
        seen.append(file(zoho, told["id"]))
    assert [each["result"]["count"] for each in pages] == [2, 2, 1]
    assert [each["result"]["page"] for each in pages] == [1, 2, 3]
    assert "next_page_token" not in pages[-1]["result"]
    assert [line.split(",")[1] for text in seen for line in text.splitlines()[1:]] == ["4", "3", "2", "1", "0"]


def test_page_numbers_count_rows(zoho: Visitor) -> None:
    zoho.set(limits={"bulk_rows": 2, "bulk_pages": 3})
    zoho.plant(*some(5))
    assert [row["Last_Name"] for row in export(zoho, fields=["Last_Name"], page=3)] == ["0"]
    assert_error(order(zoho, page=4), 400, "PAGE_RANGE_EXCEEDED", max_limit=3)


def next_token(zoho: Visitor) -> str:
    zoho.set(**AT_ONCE, limits={"bulk_rows": 1})
    zoho.plant(*some(2))
    return str(job(zoho, ordered(zoho))["result"]["next_page_token"])


def test_a_page_token_comes_alone(zoho: Visitor) -> None:
    token = next_token(zoho)
    assert_error(ask(zoho, {"page_token": token, "fields": ["Email"]}), 400, "TOKEN_BOUND_DATA_MISMATCH")
    assert ask(zoho, {"page_token": token}).status_code == 201


@pytest.mark.parametrize(("hours", "minutes", "status"), [(23, 59, 201), (24, 1, 400)])
def test_a_page_token_lives_24_hours(zoho: Visitor, hours: int, minutes: int, status: int) -> None:
    token = next_token(zoho)
    zoho.set(offset_s=hours * 3600 + minutes * 60)
    reply = ask(zoho, {"page_token": token}, token=zoho.mint())
    assert reply.status_code == status
    if status == 400:
        assert_error(reply, 400, "EXPIRED_VALUE", param_name="page_token")


def test_the_control_ends_page_tokens_of_jobs_too(zoho: Visitor) -> None:
    token = next_token(zoho)
    zoho.control("POST", "expire-page-tokens")
    assert_error(ask(zoho, {"page_token": token}), 400, "EXPIRED_VALUE")


def test_a_page_token_of_somebody_else_is_as_good_as_garbage(zoho: Visitor) -> None:
    token = next_token(zoho)
    scopes = ["ZohoCRM.bulk.READ", "ZohoCRM.modules.READ"]
    zoho.control("POST", "clients", {**OTHER, "scopes": scopes, "user_name": "somebody else"})
    assert_error(
        ask(zoho, {"page_token": token}, token=zoho.mint(**OTHER)), 400, "INVALID_DATA", param_name="page_token"
    )
    assert_error(ask(zoho, {"page_token": "garbage"}), 400, "INVALID_DATA", param_name="page_token")


def test_ten_downloads_a_minute_are_all(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE, fixed="2026-03-01T10:00:00+00:00")
    url = f"{READ}/{ordered(zoho)}/result"
    assert {zoho.call("GET", url).status_code for _ in range(10)} == {200}
    zoho.set(fixed="2026-03-01T10:00:59+00:00")
    assert_error(zoho.call("GET", url), 429, "TOO_MANY_REQUESTS")
    zoho.set(fixed="2026-03-01T10:01:00+00:00")
    assert zoho.call("GET", url).status_code == 200


def test_a_download_can_break_off(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE)
    job_id = ordered(zoho)
    url = f"{READ}/{job_id}/result"
    zoho.control("POST", "faults", [{"path": "/result", "truncate_at": 30, "cut": "after"}])
    with pytest.raises(httpx.RemoteProtocolError):
        zoho.call("GET", url)
    assert zoho.call("GET", url).headers["content-disposition"] == f'attachment; filename="{job_id}.zip"'


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, "{}", 415, "MEDIA_TYPE_NOT_SUPPORTED"),
        ({}, "{}", 415, "MEDIA_TYPE_NOT_SUPPORTED"),
        ({"Content-Type": "application/json"}, "", 400, "REQUEST_BODY_IS_EMPTY"),
        ({"Content-Type": "application/json"}, "{", 400, "REQUEST_BODY_NOT_READABLE"),
        ({"Content-Type": "application/json;charset=UTF-8"}, "{}", 400, "REQUEST_BODY_NOT_SUPPORTED"),
    ],
)
def test_an_order_is_json(zoho: Visitor, headers: dict[str, str], body: str, status: int, code: str) -> None:
    assert_error(zoho.call("POST", READ, content=body, headers=headers), status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": {}}, "REQUEST_BODY_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Leads"}, "sort_by": "id"}}, "REQUEST_BODY_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Leads"}, "page": 0}}, "REQUEST_BODY_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Notes"}}}, "MODULE_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Dragons"}}}, "MODULE_NOT_AVAILABLE"),
        ({"query": {"module": {"api_name": "Leads"}, "fields": ["Nope"]}}, "FIELD_NOT_AVAILABLE"),
        ({"query": {"module": {"api_name": "Leads"}, "fields": ["Owner.last_name"]}}, "FIELD_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Leads"}, "cvid": "640000000000000001"}}, "CVID_NOT_SUPPORTED"),
        ({"query": {"module": {"api_name": "Leads"}}, "file_type": "ics"}, "JOB_NOT_SUPPORTED"),
        (
            {"query": {"module": {"api_name": "Leads"}}, "callback": {"url": "https://x.example", "method": "post"}},
            "NOT_SUPPORTED_FEATURE",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(zoho: Visitor, body: dict[str, object], code: str) -> None:
    assert_error(zoho.call("POST", READ, json=body), 400, code)


@pytest.mark.parametrize("scope", ["ZohoCRM.bulk.READ", "ZohoCRM.modules.leads.READ"])
@pytest.mark.parametrize(("method", "path"), [("POST", READ), ("GET", f"{READ}/1"), ("GET", f"{READ}/1/result")])
def test_bulk_read_wants_both_scopes(zoho: Visitor, scope: str, method: str, path: str) -> None:
    zoho.control("POST", "scopes", {"scopes": [scope]})
    assert_error(zoho.call(method, path), 401, "OAUTH_SCOPE_MISMATCH")


def test_version_2_knows_no_page_tokens(zoho: Visitor) -> None:
    zoho.set(**AT_ONCE, limits={"bulk_rows": 1})
    zoho.plant(*some(2))
    reply = zoho.call("POST", "/crm/bulk/v2/read", json={"query": {"module": {"api_name": "Leads"}}})
    url = f"/crm/bulk/v2/read/{reply.json()['data'][0]['details']['id']}"
    result = zoho.call("GET", url).json()["data"][0]["result"]
    assert (result["more_records"], result["download_url"]) == (True, f"{url}/result")
    assert "next_page_token" not in result


def test_a_reset_forgets_jobs(zoho: Visitor) -> None:
    job_id = ordered(zoho)
    zoho.reset()
    assert_error(zoho.call("GET", f"{READ}/{job_id}"), 404, "RESOURCE_NOT_FOUND")
