"""The three systems while a drill goes on, the wires before them, and what people and sources do meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from sandbox.wire import Wire
from sandbox.world import World
from tests.drills.truth import Edit
from tests.integration.test_flows.runs import Which, plant, run

Row = dict[str, Any]

ONCE, BOTH = range(1, 4), range(3, 5)
"""Who is in one source alone, and who is in both, from the beginning."""

BY_HAND = 77
"""What a person makes of a household, against what the sources say."""


@dataclass
class Scene:
    """A clean world and what has happened in it.

    Attributes:
        world: where; its addresses lead past the wires.
        wires: by system (`zoho`, `portal`, `backoffice`): the flows' settings lead through them.
        which: the flow whose drill it is.
        edits: what people wrote into leads.
        ids: of a source's records, by the person's number.
    """

    world: World
    wires: Mapping[str, Wire]
    which: Which
    edits: list[Edit] = field(default_factory=list)
    ids: dict[Which, dict[int, str]] = field(default_factory=lambda: {"primary": {}, "backup": {}})
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    @property
    def source(self) -> str:
        """The system that the flow reads."""
        return {"primary": "zoho", "backup": "portal"}[self.which]

    def begin(self) -> None:
        """Both flows have run, and then a person has edited a lead of each source.

        Zoho mints as many tokens as it is asked for: drills come faster than its limit foresees.
        """
        self.control("PATCH", "settings", {"limits": {"mints": 1000}})
        self.say("primary", {10 + n: 1 for n in ONCE} | dict.fromkeys(BOTH, 1))
        self.say("backup", {20 + n: 1 for n in ONCE} | dict.fromkeys(BOTH, 1))
        for which in ("primary", "backup"):
            outcome = run(which, confirm_first_import=True)
            assert outcome.status == "completed", outcome.message
        for person in (11, 21):
            lead = self.ask("update leads set household_size = %s where email = %s returning id", BY_HAND, mail(person))
            self.edits.append(Edit(str(lead[0]["id"]), "household_size", BY_HAND))

    def news(self, people: int) -> None:
        """So many new people in the flow's source, changes of old ones, the edited one among them, and a deletion."""
        word = next(self.numbers)
        if self.which == "primary":
            gone = self.ids["primary"].pop(max(self.ids["primary"]))
            self.control("POST", "deleted", [{"id": gone}])
        old = {11: word, 12: word, 3: word} if self.which == "primary" else {21: word, 22: word, 3: word}
        self.say(self.which, old | {next(self.numbers): 2 for _ in range(people)})

    def say(self, which: Which, households: Mapping[int, int]) -> None:
        """Has a source say of people how many live with them; who is unknown there is new.

        In Zoho the changes lie a second apart, the last one now, and the last run before them.
        """
        if which == "backup":
            self._write_rows(households)
            return
        self.ask("update leadsync.watermarks set watermark = watermark - make_interval(secs => %s)", len(households))
        begin = self.zoho_now() - timedelta(seconds=len(households) - 1)
        leads = [
            {**zoho_lead(person, size), "Modified_Time": (begin + timedelta(seconds=n)).isoformat()}
            | ({"id": self.ids[which][person]} if person in self.ids[which] else {})
            for n, (person, size) in enumerate(households.items())
        ]
        self.ids[which] |= dict(zip(households, plant(self.world, *leads), strict=True))

    def at_once(self, people: int) -> None:
        """So many new people in Zoho within one second."""
        plant(self.world, *(zoho_lead(next(self.numbers), 2) for _ in range(people)))

    def zoho_now(self) -> datetime:
        """What Zoho's clock says, in whole seconds."""
        told = datetime.fromisoformat(self.control("GET", "settings")["now"])
        return told.astimezone(UTC).replace(microsecond=0)

    def control(self, method: str, what: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Asks Zoho's control."""
        url = f"{self.world.zoho_control_url}/{what}"
        return httpx.request(method, url, json=body, trust_env=False, timeout=30).raise_for_status().json()

    def edge(self, system: str) -> str:
        """Where HTTP faults of a system are ordered."""
        urls = {
            "zoho": self.world.zoho_control_url,
            "portal": self.world.portal_control_url,
            "backoffice": self.world.backoffice_control_url,
        }
        return f"{urls[system]}/faults"

    def dsn(self, system: str) -> str:
        """A system's database, with its owner's rights."""
        return {"portal": self.world.portal_dsn, "backoffice": self.world.backoffice_dsn}[system]

    def ask(self, statement: str, *values: object) -> list[Row]:
        """A statement in the backoffice's database."""
        with psycopg.connect(self.world.backoffice_dsn, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def on_record(self) -> list[Row]:
        """What the dashboard shows of all attempts, oldest first."""
        return self.ask("select attempt_id, status, errors from sync_metadata order by created_at")

    def wait_out(self) -> None:
        """Three minutes go by for attempts that no longer say that they are alive."""
        self.ask(
            "update leadsync.attempts set beat_at = beat_at - make_interval(mins => 3) where status = %s", "running"
        )

    def _write_rows(self, households: Mapping[int, int]) -> None:
        known = self.ids["backup"]
        with psycopg.connect(self.world.portal_dsn) as connection:
            for person, size in households.items():
                values = {"name": name(person), "email": mail(person), "size": size, "id": known.get(person)}
                row = connection.execute((UPDATE if person in known else INSERT).encode(), values).fetchone()
                assert row is not None
                known[person] = row[0]


INSERT = "insert into leads (name, email, household_size) values (%(name)s, %(email)s, %(size)s) returning id::text"
UPDATE = "update leads set household_size = %(size)s where id = %(id)s returning id::text"


def name(person: int) -> str:
    """A person's name: everybody has a surname of their own."""
    return f"Anna Borg{person}"


def mail(person: int) -> str:
    """A person's address."""
    return f"anna{person}@mail.example"


def zoho_lead(person: int, household: int) -> Row:
    """A person as Zoho has them."""
    first, last = name(person).split()
    return {"First_Name": first, "Last_Name": last, "Email": mail(person), "Household_Size": household}


@contextmanager
def transaction(dsn: str) -> Iterator[psycopg.Connection]:
    """A transaction that somebody leaves open until the end of the block, and that comes to nothing."""
    with psycopg.connect(dsn) as connection:
        yield connection
        connection.rollback()
