"""A person's decision on what waits, whether it comes from a terminal or from Prefect's form."""

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from flows.subject import Subject
from leads.fields import BY_COLUMN
from systems.backoffice import Backoffice
from systems.errors import Refused

Choice = Literal["same", "separate", "ignore", "retry", "split", "keep", "take", "clear"]
OF_A_LEAD = ("keep", "take", "clear")
FLOW_OF = {"zoho": "primary", "portal": "backup"}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person says.

    Attributes:
        subject: a record as zoho:ID or portal:ID; for keep, take and clear a lead's id, or a record's.
        decision: one of `Choice`.
        lead: the lead that `same` and `split` name.
        field: the field that keep, take and clear name.
    """

    subject: str
    decision: str
    lead: str = ""
    field: str = ""


def carry_out(backoffice: Backoffice, told: Decision, *, by: str) -> str:
    """Hands a decision to the backoffice, and says in one sentence what will come of it.

    Args:
        backoffice: the client.
        told: the decision.
        by: where it comes from: `cli` or `prefect`.

    Raises:
        Refused: it makes no sense, with what is wrong.
    """
    if told.decision not in get_args(Choice):
        raise Refused("Parameters", "there is no such decision", f"Choose one of {', '.join(get_args(Choice))}.")
    subject = Subject.read(told.subject)
    lead, field = _lead(told), _field(told)
    if subject.record is None and told.decision not in OF_A_LEAD:
        cure = "Give zoho:ID or portal:ID; `leadsync review` lists them."
        raise Refused("Parameters", f"{told.decision} is decided on a record, and that is a lead", cure)
    answer = backoffice.decide(subject.payload(), told.decision, lead=lead, field=field, by=by)
    if not answer.decided:
        raise Refused("Backoffice", str(answer.remark), "Nothing was changed; `leadsync review` lists what waits.")
    return _sentence(told.decision, subject, lead, field, answer.remark)


def _lead(told: Decision) -> str | None:
    if told.decision not in ("same", "split"):
        return None
    try:
        return str(UUID(told.lead.strip()))
    except ValueError:
        cure = "Give the lead's id as the backoffice has it."
        raise Refused("Parameters", f"{told.decision} needs a lead, and that is no lead's id", cure) from None


def _field(told: Decision) -> str | None:
    if told.decision not in OF_A_LEAD:
        return None
    if told.field not in BY_COLUMN:
        raise Refused("Parameters", "there is no such field", "`leadsync review LEAD` lists its conflicts.")
    return told.field


def _sentence(decision: str, subject: Subject, lead: str | None, field: str | None, remark: str | None) -> str:
    if subject.record is None or decision in OF_A_LEAD:
        did = {"keep": "stays as it is", "take": "is now what its source says", "clear": "is empty now"}
        return f"Done: {field} {did[decision]}."
    source, source_id = subject.record
    will = {
        "same": f"links it to lead {lead}",
        "separate": "makes it a lead of its own",
        "ignore": "leaves it alone from then on",
        "retry": "looks at it anew",
        "split": f"makes it a lead of its own; what it had written to lead {lead} is taken back",
    }
    when = remark or f"the next {FLOW_OF[source]} run {will[decision]}"
    return f"Noted for {source}:{source_id}: {when}."
