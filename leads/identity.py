"""Whose record is it? Decides, key by key, which lead a record belongs to, or that a person must say.

The order is the mission's: zoho_lead_id, portal_lead_id, e-mail. A phone or a name alone never links.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from leads.cleaning import Unclean
from leads.contacts import email_key, names_agree, names_differ, phone_keys
from leads.lead import Lead
from leads.scalars import moment
from leads.values import Json, Values
from leads.world import Known, Match, Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """The record belongs to this lead."""

    lead_id: str
    key: str
    """What decided: `known`, `decision`, `zoho_id`, `portal_id`, `session`, `email`."""
    notes: tuple[str, ...] = ()
    """Other leads that may be the same person's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """Nobody in the backoffice has its keys."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A person must say; nothing is linked or written meanwhile."""

    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignore:
    """A named rule says that the record is left alone."""

    rule: str


Verdict: TypeAlias = Link | New | Review | Ignore
_Leads: TypeAlias = dict[str, Standing]

DELETED = "its lead is deleted"
FORGOTTEN = "its person is forgotten"
WAS_FORGOTTEN = "was forgotten"
IGNORED = "a person said to ignore it"
_SHARED = {"email": "e-mail", "session": "chat session"}
"""Keys that several people may use, in words."""


def identify(lead: Lead, match: Match, leads: _Leads) -> Verdict:
    """Say whose record it is.

    Args:
        lead: the record.
        match: what its keys hit.
        leads: the leads that are hit, by id.
    """
    if match.known and match.known.decision:
        return _decided(match.known, lead, match, leads)
    if match.known and match.known.lead_id:
        return _linked(lead, match.known, leads)
    return _by_keys(lead, match, leads)


def _decided(known: Known, lead: Lead, match: Match, leads: _Leads) -> Verdict:
    """A person has spoken; the word binds as long as the lead it names stands."""
    if known.decision == "ignore":
        return Ignore(rule=IGNORED)
    waiting = known.decision_open
    apart = None if waiting else known.lead_id
    chosen = known.decision_lead if known.decision == "same" else apart
    if chosen is None:
        return New(notes=_others((), lead, match, leads))
    standing = leads.get(chosen)
    if standing is None or standing.deleted_at:
        return Review(reason="the lead of the decision is deleted", candidates=_alive(match.email, leads))
    return Link(lead_id=chosen, key="decision") if waiting or chosen != known.lead_id else _linked(lead, known, leads)


def _linked(lead: Lead, known: Known, leads: _Leads) -> Verdict:
    """The record has a lead, which it keeps unless it now speaks of somebody else."""
    standing = leads.get(str(known.lead_id))
    if standing is None:
        return Review(reason="was deleted")
    if standing.deleted_at:
        return _left_alone(known)
    if _is_somebody_else(lead, known.snapshot):
        return Review(reason="identity changed", candidates=(standing.lead_id,))
    return Link(lead_id=standing.lead_id, key="known")


def _left_alone(known: Known) -> Verdict:
    """A record of a deleted lead; one that waits for a person goes on waiting."""
    if known.place == "review" and known.reason:
        return Review(reason=known.reason, candidates=(str(known.lead_id),))
    return Ignore(rule=DELETED)


def _is_somebody_else(lead: Lead, snapshot: Values) -> bool:
    """Whether name, e-mail and phone are all known before and now, and all differ."""
    name, email = str(snapshot.get("name") or ""), email_key(snapshot.get("email"))
    phones = phone_keys(_texts(snapshot.get("phones")))
    known = name and email and phones and lead.email and lead.phones
    return bool(known and email != lead.email and not phones & lead.phones and names_differ(name, lead.name))


