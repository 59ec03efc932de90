"""The month, hour by hour: people edit, something may go wrong, and the primary flow runs."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
import psycopg

from sandbox.world import World
from tests.month.author import CROWD, Author
from tests.month.calendar import change_within
from tests.month.crm import Crm
from tests.month.product import Product, installed
from tests.month.records import Hearing
from tests.month.tally import Tally
from tests.month.weather import Weather, deal
from tests.month.words import VANISHING

if TYPE_CHECKING:
    from flows.outcome import Outcome

HOUR = timedelta(hours=1)
TOLD = timedelta(hours=25)
"""For so long after a field has come back leadsync may go by an older list of fields; it asks for one a day."""

PARTS = 4
"""Of the export."""

EXPECTED = ("its clock and ours differ", "wait for a person's decision", "cannot become leads")
"""What a run says that went well: our clock is real, and the month has passed."""


@dataclass(frozen=True)
class Size:
    """How much of it is played.

    Attributes:
        edits: at least so many, beside the first leads.
        leads: that there are at the beginning.
        each: how often everything goes wrong.
    """

    days: int
    edits: int
    leads: int
    each: int


SHORT = Size(days=3, edits=400, leads=CROWD + 70, each=1)


def long(days: int) -> Size:
    """A month, or so many days of it."""
    return Size(days=days, edits=days * 5000 // 30, leads=600, each=max(1, days // 4))


@dataclass
class Month:
    """What is being played.

    Attributes:
        begins: Zoho's clock at the beginning.
        change: when the clocks of the token's user are set back.
        deaths: when all tokens were ended.
        calm: whether nobody edits while a run goes on.
    """

    size: Size
    random: Random
    world: World
    crm: Crm
    author: Author
    hearing: Hearing
    weather: Weather
    product: Product
    tally: Tally
    begins: datetime
    change: datetime
    deaths: list[datetime] = field(default_factory=list)
    calm: bool = False
    _kind: str = ""
    _back: datetime | None = None
    _returned: frozenset[str] = frozenset()
    _aged: datetime | None = None

    @property
    def hours(self) -> int:
        return self.size.days * 24

    def play(self) -> None:
        """All hours, and then quiet."""
        self.author.moves_to(self.begins - HOUR)
        self.author.founds(self.size.leads)
        self.author.moves_to(self.begins)
        self.runs(confirm_first_import=True)
        vanishes, comes_back = self.hours // 12, self.hours // 12 + self.hours // 8
        full = max(comes_back + 26, self.hours * 5 // 8)
        bad = deal(self.random, [hour for hour in range(2, self.hours) if hour != full], self.size.each)
        edits = Counter(self.random.randrange(self.hours) for _ in range(self.size.edits))
        vanishing = frozenset({self.random.choice(VANISHING)})
        for hour in range(self.hours):
            if hour == vanishes:
                self.lacks(vanishing)
            if hour == comes_back:
                self.lacks(frozenset())
            self.hour(hour, edits[hour], bad.get(hour, ""))
            if hour == full:
                self.reads_everything()
        self.calm = True
        self.author.moves_to(self.author.now + HOUR)
        self.runs()

    def hour(self, hour: int, edits: int, kind: str) -> None:
        """An hour of edits, with a run at its end, and sometimes one in between."""
        begin = self.begins + hour * HOUR
        seconds = sorted(self.random.choice((self.random.randrange(3600), 1800, 3599)) for _ in range(edits))
        manual = self.random.randrange(900, 2400) if self.random.random() < 0.1 else None
        for second in seconds:
            if manual is not None and second > manual:
                self.author.moves_to(begin + timedelta(seconds=manual))
                self.runs()
                manual = None
            self.author.moves_to(max(self.author.now, begin + timedelta(seconds=second)))
            self.author.edits()
            if abs(self.author.now - self.change) < HOUR:
                self.tally["edits around the change of the clocks"] += 1
        if kind == "page token expired":
            self.author.crowds()
        if self.random.random() < 0.7:
            self.author.moves_to(begin + HOUR)
        if kind == "asleep":
            self.tally[kind] += 1
        else:
            self.runs(kind)

    def runs(self, kind: str = "", **parameters: object) -> "Outcome":
        """A run of the flow in some weather."""
        self._kind = kind
        self._grow_old()
        if kind in ("token death", "token endpoint down"):
            self.deaths.append(self.author.now)
        self.weather.comes(kind)
        self.hearing.doubtful = self._doubtful()
        self.hearing.begins()
        outcome = self.product.run(now=self.author.now, **parameters)
        self._kind = ""
        self.weather.passes()
        if kind == "credits used up":
            assert "the API credits are used up" in outcome.message, outcome.message
            self.crm.control("PATCH", "usage", {"left": 50_000})
            self.tally[kind] += 1
        self._judge(kind, outcome)
        everything = outcome.window.start is None
        self.hearing.ends(self.author.records.values(), completed=outcome.status != "failed", everything=everything)
        self.tally[f"runs that are {outcome.status}"] += 1
        return outcome

    def meanwhile(self, kind: str) -> None:
        """What happens just before a call of a run to Zoho."""
        if self._kind == "token death in a walk" and kind == "deleted":
            self._kind = ""
            self.deaths.append(self.author.now)
            self.crm.control("POST", "kill-tokens")
            self.tally["token death in a walk"] += 1
        if self._kind == "page token expired" and kind == "token page":
            self._kind = ""
            self.crm.control("POST", "expire-page-tokens")
            self.tally["page token expired"] += 1
        if self.calm or self._kind in ("credits used up", "token endpoint down"):
            return
        if self.random.random() < (0.3 if kind in ("poll", "download", "lookup") else 0.08):
            self.author.moves_to(self.author.now + timedelta(seconds=self.random.choice((0, 0, 1, 3))))
            self.author.edits()
            self.tally[f"edits before a {kind}"] += 1

    def lacks(self, names: frozenset[str]) -> None:
        """The organisation does away with fields, or has them all again."""
        if self.hearing.lacking:
            self._back = self.author.now
            self._returned = self.hearing.lacking
        self.hearing.lacking = names
        self.crm.set(missing=sorted(names))
        self.tally["a field vanishes" if names else "a field comes back"] += 1

    def reads_everything(self) -> None:
        """All leads by an export in parts, through a death of the run and a failure of a job."""
        # Zoho's clock stands still, so that no minute passes in which ten more downloads would be free.
        leads = sum(1 for record in self.author.records.values() if not record.gone)
        self.crm.set(limits={"bulk_rows": leads // PARTS + 1}, pace={"polls": 2})
        # What changes without a time behind the export's back is heard by the next one only, and here is none.
        self.author.may_be_quiet = False
        with patch.dict(os.environ, {"LEADSYNC_EXPORT_ABOVE": "50"}):
            self.runs("no apply", mode="full")
            self.crm.control("POST", "fail-bulk", {"times": 1})
            outcome = self.runs(mode="full")
        assert outcome.status == "findings", outcome.message
        self.tally["exports"] += 1
        self.tally["exports that go on"] += any("goes on with the export" in note for note in outcome.notes)
        orders = [call for call in self.calls() if call["method"] == "POST" and "/bulk/" in call["path"]]
        self.tally["export jobs that fail"] += max(0, len(orders) - PARTS - 1)

    def calls(self) -> list[dict[str, Any]]:
        """All calls of Zoho's API so far, of leadsync and of the people."""
        calls: list[dict[str, Any]] = self.crm.control("GET", "calls")["calls"]
        return calls

    def _grow_old(self) -> None:
        if self._aged is not None:
            self.product.ages(self.author.now - self._aged)
        self._aged = self.author.now

    def _doubtful(self) -> frozenset[str]:
        recent = self._back is not None and self.author.now - self._back < TOLD
        return self._returned if recent else frozenset()

    def _judge(self, kind: str, outcome: "Outcome") -> None:
        """Only what cannot go well may fail."""
        hopeless = kind.endswith(", storm") or kind in ("credits used up", "backoffice down", "no apply")
        if outcome.status == "failed":
            assert hopeless, f"{self.author.now} {kind or 'in calm weather'}: {outcome.message}"
            return
        surprises = [remark for remark in outcome.remarks if not any(text in remark.cause for text in EXPECTED)]
        assert not surprises, f"{self.author.now} {kind}: {outcome.message}"


@contextmanager
def month(world: World, folder: Path, *, seed: int, size: Size) -> Iterator[Month]:
    """A month that is ready to be played."""
    random, tally, hearing = Random(seed), Tally(), Hearing()  # noqa: S311 - to be had again
    change = change_within(size.days, datetime.now(UTC))
    begins = change - timedelta(days=size.days) / 2
    with (
        httpx.Client(trust_env=False, timeout=60) as http,
        psycopg.connect(world.backoffice_dsn, autocommit=True) as backoffice,
    ):
        crm = Crm(world, http)
        author, weather = Author(random, crm, hearing, tally, begins), Weather(crm, http, world, random, tally)
        product = Product(world, backoffice)
        made = Month(size, random, world, crm, author, hearing, weather, product, tally, begins, change)
        product.meanwhile = made.meanwhile
        with installed(product, folder, LEADSYNC_OVERLAP_MINUTES=random.choice(("0", "15"))):
            yield made
