"""The backoffice's table `leads`: what it lacks, what it would refuse, its words, its doubles."""

from collections.abc import Iterator, Mapping

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Verdict, counted, error, fine, listed, warning, word
from cli.doctor.probes import EVERY
from leads.columns import Columns
from leads.fields import BY_COLUMN
from leads.lifecycle import RANKS
from systems.backoffice_answers import Column
from systems.diagnosis import Refusal, Unique

LETTERS = "Leads that it refuses become dead letters (`leadsync rejected`)."
IDS = frozenset({"zoho_lead_id", "portal_lead_id"})
"""A lead has one of each by our own rules, too."""

KEYS = {
    "zoho_lead_id": ("Zoho id", "Zoho ids"),
    "portal_lead_id": ("portal id", "portal ids"),
    "email": ("e-mail address", "e-mail addresses"),
}


def columns(case: Case) -> Iterator[Verdict]:
    """Whether it has a column for each field."""
    live = case.context().columns
    missing = Columns.of({name: column.model_dump() for name, column in live.items()}).missing
    if missing:
        cause = f"leads lacks the columns {listed(missing)}; what the sources say of them is left out"
        yield warning(cause, "Add them (docs/fields.md has their meaning), or leave it so.")
    else:
        yield fine("leads has a column for every field")


def needs(case: Case) -> Iterator[Verdict]:
    """Whether it asks for values that we may not have."""
    filled = case.diagnosis().fillers > 0
    needy = {
        name: column for name, column in case.context().columns.items() if not column.nullable and not column.default
    }
    strange = sorted(name for name in needy if name not in BY_COLUMN and name != "id")
    gaps = sorted(name for name in needy if name in BY_COLUMN and BY_COLUMN[name].required is None)
    if strange:
        yield _every_lead(strange, filled=filled)
    if gaps:
        cause = f"leads wants a value for {listed(gaps)}, and refuses leads whose source has none"
        yield warning(cause, f"Give these columns a default, or let them be null. {LETTERS}")
    if not strange and not gaps:
        yield fine("leads wants no value that a source may not have")


def _every_lead(strange: list[str], *, filled: bool) -> Verdict:
    cure = "Give these columns a default, or let them be null."
    if filled:
        return warning(f"leads wants a value for {listed(strange)}, which only a trigger can fill", cure)
    return error(
        f"leads wants a value for {listed(strange)}, which is no field of ours: every new lead is refused", cure
    )


def checks(case: Case) -> Iterator[Verdict]:
    """Whether its checks and types take the leads that we write."""
    refusals = [
        refusal for refusal in case.diagnosis().checks if not refusal.name or BY_COLUMN.keys() & {*refusal.columns}
    ]
    yield from map(_refusal, refusals)
    if not refusals:
        yield fine("the checks of leads take all that is written")


def _refusal(refusal: Refusal) -> Verdict:
    what = f"the check {refusal.name} of leads" if refusal.name else "the types of leads' columns"
    every = EVERY in refusal.refused
    cure = f"Widen it for these. {LETTERS}"
    if every:
        return error(f"{what} refuses every new lead", cure)
    return warning(f"{what} refuses {listed(refusal.refused)}", cure)


def uniques(case: Case) -> Iterator[Verdict]:
    """Whether it wants values once that several people may share, or values that another table knows."""
    found = case.diagnosis()
    live = case.context().columns
    rules = [rule for rule in found.uniques if {*rule.columns} <= BY_COLUMN.keys() and {*rule.columns} - IDS]
    keys = [key for key in found.references if BY_COLUMN.keys() & {*key.columns}]
    yield from (_once(rule, live) for rule in rules)
    for key in keys:
        cause = f"the foreign key {key.name} refuses leads whose {' and '.join(key.columns)} its table does not know"
        yield warning(cause, f"Drop it, or fill that table first. {LETTERS}")
    if not rules and not keys:
        yield fine("leads lets people share what they may share")


def _once(rule: Unique, live: Mapping[str, Column]) -> Verdict:
    """A rule against sharing; where null may not stand, all who have no value share the empty text."""
    shared = [name for name in rule.columns if BY_COLUMN[name].required == "" and not live[name].nullable]
    cause = f"the unique rule {rule.name} refuses a second lead of the same {' and '.join(sorted(rule.columns))}"
    if shared and not rule.partial:
        cause += f", and a second one without {' and '.join(shared)}"
    return warning(cause, f"Make it a plain index. {LETTERS}")


def statuses(case: Case) -> Iterator[Verdict]:
    """Whether our map knows the words that its leads have for a status."""
    strange = {text: leads for text, leads in case.diagnosis().statuses.items() if text not in RANKS}
    if strange:
        told = listed(f"{word(text)} ({leads:,})" for text, leads in strange.items())
        cause = f"leads have statuses that our map does not know: {told}; a sync never changes those"
        yield warning(cause, "Leave it so if they are the staff's own; else add their rank in leads/lifecycle.py.")
    else:
        yield fine("our map knows every status in use")


def doubles(case: Case) -> Iterator[Verdict]:
    """Whether leads are there twice."""
    found = case.diagnosis()
    told = [
        f"{counted(found.duplicates[key].keys, *names)} on {found.duplicates[key].leads:,} leads"
        for key, names in KEYS.items()
        if found.duplicates[key].keys
    ]
    if told:
        cure = "Look at them and merge by hand: leadsync merges none, and records that meet two of them wait in review."
        yield warning(f"some leads share what should tell them apart: {'; '.join(told)}", cure)
    else:
        yield fine(f"no two of {counted(found.leads, 'lead', 'leads')} share an id or an e-mail address")


CHECKS = (
    Check("leads-columns", "Backoffice", columns),
    Check("leads-needs", "Backoffice", needs),
    Check("leads-checks", "Backoffice", checks),
    Check("leads-uniques", "Backoffice", uniques),
    Check("leads-statuses", "Backoffice", statuses),
    Check("leads-doubles", "Backoffice", doubles),
)
