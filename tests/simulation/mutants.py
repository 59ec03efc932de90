"""Real bugs of other pipelines, put into this one: the histories must notice each.

Sources: the facts on peers, "mutants the suite must kill", and faults that the invariants are there for.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import PropertyMock, patch

import flows.window
import flows.zoho_source
import leads.batch
import leads.identity
import leads.merge
import leads.parsing
import leads.plan
import systems.zoho_reader
from leads.case import Case, Decision, Outcome
from leads.items import Action, Item
from leads.lead import DeadLetter
from leads.plan import Plan, Settled
from systems.zoho import Page
from systems.zoho_walk import Step, advance, key_of
from tests.simulation.database import Database

Mutant = Callable[[ExitStack, Database], None]


def cursor_plus_one_second(stack: ExitStack, _: Database) -> None:
    """The next run starts a second after the last one's end, so as to read nothing twice."""

    def after(request: Any, watermark: datetime | None, _overlap: timedelta) -> datetime | None:  # noqa: ANN401
        if request.since is not None or request.mode == "full" or watermark is None:
            return request.since  # type: ignore[no-any-return]
        return watermark + timedelta(seconds=1)

    stack.enter_context(patch.object(flows.window, "_start", after))


def second_change_within_a_second(stack: ExitStack, _: Database) -> None:
    """What was read once with this time is taken for read."""
    seen: set[object] = set()

    def once(step: Step, page: Page) -> tuple[list[Any], Step | None]:
        records, following = advance(step, page)
        fresh = [record for record in records if key_of(record) not in seen]
        seen.update(map(key_of, records))
        return fresh, following

    stack.enter_context(patch.object(systems.zoho_reader, "advance", once))


def older_version_wins(stack: ExitStack, _: Database) -> None:
    """Of two versions of a record the first stays."""
    stack.enter_context(patch.object(leads.batch, "_newer", lambda known, record: known or record))
    _without_overlap(stack)


def end_is_our_own_clock(stack: ExitStack, _: Database) -> None:
    """The watermark is what our clock says when a walk has ended, without overlap."""
    stack.enter_context(patch.object(flows.zoho_source, "source_end", lambda *, answered, started, now: now))  # noqa: ARG005
    _without_overlap(stack)


def ids_through_floats(stack: ExitStack, _: Database) -> None:
    """Ids are read as numbers."""
    parse = leads.parsing.parse

    def rounded(source: Any, record: Any, columns: Any) -> Any:  # noqa: ANN401
        if isinstance(record, dict) and str(record.get("id")).isdecimal():
            record = {**record, "id": str(int(float(str(record["id"]))))}
        return parse(source, record, columns)

    stack.enter_context(patch.object(leads.batch, "parse", rounded))


def raced_counts_as_done(stack: ExitStack, _: Database) -> None:
    """What the database did not take is marked as done."""
    settle = Plan.settle

    def done(self: Plan, outcomes: Any) -> Settled:  # noqa: ANN401
        told = [{**o, "outcome": "unchanged"} if o["outcome"] == "raced" else o for o in outcomes]
        return settle(self, told)

    stack.enter_context(patch.object(Plan, "settle", done))


def source_always_wins(stack: ExitStack, _: Database) -> None:
    """A row is replaced whole, whoever worked on it."""

    def take(case: Case) -> Decision:
        return (Outcome.KEEP if case.theirs is None or case.agrees else Outcome.TAKE), "the source says so"

    stack.enter_context(patch.object(leads.merge, "decide", take))


def empty_overwrites(stack: ExitStack, _: Database) -> None:
    """What a source emptied is emptied here."""
    decide = leads.merge.decide

    def emptied(case: Case) -> Decision:
        gone = case.theirs is None and case.before is not None and not case.gap
        return (Outcome.TAKE, "the source cleared it") if gone else decide(case)

    stack.enter_context(patch.object(leads.merge, "decide", emptied))


def old_words_count_again(stack: ExitStack, _: Database) -> None:
    """What a source said long ago overrides what another said since."""
    stack.enter_context(patch.object(Case, "news", PropertyMock(return_value=True)))


def one_bad_record_stops_all(stack: ExitStack, _: Database) -> None:
    """A record that cannot be read fails its batch."""
    parse = leads.parsing.parse

    def strict(source: Any, record: Any, columns: Any) -> Any:  # noqa: ANN401
        parsed = parse(source, record, columns)
        if isinstance(parsed, DeadLetter):
            raise TypeError(parsed.reason)
        return parsed

    stack.enter_context(patch.object(leads.batch, "parse", strict))


def deleted_leads_come_back(stack: ExitStack, _: Database) -> None:
    """A lead that somebody deleted is not known any more."""
    stack.enter_context(patch.object(leads.identity, "_gone", lambda *_: leads.identity.New()))
    stack.enter_context(patch.object(leads.identity, "_left_alone", lambda _: leads.identity.New()))


def old_words_of_the_forgotten_stay(stack: ExitStack, _: Database) -> None:
    """A record that turns out to be a forgotten person's is ignored, but not what it said before."""
    silent = property(lambda self: self.action is Action.IGNORED and self.reason == leads.identity.FORGOTTEN)
    stack.enter_context(patch.object(Item, "leaves_no_trace", silent))


def plans_are_applied_unchecked(stack: ExitStack, database: Database) -> None:
    """Whatever changed since the plan was made."""
    kept = "leadsync.holding(text, leadsync.item[])"
    database.rows(f"alter function {kept} rename to holding_kept")
    unchecked = (
        "create function leadsync.holding(p_source text, p_items leadsync.item[]) returns leadsync.item[] "
        "language sql set search_path = '' as 'select p_items'"
    )
    database.rows(unchecked)
    stack.callback(database.rows, "alter function leadsync.holding_kept(text, leadsync.item[]) rename to holding")
    stack.callback(database.rows, f"drop function {kept}")


MUTANTS: tuple[Mutant, ...] = (
    cursor_plus_one_second,
    second_change_within_a_second,
    older_version_wins,
    end_is_our_own_clock,
    ids_through_floats,
    raced_counts_as_done,
    source_always_wins,
    empty_overwrites,
    old_words_count_again,
    one_bad_record_stops_all,
    deleted_leads_come_back,
    old_words_of_the_forgotten_stay,
    plans_are_applied_unchecked,
)


@contextmanager
def mutated(mutant: Mutant, database: Database) -> Iterator[None]:
    """The product with a bug, for as long as it lasts."""
    with ExitStack() as stack:
        mutant(stack, database)
        yield


def _without_overlap(stack: ExitStack) -> None:
    of = flows.window.Window.of

    def bare(request: Any, *, watermark: datetime | None, overlap: timedelta) -> Any:  # noqa: ANN401, ARG001
        return of(request, watermark=watermark, overlap=timedelta(0))

    stack.enter_context(patch.object(flows.window.Window, "of", bare))
