"""Questions about the organisation: its modules, fields and users, and itself (§8)."""

from starlette.responses import Response

from sandbox.zoho import metadata
from sandbox.zoho.context import Call
from sandbox.zoho.errors import invalid_module, invalid_url, missing_param
from sandbox.zoho.listing import read_choice
from sandbox.zoho.replies import empty, reply

_OUR_KINDS = ("AllUsers", "ActiveUsers", "ConfirmedUsers", "ActiveConfirmedUsers", "AdminUsers", "CurrentUser")
_OTHER_KINDS = ("DeactiveUsers", "NotConfirmedUsers", "DeletedUsers")


async def list_modules(call: Call) -> Response:
    """GET settings/modules and GET settings/modules/{name}: Leads is the only one."""
    call.caller.require("settings.modules", "READ")
    _only_leads(call.request.path_params.get("name", "Leads"))
    return reply({"modules": [metadata.LEADS]})


async def list_fields(call: Call) -> Response:
    """GET settings/fields."""
    call.caller.require("settings.fields", "READ")
    if not call.query.get("module"):
        raise missing_param("module")
    _only_leads(call.query["module"])
    unused = read_choice(call.query, "type", "all", ("all", "used", "unused")) == "unused"
    return empty(204) if unused else reply(metadata.fields_metadata(call.catalog))


async def tell_organisation(call: Call) -> Response:
    """GET org."""
    call.caller.require("org", "READ")
    return reply(metadata.organisation(str(call.settings.clock.zone)))


async def list_users(call: Call) -> Response:
    """GET users: the one user whom every client acts for."""
    call.caller.require("users", "READ")
    kind = read_choice(call.query, "type", "AllUsers", (*_OUR_KINDS, *_OTHER_KINDS))
    return reply(metadata.users(str(call.settings.clock.zone))) if kind in _OUR_KINDS else empty(204)


async def refuse_module(call: Call) -> Response:
    """Any call for the records of another module: this organisation has only leads."""
    is_module = str(call.request.path_params["module"])[:1].isupper()
    raise invalid_module() if is_module else invalid_url()


def _only_leads(module: str) -> None:
    if module != "Leads":
        raise invalid_module()
