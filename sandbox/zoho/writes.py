"""Writing leads: insert, update, upsert, delete, with a reply for each item (§7)."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from starlette.responses import Response

from sandbox.zoho.clock import read_wire_time
from sandbox.zoho.context import Call
from sandbox.zoho.database import row, run
from sandbox.zoho.errors import ZohoError, invalid_value, missing_param, not_found, raise_all, unknown_id
from sandbox.zoho.listing import read_id, read_ids
from sandbox.zoho.metadata import LEADS
from sandbox.zoho.render import PERSON, KeptLead
from sandbox.zoho.replies import reply
from sandbox.zoho.values import accept

MODULE = "modules.leads"
MOST_ITEMS = 100
_NOBODY = -1
_WHO = {"name": PERSON["name"], "id": PERSON["id"]}

Item = Mapping[str, object]
Outcome = dict[str, object]


@dataclass(frozen=True)
class Write:
    """The writing of one call: its connection, in one transaction, and its moment."""

    call: Call
    connection: AsyncConnection[DictRow]
    now: datetime

    async def insert(self, item: Item, path: str) -> Outcome:
        """Add a lead."""
        fields = accept(self.call.catalog, item, path, whole=True)
        await self._check_unique(fields, path, but=_NOBODY)
        kept = await self._store("insert_lead", fields)
        return _success(self.call, kept, "record added")

    async def update(self, item: Item, path: str) -> Outcome:
        """Change the lead that the item's id names; what the item does not name stays."""
        if "id" not in item:
            raise not_found("id", f"{path}.id")
        before = await self._lead(item["id"], path)
        self._check_unmodified(before)
        changes = accept(self.call.catalog, item, path, whole=False)
        await self._check_unique(changes, path, but=before.id)
        kept = await self._store("update_lead", {**before.fields, **changes}, id=before.id)
        return _success(self.call, kept, "record updated")

    async def upsert(self, item: Item, path: str, keys: Sequence[str]) -> Outcome:
        """Change the twin by the first of `keys` that has one, else add a lead."""
        for key in keys:
            twin = await self._twin(key, item.get(key), but=_NOBODY)
            if twin is not None:
                outcome = await self.update({**item, "id": str(twin)}, path)
                return {**outcome, "action": "update", "duplicate_field": key}
        return {**await self.insert(item, path), "action": "insert", "duplicate_field": None}

    async def delete(self, lead_id: int, path: str) -> Outcome:
        """Move a lead to the recycle bin."""
        found = await row(self.connection, "lead", {"id": lead_id})
        if found is None:
            raise unknown_id(path)
        lead = KeptLead.of(found)
        _check_unlocked(lead, path)
        values = {"id": lead_id, "name": lead.full_name, "now": self.now}
        await run(self.connection, "delete_lead", values)
        return {"code": "SUCCESS", "details": {"id": str(lead_id)}, "message": "record deleted", "status": "success"}

    async def _lead(self, said: object, path: str) -> KeptLead:
        lead_id = read_id(said)
        found = None if lead_id is None else await row(self.connection, "lead", {"id": lead_id})
        if found is None or found["converted"]:
            raise unknown_id(f"{path}.id")
        lead = KeptLead.of(found)
        _check_unlocked(lead, f"{path}.id")
        return lead

    def _check_unmodified(self, lead: KeptLead) -> None:
        header = self.call.request.headers.get("if-unmodified-since")
        limit = read_wire_time(header) if header else None
        if limit and lead.modified_time > limit:
            message = "The record was modified after the time of If-Unmodified-Since"
            raise ZohoError(412, "ALREADY_MODIFIED", message, _traces(self.call, lead))

    async def _check_unique(self, fields: Mapping[str, object], path: str, *, but: int) -> None:
        names = sorted(self.call.settings.unique & fields.keys())
        twins = [(name, await self._twin(name, fields[name], but=but)) for name in names]
        raise_all([_duplicate(name, twin, f"{path}.{name}") for name, twin in twins if twin is not None])

    async def _twin(self, name: str, value: object, *, but: int) -> int | None:
        if not isinstance(value, str) or not value.strip():
            return None
        statement = "twin_by_email" if name == "Email" else "twin"
        found = await row(self.connection, statement, {"name": name, "value": value.strip(), "but": but})
        return int(found["id"]) if found else None

    async def _store(self, name: str, fields: Mapping[str, object], **more: object) -> KeptLead:
        said = {key: value for key, value in fields.items() if value is not None}
        values = {"fields": json.dumps(said), "email": email_key(said.get("Email")), "now": self.now, **more}
        stored = await row(self.connection, name, values)
        if stored is None:
            raise ZohoError(500, "INTERNAL_ERROR", "Internal server error occurred.")
        return KeptLead.of(stored)


