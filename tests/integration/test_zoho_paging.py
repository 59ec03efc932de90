"""How Get Records pages: numbers, tokens, walls (facts on Zoho, §2)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, names, some, visit

EARLY, LATE = "2026-03-01T00:00:00+00:00", "2026-03-02T10:00:00+00:00"


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


def test_a_page_tells_where_it_stands(zoho: Visitor) -> None:
    zoho.plant(*some(3))
    zoho.set(fixed=LATE)
    info = zoho.list(per_page=2).json()["info"]
    token = info.pop("next_page_token")
    assert token
    assert info == {
        "call": False,
        "email": False,
        "per_page": 2,
        "count": 2,
        "page": 1,
        "more_records": True,
        "previous_page_token": None,
        "page_token_expiry": "2026-03-03T11:00:00+01:00",
        "sort_by": "id",
        "sort_order": "desc",
    }


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("column", ["id", "Created_Time", "Modified_Time"])
def test_page_numbers_and_page_tokens_walk_the_same_list(zoho: Visitor, column: str, order: str) -> None:
    zoho.plant(*({**lead, "Created_Time": lead["Modified_Time"]} for lead in some(7)))
    query: dict[str, Any] = {"per_page": 3, "sort_by": column, "sort_order": order}
    by_number = [name for page in (1, 2, 3) for name in names(zoho.list(page=page, **query))]
    assert by_number == sorted(map(str, range(7)), reverse=order == "desc")
    assert walk(zoho, query) == by_number


def walk(zoho: Visitor, query: dict[str, Any]) -> list[str]:
    """All names, by page token."""
    reply = zoho.list(**query)
    found = names(reply)
    while reply.json()["info"]["more_records"]:
        token = reply.json()["info"]["next_page_token"]
        reply = zoho.list(page_token=token, **query)
        assert reply.json()["info"]["page"] == 1
        found += names(reply)
    assert reply.json()["info"]["next_page_token"] is None
    return found


def test_the_previous_token_leads_back(zoho: Visitor) -> None:
    zoho.plant(*some(5))
    first = zoho.list(per_page=2)
    second = zoho.list(per_page=2, page_token=first.json()["info"]["next_page_token"])
    back = zoho.list(per_page=2, page_token=second.json()["info"]["previous_page_token"])
    assert names(back) == names(first)


def test_a_record_edited_during_a_walk_moves_to_the_tail_and_the_others_shift(zoho: Visitor) -> None:
    ids = zoho.plant(*some(4))
    query: dict[str, Any] = {"per_page": 2, "sort_by": "Modified_Time", "sort_order": "asc"}
    first = zoho.list(**query)
    zoho.call("PUT", f"{LEADS}/{ids[0]}", json={"data": [{"First_Name": "Rita"}]})
    second = zoho.list(page_token=first.json()["info"]["next_page_token"], **query)
    assert (names(first), names(second)) == (["0", "1"], ["3", "0"])


@pytest.mark.parametrize("change", [{"per_page": 1}, {"fields": "Email"}, {"sort_by": "id"}, {"converted": "both"}])
def test_a_page_token_is_bound_to_the_parameters(zoho: Visitor, change: dict[str, Any]) -> None:
    zoho.plant(*some(3))
    token = zoho.list(per_page=2).json()["info"]["next_page_token"]
    reply = zoho.list(**{"per_page": 2, "page_token": token, **change})
    assert_error(reply, 400, "TOKEN_BOUND_DATA_MISMATCH", param_name="page_token")


@pytest.mark.parametrize("second", [None, LATE])
def test_a_page_token_is_bound_to_if_modified_since(zoho: Visitor, second: str | None) -> None:
    zoho.plant(*some(3))
    token = zoho.list(per_page=2, since=EARLY).json()["info"]["next_page_token"]
    assert_error(zoho.list(per_page=2, page_token=token, since=second), 400, "TOKEN_BOUND_DATA_MISMATCH")


def test_a_page_token_lives_24_hours(zoho: Visitor) -> None:
    zoho.plant(*some(3))
    token = zoho.list(per_page=2).json()["info"]["next_page_token"]
    zoho.set(offset_s=24 * 3600 - 60, token_seconds=3600)
    assert zoho.call("GET", LEADS, token=zoho.mint(), params=page(token)).status_code == 200
    zoho.set(offset_s=24 * 3600 + 60)
    reply = zoho.call("GET", LEADS, token=zoho.mint(), params=page(token))
    assert_error(reply, 400, "EXPIRED_VALUE", param_name="page_token")


def page(token: str) -> dict[str, str]:
    return {"fields": "Last_Name", "per_page": "2", "page_token": token}


def test_the_control_ends_page_tokens(zoho: Visitor) -> None:
    zoho.plant(*some(3))
    token = zoho.list(per_page=2).json()["info"]["next_page_token"]
    zoho.control("POST", "expire-page-tokens")
    assert_error(zoho.list(per_page=2, page_token=token), 400, "EXPIRED_VALUE")


def test_a_page_token_of_somebody_else_is_as_good_as_garbage(zoho: Visitor) -> None:
    zoho.plant(*some(3))
    token = zoho.list(per_page=2).json()["info"]["next_page_token"]
    other = {"client_id": "other", "client_secret": "s", "refresh_token": "r2"}
    zoho.control("POST", "clients", {**other, "scopes": ["ZohoCRM.modules.READ"], "user_name": "somebody else"})
    reply = zoho.call("GET", LEADS, token=zoho.mint(**other), params=page(token))
    assert_error(reply, 400, "INVALID_DATA", param_name="page_token")
    assert_error(zoho.list(page_token="garbage"), 400, "INVALID_DATA", param_name="page_token")


def test_page_and_page_token_together_are_ambiguous(zoho: Visitor) -> None:
    both = [{"param_name": "page"}, {"param_name": "page_token"}]
    assert_error(zoho.list(page=1, page_token="any"), 400, "AMBIGUITY_DURING_PROCESSING", ambiguity_due_to=both)


def test_a_custom_view_excludes_sorting_and_does_not_exist(zoho: Visitor) -> None:
    assert_error(zoho.list(cvid=1, sort_by="id"), 400, "AMBIGUITY_DURING_PROCESSING")
    assert_error(zoho.list(cvid=1), 400, "INVALID_DATA", param_name="cvid")


def test_a_page_token_is_as_long_as_zohos(zoho: Visitor) -> None:
    zoho.plant(*some(2))
    assert len(zoho.list(per_page=1).json()["info"]["next_page_token"]) == 96


def test_page_numbers_end_at_2000_records(zoho: Visitor) -> None:
    zoho.plant(*some(2001))
    assert len(names(zoho.list(page=10))) == 200
    assert_error(zoho.list(page=11), 400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", limit=2000)
    assert len(walk(zoho, {})) == 2001


def test_a_walk_ends_at_its_ceiling(zoho: Visitor) -> None:
    assert zoho.control("GET", "settings")["limits"]["walk"] == 100_000
    zoho.set(limits={"walk": 400})
    zoho.plant(*some(401))
    first = zoho.list().json()["info"]["next_page_token"]
    second = zoho.list(page_token=first).json()["info"]["next_page_token"]
    assert_error(zoho.list(page_token=second), 400, "PAGINATION_LIMIT_EXCEEDED", param_name="page_token")
