"""Writes records as the programs of the three systems do: the portal's form, Zoho, the backoffice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count

from leads.fields import FIELDS
from leads.values import Json, Record, Values
from sandbox.samples.people import People, Person
from sandbox.zoho.catalog import Catalog

FIRST_RECORD = timedelta(days=6, hours=12)
"""Age of the first record that is written; younger than the outreach guard's seven days."""
PACE = timedelta(minutes=14)
"""From one record to the next."""
PORTAL_DELAY = timedelta(seconds=4)
"""From the portal's row to the lead that it makes in Zoho."""

FIRST_ZOHO_ID = 640000000000110001
NOT_FORWARDED = frozenset(
    {
        *("name", "created_at", "status", "source", "coordinates", "coordinates_lat", "coordinates_lng", "is_gozo"),
        *("deposit_amount", "proposal_file_url", "email_opted_out"),
        *("source_campaign", "source_medium", "source_content"),
    }
)
"""Columns that the portal keeps from Zoho, or tells it in another form (facts: domain.md §2.1)."""

PORTAL_DEFAULTS: Values = {
    "address": "",
    "with_battery": False,
    "grant_path": True,
    "grant_type": "pv_only",
    "grant_amount": 0,
    "is_gozo": False,
    "location_source": "auto",
    "lead_score": 0,
    "quality_score": 0,
    "current_step": 1,
    "email_opted_out": False,
    "status": "new",
    "source": "sales-portal",
}
BACKOFFICE_DEFAULTS: Values = {**PORTAL_DEFAULTS, "address": None, "source": "website"}

SPELLINGS = ("{0}", "{1}", "+356 {2} {3}", "00356{1}", " 356{1}", "{2} {3}", "356-{2}-{3}", "356{1}")
"""How people and forms write a Maltese number: E.164, its eight digits, and their halves."""


class Scribe:
    """Hands out ids and times in ascending order, so that records of a case are read in the order of writing."""

    def __init__(self, now: datetime) -> None:
        """Begin at the first record's age before `now`."""
        self.people = People()
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._moment = self._now - FIRST_RECORD
        self._rows = count(1)
        self._zoho_ids = count(FIRST_ZOHO_ID)
        self._known = count(1)

    def ago(self, **age: float) -> str:
        """The instant so long before now, as `timedelta` counts it."""
        return (self._now - timedelta(**age)).isoformat()

    def row(self, person: Person, **columns: Json) -> Values:
        """A portal row with contact data; `columns` add to it or stand instead."""
        written = self._tick()
        contact = {"name": person.name, "email": person.email, "phone": person.phone}
        head = {"id": _uuid(next(self._rows), "portal"), "created_at": written, "updated_at": written}
        return {**head, **PORTAL_DEFAULTS, **contact, **columns}

    def crm(self, person: Person, **fields: Json) -> Values:
        """A lead that somebody or Facebook put into Zoho; `fields` add to it or stand instead."""
        written = self._tick()
        names = {"First_Name": person.given, "Last_Name": person.surname}
        contact = {"Email": person.email, "Phone": person.phone, "Lead_Source": "Facebook", "Lead_Status": "New"}
        return {**self._zoho_head(written), **names, **contact, **fields}

    def forwarded(self, row: Record, **fields: Json) -> Values:
        """The lead that the portal makes in Zoho from its row, right after it."""
        written = (datetime.fromisoformat(str(row["created_at"])) + PORTAL_DELAY).isoformat()
        return {**self._zoho_head(written), **as_forwarded(row), **fields}

    def known(self, person: Person, **columns: Json) -> Values:
        """A backoffice lead that was there before the first sync."""
        written = self._tick()
        contact = {"name": person.name, "email": person.email, "phone": person.phone}
        head = {"id": _uuid(next(self._known), "backoffice"), "created_at": written, "updated_at": written}
        return {**head, **BACKOFFICE_DEFAULTS, **contact, **columns}

    def gone(self, person: Person, kind: str = "recycle") -> Values:
        """A lead that was deleted in Zoho; of one deleted for good only the id is left."""
        name = person.name if kind == "recycle" else None
        return {"id": self.zoho_id(), "type": kind, "display_name": name, "deleted_time": self._tick()}

    def zoho_id(self) -> str:
        """A new id of Zoho; neighbours are the same number to anything that counts in floats."""
        return str(next(self._zoho_ids))

    def _zoho_head(self, written: str) -> Values:
        return {"id": self.zoho_id(), "Created_Time": written, "Modified_Time": written}

    def _tick(self) -> str:
        self._moment += PACE
        return self._moment.isoformat()


def spelled(person: Person, style: int) -> str:
    """The person's number as somebody types it; foreign ones with blanks at most."""
    if not person.phone.startswith("+356"):
        return person.phone if style % 2 else f"{person.phone[:3]} {person.phone[3:]}"
    local = person.phone.removeprefix("+356")
    return SPELLINGS[style % len(SPELLINGS)].format(person.phone, local, local[:4], local[4:])


def forwarding() -> Iterator[tuple[str, str]]:
    """Portal column and Zoho name of what the portal sends to Zoho as it is, by the table of fields."""
    for field in FIELDS:
        if field.zoho and field.portal and field.column not in NOT_FORWARDED:
            yield field.portal[0], field.zoho[0]


def as_forwarded(row: Record) -> Values:
    """What the portal sends to Zoho of a row."""
    return {**dict(_copied(row)), **_constants(row), **_split(str(row["name"]))}


def _copied(row: Record) -> Iterator[tuple[str, Json]]:
    """The values that go to Zoho as they are; nothing and zero are not sent."""
    types = Catalog().fields
    for column, name in forwarding():
        value = row.get(column)
        if value is False or value not in (None, "", 0):
            yield name, str(value) if types[name].data_type == "text" else value


def _constants(row: Record) -> Values:
    """What the portal's code adds of its own."""
    sent: Values = {
        "Lead_Source": "Sales Portal",
        "Portal_Source": row["source"],
        "Deposit_Paid": False,
        "Emergency_Backup_Included": row.get("grant_type") in ("battery_only", "battery_retrofit"),
    }
    match row.get("coordinates"):
        case {"lat": lat, "lng": lng}:
            sent["Install_Coordinates"] = f"{lat},{lng}"
    return sent


def _split(name: str) -> Values:
    """The name as the portal cuts it: at the last blank, without regard for `de Marco`."""
    *given, last = name.strip().split(" ")
    return {"First_Name": " ".join(given), "Last_Name": last} if given else {"Last_Name": last}


def _uuid(number: int, salt: str) -> str:
    """A version 4 UUID in ascending order of the number."""
    tail = blake2b(f"{salt}{number}".encode(), digest_size=8).hexdigest()
    return f"{number:08x}-{tail[:4]}-4000-8000-{tail[4:]}"