def email_key(email: object) -> str | None:
    """The form in which e-mails are compared; None if there is nothing to compare."""
    usable = isinstance(email, str) and email.strip() and "\x00" not in email and email.isprintable()
    return str(email).strip().lower() if usable else None


def _check_unlocked(lead: KeptLead, path: str) -> None:
    if lead.fields.get("Locked__s") is True:
        details = {"api_name": "id", "json_path": path, "action": "record_locking", "id": str(lead.id)}
        raise ZohoError(400, "RECORD_LOCKED", "The record is locked", details)


def _duplicate(name: str, twin: int, path: str) -> ZohoError:
    module = {"api_name": LEADS["api_name"], "id": LEADS["id"]}
    record = {"id": str(twin), "Owner": _WHO, "module": module}
    details = {"api_name": name, "json_path": path, "id": str(twin), "duplicate_record": record}
    return ZohoError(400, "DUPLICATE_DATA", "duplicate data", details)


def _traces(call: Call, lead: KeptLead) -> dict[str, object]:
    tell = call.settings.clock.tell
    return {
        "id": str(lead.id),
        "Created_Time": tell(lead.created_time),
        "Modified_Time": tell(lead.modified_time),
        "Created_By": _WHO,
        "Modified_By": _WHO,
    }


def _success(call: Call, lead: KeptLead, message: str) -> Outcome:
    details = {**_traces(call, lead), "$approval_state": "approved"}
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


async def insert_leads(call: Call) -> Response:
    """POST Leads."""
    call.caller.require(MODULE, "CREATE")
    items = read_items(await read_body(call))
    return await answer_each(call, items, Write.insert, status=201)


async def update_leads(call: Call) -> Response:
    """PUT Leads and PUT Leads/{id}."""
    call.caller.require(MODULE, "UPDATE")
    items = read_items(await read_body(call))
    if "id" in call.request.path_params:
        items = [{**items[0], "id": str(call.request.path_params["id"])}]
    return await answer_each(call, items, Write.update)


async def upsert_leads(call: Call) -> Response:
    """POST Leads/upsert; `duplicate_check_fields` replaces the system's key, Email."""
    call.caller.require(MODULE, "CREATE", "UPDATE")
    body = await read_body(call)
    keys = _duplicate_keys(call, body.get("duplicate_check_fields"))
    return await answer_each(call, read_items(body), lambda write, item, path: write.upsert(item, path, keys))


def _duplicate_keys(call: Call, named: object) -> tuple[str, ...]:
    if named is None or named == []:
        return ("Email",)
    if not isinstance(named, list) or not all(isinstance(name, str) and name in call.catalog for name in named):
        raise invalid_value("duplicate_check_fields", "$.duplicate_check_fields")
    return tuple(named)


async def delete_leads(call: Call) -> Response:
    """DELETE Leads?ids=… and DELETE Leads/{id}; automation (`wf_trigger`) does not exist here."""
    call.caller.require(MODULE, "DELETE")
    text = str(call.request.path_params.get("id", "")) or call.query.get("ids")
    if not text:
        raise missing_param("ids")
    items = [{"id": lead_id} for lead_id in read_ids(text, most=MOST_ITEMS)]
    return await answer_each(call, items, lambda write, item, _: write.delete(int(str(item["id"])), "$.ids"))


async def read_body(call: Call) -> dict[str, object]:
    """The request's JSON object."""
    try:
        body = json.loads(await call.request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ZohoError(400, "INVALID_DATA", "body", {"expected_data_type": "jsonobject", "json_path": "$"})
    return body


def read_items(body: Mapping[str, object]) -> list[Item]:
    """The objects in `data`, 1 to 100."""
    if "data" not in body:
        raise not_found("data", "$.data")
    items = body["data"]
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise invalid_value("data", "$.data", expected_data_type="jsonarray")
    if len(items) > MOST_ITEMS:
        raise invalid_value("data", "$.data", maximum_length=MOST_ITEMS)
    return items


async def answer_each(
    call: Call, items: Sequence[Item], act: Callable[[Write, Item, str], Awaitable[Outcome]], *, status: int = 200
) -> Response:
    """Act on each item and reply for each: `status` if all went well, 207 in part, the first error's if none did."""
    outcomes: list[Outcome] = []
    failures: list[int] = []
    async with call.world.pool.connection() as connection, connection.transaction():
        await run(connection, "lock_writes")
        write = Write(call, connection, call.settings.clock.second())
        for n, item in enumerate(items):
            try:
                outcomes.append(await act(write, item, f"$.data[{n}]"))
            except ZohoError as error:
                outcomes.append(error.body())
                failures.append(error.status)
    if len(failures) == len(items):
        status = failures[0]
    elif failures:
        status = 207
    return reply({"data": outcomes}, status)
