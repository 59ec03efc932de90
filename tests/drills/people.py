"""The company at work: leads come in; sales changes them at Zoho, customers at the portal, staff in the backoffice."""

import json
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import psycopg

from sandbox.samples.people import GIVEN, SURNAMES
from sandbox.world import World
from tests.drills.truth import Edit

EDITED = "roof_area"
"""The column that colleagues correct; Zoho and portal change it as well."""
LINKED = "select distinct lead_id::text from leadsync.records where place = 'linked' order by 1"
Fields = dict[str, Any]


@dataclass
class People:
    """Everybody who writes into the three systems.

    Attributes:
        world: where.
        dice: what they do is thrown with.
        crm: what each lead of theirs at Zoho says, by id.
        rows: ids of their portal rows.
        edits: the last word on each column of a lead that a colleague corrected.
    """

    world: World
    dice: random.Random
    crm: dict[str, Fields] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    edits: dict[tuple[str, str], Edit] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def move_in(self, leads: int, rows: int) -> None:
        """The leads that are there before the first drill."""
        self.come(crm=leads, portal=rows)

    def work(self) -> None:
        """What happens between two runs."""
        self.come(crm=self.dice.randint(2, 12), portal=self.dice.randint(1, 6))
        self.change_crm(self.dice.randint(20, 260))
        self.change_portal(self.dice.randint(10, 60))
        if self.crm and self.dice.random() < 0.3:
            self.delete()
        self.edit(self.dice.randint(1, 4))

    def come(self, *, crm: int, portal: int) -> None:
        """New people: some write to Zoho alone, some to the portal, half of which makes a lead at Zoho of them."""
        leads = [self._person() for _ in range(crm)]
        rows = []
        for n in range(portal):
            person = self._person()
            rows.append({**person, "household_size": self._household()})
            if n % 2:
                leads.append(person)
        self._plant([self._as_lead(person) for person in leads])
        with psycopg.connect(self.world.portal_dsn) as portal_db:
            for row in rows:
                statement = (
                    "insert into leads (name, email, phone, household_size) values (%(name)s, %(email)s, %(phone)s,"
                    " %(household_size)s) returning id::text"
                )
                made = portal_db.execute(statement, row).fetchone()
                assert made is not None
                self.rows.append(made[0])

    def change_crm(self, most: int) -> None:
        """Sales writes another household, and sometimes another roof, into some leads."""
        changed = self.dice.sample(sorted(self.crm), min(most, len(self.crm)))
        for lead in changed:
            self.crm[lead]["Household_Size"] = str(self._household())
            if self.dice.random() < 0.3:
                self.crm[lead]["Available_Area_sqm"] = self.dice.randint(10, 300)
        self._plant([{"id": lead, **self.crm[lead]} for lead in changed])

    def change_portal(self, most: int) -> None:
        """Customers do the same at the portal."""
        with psycopg.connect(self.world.portal_dsn) as portal:
            for row in self.dice.sample(self.rows, min(most, len(self.rows))):
                said = (self._household(), self.dice.randint(10, 300), row)
                portal.execute("update leads set household_size = %s, roof_area = %s where id = %s", said)

    def delete(self) -> None:
        """Sales deletes a lead at Zoho."""
        lead = self.dice.choice(sorted(self.crm))
        del self.crm[lead]
        self._control("deleted", [{"id": int(lead), "type": "recycle"}])

    def edit(self, many: int) -> None:
        """Colleagues correct some leads in the backoffice."""
        with psycopg.connect(self.world.backoffice_dsn) as backoffice:
            backoffice.execute("set lock_timeout = '5s'")
            leads = [row[0] for row in backoffice.execute(LINKED).fetchall()]
            for lead in self.dice.sample(leads, min(many, len(leads))):
                value = self.dice.randint(1_000, 9_000)
                backoffice.execute("update leads set roof_area = %s where id = %s", (value, lead))
                self.edits[lead, EDITED] = Edit(lead, EDITED, value)

    def _household(self) -> int:
        return self.dice.randint(1, 90)

    def _person(self) -> Fields:
        n = next(self._numbers)
        name = f"{self.dice.choice(GIVEN)} {self.dice.choice(SURNAMES)}"
        return {"name": name, "email": f"drill.{n}@mail.example", "phone": f"+35649{n:06}"}

    def _as_lead(self, person: Fields) -> Fields:
        given, _, surname = person["name"].partition(" ")
        said = {"First_Name": given, "Last_Name": surname, "Email": person["email"], "Phone": person["phone"]}
        return {**said, "Household_Size": str(self._household())}

    def _plant(self, leads: list[Fields]) -> None:
        ids = self._control("leads", leads)["ids"]
        for lead, fields in zip(ids, leads, strict=True):
            self.crm[lead] = {name: value for name, value in fields.items() if name != "id"}

    def _control(self, what: str, body: object) -> Any:  # noqa: ANN401 - JSON
        url = f"{self.world.zoho_control_url}/{what}"
        answer = httpx.post(url, content=json.dumps(body), timeout=60, trust_env=False).raise_for_status()
        return answer.json() if answer.content else None
