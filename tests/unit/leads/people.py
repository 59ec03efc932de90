"""Short ways to a lead, a lead of the backoffice and what they hit, for examples."""

from typing import Any

from leads.lead import Lead
from leads.parsing import parse
from leads.sources import Source
from leads.world import Known, Match, Standing, World
from tests.unit.leads.model import COLUMNS

ZOHO_ID = "900000000000000001"
PORTAL_ID = "11111111-1111-4111-8111-111111111111"
OTHER_PORTAL_ID = "22222222-2222-4222-8222-222222222222"


def zoho_record(**words: object) -> dict[str, Any]:
    return {"id": ZOHO_ID, "First_Name": "Maria", "Last_Name": "Borg", "Email": "maria@mail.example", **words}


def portal_row(**words: object) -> dict[str, Any]:
    return {"id": PORTAL_ID, "name": "Maria Borg", "email": "maria@mail.example", **words}


def zoho(**words: object) -> Lead:
    return lead(Source.ZOHO, zoho_record(**words))


def portal(**words: object) -> Lead:
    return lead(Source.PORTAL, portal_row(**words))


def lead(source: Source, record: dict[str, Any]) -> Lead:
    parsed = parse(source, record, COLUMNS)
    assert isinstance(parsed, Lead), parsed.reason
    return parsed


def standing(lead_id: str = "lead-1", **row: object) -> Standing:
    answer = {"records": [], "leads": {lead_id: {"row": {"name": "", "email": "", "phone": "", **row}}}}
    return World(answer).leads[lead_id]


def known(record: Lead | None = None, **facts: Any) -> Known:  # noqa: ANN401 -- fields of Known
    told = {"place": "linked", "lead_id": "lead-1", "snapshot": record.snapshot() if record else {}, **facts}
    return Known(**told)


def match(known: Known | None = None, **hits: tuple[object, ...]) -> Match:
    return Match(seen="seen", known=known, **hits)  # type: ignore[arg-type]
