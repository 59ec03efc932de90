"""The company at work: visitors of the portal, whoever writes in Zoho, and the office that writes in the backoffice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random

import httpx
import psycopg

from sandbox.world import World
from tests.month.crm import Crm
from tests.month.people import Person
from tests.month.words import Fields

VISIT = "insert into leads (name, email, phone, notes) values (%s, %s, %s, %s)"
SOME_LEAD = "select id::text from public.leads where deleted_at is null order by random() limit 1"
EDITS = {
    "locality": "update public.leads set locality = %s where id = %s",
    "address": "update public.leads set address = %s where id = %s",
}
ZOHO_EDITED = ("City", "Street")
"""What Zoho's people write, into the columns that the office writes into as well; and the household each time, by which
`tests.drills.truth` sees whether their last word was heard."""


@dataclass
class Company:
    """Each method is one act of somebody's. Every person writes on a connection of their own.

    Attributes:
        born: Zoho's new leads and when they were made.
        edits: what the office wrote last, by lead and column.
    """

    crm: Crm
    portal: psycopg.Connection
    office: psycopg.Connection
    random: Random
    born: dict[str, datetime] = field(default_factory=dict)
    edits: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def founds(self, leads: int) -> None:
        """The leads that there are from the beginning."""
        self.crm.insert([self._contact() for _ in range(leads)])

    def visits(self) -> None:
        """Somebody fills in the portal's form, which writes its own row and a lead in Zoho."""
        contact = self._contact()
        name = " ".join(filter(None, (contact["First_Name"], contact["Last_Name"])))
        self.portal.execute(VISIT, (name, contact["Email"], contact["Phone"], "from the form"))
        self._bears(contact)

    def calls(self) -> None:
        """Somebody telephones, and is written down in Zoho alone."""
        self._bears(self._contact())

    def writes_in_zoho(self) -> None:
        """Somebody changes a lead in Zoho, which nobody may have read yet."""
        if self.born:
            chosen, column = self.random.choice(list(self.born)), self.random.choice(ZOHO_EDITED)
            household = str(self.random.randint(1, 90))
            self.crm.update([{"id": chosen, column: self._words(), "Household_Size": household}])

    def edits_a_lead(self) -> None:
        """Somebody in the office changes a lead in the backoffice."""
        found = self.office.execute(SOME_LEAD).fetchone()
        if found is None:
            return
        column, words = self.random.choice(list(EDITS)), self._words()
        self.office.execute(EDITS[column], (words, found[0]))
        self.edits[found[0], column] = words

    def _bears(self, contact: Fields) -> None:
        (made,) = self.crm.insert([contact])
        self.born[made] = datetime.now(UTC)

    def _contact(self) -> Fields:
        return Person(next(self._numbers)).contact(self.random)

    def _words(self) -> str:
        return f"said at {datetime.now(UTC):%H:%M:%S.%f}"


@contextmanager
def company(world: World, seed: int) -> Iterator[Company]:
    """A company that has its own ways into all three systems."""
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        psycopg.connect(world.portal_dsn, autocommit=True) as portal,
        psycopg.connect(world.backoffice_dsn, autocommit=True) as office,
    ):
        yield Company(Crm(world, client), portal, office, Random(seed))  # noqa: S311 - no secret
