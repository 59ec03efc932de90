"""From a source's raw record to a Lead or a DeadLetter; nothing here raises on what a source sends."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from leads.cleaning import Unclean, Unusable, storable
from leads.columns import Columns
from leads.contacts import email_key, phone_keys
from leads.fields import FIELDS, MAPPING_VERSION, Field, Owner
from leads.lead import DeadLetter, Lead, Parsed
from leads.scalars import moment, zoho_id
from leads.sessions import chat_session
from leads.sources import Source
from leads.values import Json, Record, Values

_T = TypeVar("_T")
_MODIFIED = {Source.ZOHO: "Modified_Time", Source.PORTAL: "updated_at"}
_NEEDED = ("zoho_lead_id", "portal_lead_id", "name")
"""Without these there is no record, whatever the table has."""
_PHONES = {Source.ZOHO: ("Phone", "Mobile"), Source.PORTAL: ("phone",)}


def parse(source: Source, record: Json, columns: Columns) -> Parsed:
    """Read one record.

    Args:
        source: who sent it.
        record: the JSON value as it came; anything but an object becomes a dead letter.
        columns: the live table, for lengths.
    """
    if not isinstance(record, dict):
        return _dead(source, {"record": record}, "the record is no object")
    remarks: list[str] = []
    try:
        values = dict(_said(source, record, columns, remarks))
    except Unusable as fault:
        return _dead(source, record, str(fault))
    return _lead(source, record, values, tuple(remarks))


def _said(source: Source, record: Record, columns: Columns, remarks: list[str]) -> list[tuple[str, Json]]:
    """The columns that the record says something of, with canonical values.

    What the live table lacks is not said, so that it is news once the column is there.
    """
    named = (
        field for field in FIELDS if field.names(source) and (field.column in columns.live or field.column in _NEEDED)
    )
    read = ((field, _clean(field, source, record, columns, remarks)) for field in named)
    return [(field.column, value) for field, value in read if field.is_said(value)]


def _clean(field: Field, source: Source, record: Record, columns: Columns, remarks: list[str]) -> Json:
    try:
        value = field.clean(source, tuple(record.get(name) for name in field.names(source)))
    except Unusable as fault:
        msg = f"{field.column} {fault}"
        raise Unusable(msg) from None
    except Unclean as fault:
        remarks.append(f"{field.column} {fault}")
        return None
    limit = None if field.owner is Owner.IDENTITY else columns.length(field)
    if not isinstance(value, str) or limit is None or len(value) <= limit:
        return value
    if not field.may_be_cut:
        remarks.append(f"{field.column} is longer than {limit} characters")
        return None
    remarks.append(f"{field.column} is cut to {limit} characters")
    return value[:limit].rstrip()


def _lead(source: Source, record: dict[str, Json], values: Values, remarks: tuple[str, ...]) -> Lead:
    claim = None if source is Source.ZOHO else _lenient(lambda: zoho_id(source, (record.get("zoho_lead_id"),)))
    phones = phone_keys(record.get(name) for name in _PHONES[source])
    return Lead(
        source=source,
        source_id=str(values["zoho_lead_id" if source is Source.ZOHO else "portal_lead_id"]),
        values=values,
        claim=str(claim) if claim else None,
        email=email_key(values.get("email")),
        phones=phones,
        session=chat_session(values),
        created_at=_lenient(lambda: moment(values.get("created_at"))),
        modified_at=_modified_at(source, record),
        digest=_digest([MAPPING_VERSION, values, claim, sorted(phones)]),
        remarks=remarks,
        content=_storable(record),
    )


def revive(source: Source, source_id: str, snapshot: Values, claim: str | None) -> Lead:
    """The record again as its snapshot remembers it, for one that its source does not send: `parse` gave an equal one.

    Args:
        source: who sent it once.
        source_id: its id there.
        snapshot: `Lead.snapshot`.
        claim: the Zoho id that a portal row claimed.
    """
    values = {column: value for column, value in snapshot.items() if column != "phones"}
    said = snapshot.get("phones")
    phones = frozenset(map(str, said)) if isinstance(said, list) else frozenset[str]()
    return Lead(
        source=source,
        source_id=source_id,
        values=values,
        claim=claim,
        email=email_key(values.get("email")),
        phones=phones,
        session=chat_session(values),
        created_at=_lenient(lambda: moment(values.get("created_at"))),
        digest=_digest([MAPPING_VERSION, values, claim, sorted(phones)]),
        content=dict(snapshot),
    )


def remembered(
    source: Source, source_id: str, content: Values | None, snapshot: Values | None, claim: str | None
) -> Json | Lead:
    """What is kept of a record, ready to be read: as its source sent it, or else revived from canonical values.

    The content of a record that the database refused, or that was parted from its lead, is a snapshot itself.
    """
    if content is not None and ("id" in content or "phones" not in content):
        return content
    return revive(source, source_id, content or snapshot or {}, claim)


def _lenient(read: Callable[[], _T]) -> _T | None:
    """What can be read, or nothing: these values help, but no record fails for them."""
    try:
        return read()
    except (Unclean, Unusable):
        return None


def _dead(source: Source, record: dict[str, Json], reason: str) -> DeadLetter:
    content = _storable(record)
    digest = _digest(content)
    raw_id = content.get("id")
    raw_id = raw_id.strip() if isinstance(raw_id, str) else raw_id
    named = isinstance(raw_id, str | int) and not isinstance(raw_id, bool) and 0 < len(str(raw_id)) <= 64  # noqa: PLR2004 -- longer is no id
    return DeadLetter(
        source=source,
        source_id=str(raw_id).lower() if named else f"digest:{digest}",
        reason=reason,
        digest=digest,
        modified_at=_modified_at(source, record),
        content=content,
    )


def _modified_at(source: Source, record: dict[str, Json]) -> datetime | None:
    return _lenient(lambda: moment(record.get(_MODIFIED[source])))


def _storable(record: dict[str, Json]) -> Values:
    return {str(storable(key)): storable(value) for key, value in record.items()}


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def age_key(lead: Lead) -> float:
    """Orders versions of one record: by when the source changed it, the unreadable first."""
    return lead.modified_at.timestamp() if lead.modified_at else float("-inf")