def _texts(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _by_keys(lead: Lead, match: Match, leads: _Leads) -> Verdict:
    """The first key with a live hit decides; a deleted lead counts only where no live one is hit."""
    if forgotten := _forgotten_itself(lead, match):
        return forgotten
    rungs = (
        ("zoho_id", [i for i in match.zoho_id if i in leads and corroborates(lead, leads[i])]),
        ("portal_id", [i for i in match.portal_id if i in leads]),
        ("session", [i for i in match.session if i in leads]),
        ("email", [i for i in match.email if i in leads]),
    )
    for key, hits in rungs:
        if alive := _alive(hits, leads):
            return _with_notes(_among(key, lead, alive, leads), lead, match, leads)
    if match.erased:
        return _of_the_forgotten(lead, match)
    gone = [leads[i] for _, hits in rungs for i in hits if not contradicts(lead, leads[i])]
    if gone:
        return _gone(lead, gone)
    return New(notes=_others((), lead, match, leads))


def _among(key: str, lead: Lead, alive: tuple[str, ...], leads: _Leads) -> Verdict:
    """One of the live leads that the deciding key hits, or review."""
    if len(alive) == 1:
        if key in _SHARED and contradicts(lead, leads[alive[0]]):
            return Review(reason=f"the {_SHARED[key]} is another person's", candidates=alive)
        return Link(lead_id=alive[0], key=key)
    agreeing = [i for i in alive if _names_meet(lead, leads[i]) or _phones_meet(lead, leads[i])]
    if len(agreeing) == 1:
        return Link(lead_id=agreeing[0], key=key)
    return Review(reason=f"several leads have its {_SHARED.get(key, key).replace('_', ' ')}", candidates=alive)


def _forgotten_itself(lead: Lead, match: Match) -> Verdict | None:
    """A forgotten person's record stays so, unless its source has written somebody else over it."""
    kinds = {met.kind for met in match.erased}
    if "record" not in kinds:
        return None
    somebody_else = lead.email and lead.phones and kinds == {"record"}
    return Review(reason=WAS_FORGOTTEN) if somebody_else else Ignore(rule=FORGOTTEN)


def _of_the_forgotten(lead: Lead, match: Match) -> Verdict:
    """Another record of a forgotten person: from before, it is left alone; a younger one is a person's call."""
    if _is_older(lead, [met.at for met in match.erased]):
        return Ignore(rule=FORGOTTEN)
    return Review(reason=WAS_FORGOTTEN)


def _gone(lead: Lead, gone: list[Standing]) -> Verdict:
    """Only deleted leads are hit: a record older than the deletion is left alone, a younger one is a person's call."""
    if _is_older(lead, [standing.deleted_at for standing in gone]):
        return Ignore(rule=DELETED)
    return Review(reason="was deleted", candidates=tuple(dict.fromkeys(standing.lead_id for standing in gone)))


def _is_older(lead: Lead, ends: Iterable[str | None]) -> bool:
    """Whether the record was there before all these times."""
    created = lead.created_at.timestamp() if lead.created_at else None
    return created is not None and all(created <= _moment_of(end) for end in ends)


def _moment_of(deleted_at: str | None) -> float:
    """Seconds since 1970; a deletion of unreadable time (`infinity`) is the latest of all."""
    try:
        read = moment(deleted_at)
    except Unclean:
        read = None
    return read.timestamp() if read else float("inf")


def corroborates(lead: Lead, standing: Standing) -> bool:
    """Whether e-mail, phone or name say that the record may be this lead's."""
    return lead.email in standing.emails() or _phones_meet(lead, standing) or _names_meet(lead, standing)


def contradicts(lead: Lead, standing: Standing) -> bool:
    """Whether names and phones are known on both sides and neither agree."""
    names = standing.names()
    strangers = bool(names) and all(names_differ(lead.name, name) for name in names)
    reachable = bool(lead.phones and standing.phones())
    return strangers and reachable and not _phones_meet(lead, standing)


def _names_meet(lead: Lead, standing: Standing) -> bool:
    return any(names_agree(lead.name, name) for name in standing.names())


def _phones_meet(lead: Lead, standing: Standing) -> bool:
    return bool(lead.phones & standing.phones())


def _alive(hits: Iterable[str], leads: _Leads) -> tuple[str, ...]:
    return tuple(i for i in hits if i in leads and not leads[i].deleted_at)


def _with_notes(verdict: Verdict, lead: Lead, match: Match, leads: _Leads) -> Verdict:
    if not isinstance(verdict, Link):
        return verdict
    return replace(verdict, notes=_others((verdict.lead_id,), lead, match, leads))


def _others(known: tuple[str, ...], lead: Lead, match: Match, leads: _Leads) -> tuple[str, ...]:
    """Live leads that any key hits and that the record does not go to: possible duplicates."""
    sharing_phone = (i for i in match.phone if i in leads and _phones_meet(lead, leads[i]))
    every = dict.fromkeys((*match.zoho_id, *match.portal_id, *match.session, *match.email, *sharing_phone))
    return tuple(i for i in _alive(every, leads) if i not in known)
