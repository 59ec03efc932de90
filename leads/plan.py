"""What is to be done with a batch: one item for each record, decided from values alone.

A dry run shows a plan, a real run applies it; tests and simulation do both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leads.batch import Batch
from leads.counts import Counts
from leads.fields import BY_COLUMN
from leads.identity import FORGOTTEN, IGNORED, Ignore, Link, New, Review, identify
from leads.items import NEW, Action, Difference, Item, differences
from leads.lead import DeadLetter, Lead, Parsed
from leads.merge import Change, merge
from leads.outreach import eligible, is_old
from leads.values import Values
from leads.world import ADOPTED, Base, Match, Standing, World

COUNTED = {
    "inserted": "inserted",
    "updated": "updated",
    "unchanged": "unchanged",
    "review": "review",
    "rejected": "rejected",
    "ignored": "ignored",
    Action.INSERT.value: "inserted",
    Action.UPDATE.value: "updated",
}
"""Outcomes and actions → the count that they belong to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What became of a plan."""

    counts: Counts
    raced: Batch | None
    """Records whose world moved meanwhile, to be matched and planned again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Items for the records that need any, and how many need none."""

    batch: Batch
    items: tuple[Item, ...]
    same: int
    """Records that say nothing new, or that come later than a newer version of theirs."""
    leads: Mapping[str, Standing]
    """The leads that the plan rests on, as they will stand."""

    def payload(self) -> Values:
        """`p_plan` of `leadsync_apply`."""
        return {"source": self.batch.source.value, "items": [item.payload() for item in self.written]}

    @property
    def written(self) -> tuple[Item, ...]:
        """The items that the database is told of."""
        return tuple(item for item in self.items if not item.leaves_no_trace)

    @property
    def counts(self) -> Counts:
        """The counts if everything goes as planned."""
        return self._counts([item.action.value for item in self.items])

    def outreach(self, now: datetime) -> Iterator[str]:
        """The leads of old records that the plan makes newly eligible for mail (see `leads.outreach`).

        A new lead is named by its e-mail, because the next batch's plan does not know it yet and makes one more of a
        twin; any other by its id.
        """
        return (_mailed(item) for item in self.items if item.newly_eligible and _is_old(item.record, now))

    def settle(self, outcomes: Sequence[Mapping[str, Any]]) -> Settled:
        """Count what `leadsync_apply` did.

        Args:
            outcomes: its answer, one for each item, by `n`.
        """
        raced = [self.batch.records[int(o["n"])] for o in outcomes if o["outcome"] == "raced"]
        done = [str(o["outcome"]) for o in outcomes if o["outcome"] != "raced"]
        done += [item.action.value for item in self.items if item.leaves_no_trace]
        return Settled(counts=self._counts(done), raced=self.batch.only(raced) if raced else None)

    def differences(self) -> Iterator[Difference]:
        """What would change, field by field; records that wait or are left alone come with their reason."""
        for item in self.items:
            is_new = item.lead_id is not None and self.leads[item.lead_id].is_new
            yield from differences(item, NEW if is_new else item.lead_id)

    def _counts(self, done: Sequence[str]) -> Counts:
        """Counts of these outcomes, of the records without an item and of superseded versions."""
        tally = dict.fromkeys(COUNTED.values(), 0)
        for outcome in done:
            tally[COUNTED[outcome]] += 1
        tally["unchanged"] += self.same
        tally["ignored"] += self.batch.superseded
        return Counts(fetched=sum(tally.values()), **tally)


def plan(batch: Batch, answer: Mapping[str, Any], *, new_ids: Iterator[str]) -> Plan:
    """Decide on every record of a batch, in its order; later records see what earlier ones will do.

    Args:
        batch: the records.
        answer: what `leadsync_match` says of them.
        new_ids: fresh UUIDs for new leads.
    """
    world = World(answer)
    planner = _Planner(batch, world, new_ids)
    items = [planner.item(number, record) for number, record in enumerate(batch.records)]
    needed = tuple(item for item in items if item is not None)
    return Plan(batch=batch, items=needed, same=len(items) - len(needed), leads=world.leads)


class _Planner:
    """Plans record by record and keeps the world up to date."""

    def __init__(self, batch: Batch, world: World, new_ids: Iterator[str]) -> None:
        self._columns = batch.columns
        self._sent = batch.sent
        self._read_from = batch.read_from
        self._world = world
        self._new_ids = new_ids

    def item(self, number: int, record: Parsed) -> Item | None:
        """The plan for one record; None when there is nothing to do."""
        planned = None if self._world.is_ahead(number, record, self._read_from) else self._item(number, record)
        known = self._world.stored(number).known
        if planned is None or known is None:
            return planned
        return replace(planned, remembered=True, restored=self._sent and bool(known.deleted_at_source))

    def _item(self, number: int, record: Parsed) -> Item | None:
        if isinstance(record, DeadLetter):
            return _rejected(number, record, self._world.stored(number))
        match = self._world.match(number, record)
        if match.same:
            return None
        match identify(record, match, self._world.leads):
            case Link() as link:
                return self._linked(number, record, link, match)
            case New(notes=notes):
                return self._inserted(number, record, notes, match.seen)
            case Review(reason=reason, candidates=candidates):
                return Item(
                    number=number,
                    record=record,
                    action=Action.REVIEW,
                    seen=match.seen,
                    reason=reason,
                    candidates=candidates,
                )
            case Ignore(rule=rule):
                return Item(number=number, record=record, action=Action.IGNORED, seen=match.seen, reason=rule)

    def _inserted(self, number: int, record: Lead, notes: tuple[str, ...], seen: str | None) -> Item:
        row = self._columns.row(record.values)
        said = {column: _origin(record) for column in self._columns.tracked if column in record.values}
        base = {**said, "created_at": _origin(record)}
        lead_id = next(self._new_ids)
        self._world.leads[lead_id] = Standing(lead_id=lead_id, row=dict(row), base=_bases(base, row), is_new=True)
        self._world.link(record, lead_id)
        return Item(
            number=number,
            record=record,
            action=Action.INSERT,
            seen=seen,
            lead_id=lead_id,
            change=Change(values=row),
            base=base,
            notes=notes,
            newly_eligible=eligible(row),
        )

    def _linked(self, number: int, record: Lead, link: Link, match: Match) -> Item:
        known = match.known
        standing = self._world.leads[link.lead_id]
        adopted = _adopt(standing, self._columns.tracked)
        spoke_before = known is not None and known.lead_id == link.lead_id and bool(known.snapshot)
        before = known.snapshot if known and spoke_before else None
        change = merge(record, standing, before, self._columns)
        old = standing.row
        base = adopted | dict.fromkeys([*change.values, *change.confirmed], _origin(record))
        standing.row = {**old, **change.values}
        standing.base = {**standing.base, **_bases(base, standing.row)}
        self._world.link(record, link.lead_id)
        return Item(
            number=number,
            record=record,
            action=Action.UPDATE if change.values else Action.UNCHANGED,
            seen=match.seen,
            lead_id=link.lead_id,
            change=change,
            base=base,
            before={column: old.get(column) for column in change.values},
            notes=link.notes,
            newly_eligible=eligible(standing.row) and not eligible(old),
        )


def _rejected(number: int, record: DeadLetter, match: Match) -> Item:
    """A record that cannot be a lead, and waits to be repaired unless a rule says that it is left alone."""
    rule = _rule(match)
    action = Action.IGNORED if rule else Action.REJECTED
    return Item(number=number, record=record, action=action, seen=match.seen, reason=rule or record.reason)


def _rule(match: Match) -> str | None:
    """Why a dead letter is left alone; a forgotten person's is, unless it has become another's since."""
    known = match.known
    if known and known.decision == "ignore":
        return IGNORED
    return FORGOTTEN if match.erased and not (known and known.has_owner) else None


def _mailed(item: Item) -> str:
    record = item.record
    email = record.email if item.action is Action.INSERT and isinstance(record, Lead) else None
    return email or str(item.lead_id)


def _is_old(record: Parsed, now: datetime) -> bool:
    return isinstance(record, Lead) and is_old(record.created_at, now)


def _adopt(standing: Standing, tracked: Sequence[str]) -> dict[str, str]:
    """At the first contact with a lead that was there before: what it says becomes its base."""
    if standing.base or standing.words:
        return {}
    said = [column for column in tracked if not BY_COLUMN[column].is_gap(standing.row.get(column))]
    adopted = dict.fromkeys(said, ADOPTED)
    standing.base = _bases(adopted, standing.row)
    return adopted


def _bases(origins: Mapping[str, str], row: Values) -> dict[str, Base]:
    return {column: Base(value=row.get(column), origin=origin) for column, origin in origins.items()}


def _origin(record: Lead) -> str:
    return f"{record.source}:{record.source_id}"
