"""Bulk Read by Zoho's own SDK: from the order to the rows."""

import csv
import io
import json
import zipfile
from typing import Any

from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BodyWrapper, BulkReadOperations, Criteria, Query
from zohocrmsdk.src.com.zoho.crm.api.fields import MinifiedField
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from tests.foreign.vendor_sdk import VendorSdk, complaint
from tests.foreign.wire import Exchange
from tests.integration.zoho_visitor import Visitor, some

BULK = BulkReadOperations()
AT_ONCE: dict[str, Any] = {"pace": {"polls": 0}}


def all_leads(*fields: str, criteria: Criteria | None = None) -> Query:
    module, query = MinifiedModule(), Query()
    module.set_api_name("Leads")
    query.set_module(module)
    query.set_fields(list(fields))
    if criteria is not None:
        query.set_criteria(criteria)
    return query


def modified_since(moment: str) -> Criteria:
    field, criteria = MinifiedField(), Criteria()
    field.set_api_name("Modified_Time")
    criteria.set_field(field)
    criteria.set_comparator(Choice("greater_equal"))
    criteria.set_value(moment)
    return criteria


def order(query: Query) -> Any:  # noqa: ANN401 - the SDK's own
    body = BodyWrapper()
    body.set_query(query)
    return BULK.create_bulk_read_job(body)


def job_of(query: Query) -> int:
    (ordered,) = order(query).get_object().get_data()
    return int(ordered.get_details()["id"])


def poll(job_id: int) -> Any:  # noqa: ANN401 - the same
    (job,) = BULK.get_bulk_read_job_details(job_id).get_object().get_data()
    return job


def rows_of(job_id: int) -> list[dict[str, str]]:
    file = BULK.download_result(job_id).get_object().get_file()
    assert file.get_name() == f"{job_id}.zip"
    with zipfile.ZipFile(io.BytesIO(file.get_stream().content)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def test_it_orders_polls_downloads_and_reads(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    assert sdk
    zoho.plant(*some(4))
    (won,) = zoho.plant({"Last_Name": "won", "Converted__s": True, "Modified_Time": "2026-03-02T00:00:00+00:00"})
    job_id = job_of(all_leads("Last_Name", "$converted", criteria=modified_since("2026-03-01T00:02:00+00:00")))
    assert heard[-1].headers["Content-Type"] == "application/json"
    jobs = [poll(job_id) for _ in range(4)]
    assert [job.get_state().get_value() for job in jobs] == ["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"]
    assert (jobs[3].get_result().get_count(), jobs[3].get_result().get_more_records()) == (3, False)
    assert jobs[3].get_created_by().get_name() == "Sandbox User"
    rows = rows_of(job_id)
    assert {(row["Last_Name"], row["$converted"]) for row in rows} == {("2", "false"), ("3", "false"), ("won", "true")}
    assert won in {row["Id"] for row in rows}


def test_it_follows_the_page_token_where_a_job_is_full(zoho: Visitor, sdk: VendorSdk, heard: list[Exchange]) -> None:
    assert sdk
    zoho.plant(*some(5))
    zoho.set(**AT_ONCE, limits={"bulk_rows": 3})
    first = job_of(all_leads("Last_Name"))
    result = poll(first).get_result()
    assert (result.get_count(), result.get_more_records()) == (3, True)
    following = Query()
    following.set_page_token(result.get_next_page_token())
    second = job_of(following)
    assert json.loads(heard[-1].body) == {"query": {"page_token": result.get_next_page_token()}}
    assert poll(second).get_result().get_more_records() is False
    assert sorted(row["Last_Name"] for row in rows_of(first) + rows_of(second)) == ["0", "1", "2", "3", "4"]


def test_it_reads_what_goes_wrong(zoho: Visitor, sdk: VendorSdk) -> None:
    assert sdk
    assert complaint(order(all_leads("Dragon")).get_object()) == ("FIELD_NOT_AVAILABLE", "error")
    assert complaint(BULK.get_bulk_read_job_details(5).get_object()) == ("RESOURCE_NOT_FOUND", "error")
    zoho.set(**AT_ONCE)
    zoho.control("POST", "fail-bulk", {"times": 1})
    failed = poll(job_of(all_leads("Last_Name")))
    assert (failed.get_state().get_value(), failed.get_result().get_download_url()) == ("FAILURE", None)


def test_the_eleventh_download_in_a_minute_is_refused(zoho: Visitor, sdk: VendorSdk) -> None:
    assert sdk
    zoho.set(**AT_ONCE)
    job_id = job_of(all_leads("Last_Name"))
    assert [rows_of(job_id) for _ in range(10)] == [[]] * 10
    refused = BULK.download_result(job_id)
    assert (refused.get_status_code(), *complaint(refused.get_object())) == (429, "TOO_MANY_REQUESTS", "error")
