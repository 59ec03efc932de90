"""What the Zoho server tells of the organisation's modules and users (facts on Zoho, §8)."""

from collections.abc import Iterator

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import Visitor, assert_error, visit

USERS = "/crm/v8/users"


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


@pytest.mark.parametrize("path", ["/crm/v2/settings/modules", "/crm/v8/settings/modules/Leads"])
def test_leads_is_a_module_that_the_api_serves(zoho: Visitor, path: str) -> None:
    (module,) = zoho.call("GET", path).json()["modules"]
    assert (module["api_name"], module["api_supported"], module["generated_type"]) == ("Leads", True, "default")


def test_other_modules_do_not_exist(zoho: Visitor) -> None:
    assert_error(zoho.call("GET", "/crm/v8/settings/modules/Dragons"), 400, "INVALID_MODULE")


def test_the_current_user_owns_the_leads(zoho: Visitor) -> None:
    allow_users(zoho)
    zoho.add({"Last_Name": "Vella"})
    reply = zoho.call("GET", USERS, params={"type": "CurrentUser"}).json()
    (user,) = reply["users"]
    owner = zoho.list(fields="Owner").json()["data"][0]["Owner"]
    assert owner == {"name": user["full_name"], "id": user["id"], "email": user["email"]}
    assert reply["info"] == {"per_page": 200, "count": 1, "page": 1, "more_records": False}


def test_no_user_is_deactivated(zoho: Visitor) -> None:
    allow_users(zoho)
    assert zoho.call("GET", USERS, params={"type": "DeactiveUsers"}).status_code == 204
    assert_error(zoho.call("GET", USERS, params={"type": "Dragons"}), 400, "INVALID_DATA", param_name="type")


def allow_users(zoho: Visitor) -> None:
    zoho.control("POST", "scopes", {"scopes": ["ZohoCRM.modules.ALL", "ZohoCRM.users.READ"]})


def test_numbers_tell_their_decimal_places(zoho: Visitor) -> None:
    reply = zoho.call("GET", "/crm/v8/settings/fields?module=Leads").json()["fields"]
    places = {field["api_name"]: field["decimal_place"] for field in reply}
    assert (places["Annual_Revenue"], places["System_Size"], places["No_of_Employees"]) == (2, 2, None)
