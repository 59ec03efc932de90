"""The backoffice's database: an outdated schema cache, locks and time limits, no connections, a restart."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from tests.drills.network.administrator import RESTARTED, as_admin, called, learnt, recovered, restart
from tests.drills.network.drill import MANY, Drill, Fault, failure, unharmed
from tests.drills.network.faults import on_wire
from tests.drills.network.scene import Scene, transaction
from tests.drills.network.storms import REAL
from tests.integration.test_flows.server import wait_for

MISSING = r"Backoffice: a table or function is missing \({0}\)\. "
HELD = r"Backoffice: another writer held what was needed \(55P03\)\. Try again\.$"
TOO_SLOW = (
    r"Backoffice: a statement took longer than it may \(57014\)\. Try again later; if it stays, .* holds locks\.$"
)
NO_DATABASE = r"Backoffice: its API does not reach the database \(PGRST00\d\)\. Try again later; if it stays, .*\.$"

NO_CONNECTION = "PGRST000"
IN_TURN = "select leadsync.take_turn()"
ONE_LEAD = "select from public.leads where email = 'anna11@mail.example' or email = 'anna21@mail.example' for update"
THE_TABLE = "lock table public.leads in access exclusive mode"
WAITING = """
select pg_terminate_backend(pid) from pg_stat_activity
where usename = 'authenticator' and datname = %s and wait_event_type = 'Lock'
"""
AWAY = "alter function public.leadsync_match rename to leadsync_match_away"
BACK = "alter function public.leadsync_match_away rename to leadsync_match"
"""A function that is called otherwise is not there, and keeps everybody's rights to it."""
ONE_TRY = {"LEADSYNC_RETRY_ATTEMPTS": "1"}


@contextmanager
def unnoticed(scene: Scene) -> Iterator[None]:
    """PostgREST is not told of changes of the schema."""
    watches = ("pgrst_ddl_watch", "pgrst_drop_watch")
    as_admin(scene, *(f"alter event trigger {watch} disable" for watch in watches))
    try:
        yield
    finally:
        as_admin(scene, *(f"alter event trigger {watch} enable" for watch in watches))


@contextmanager
def dropped(scene: Scene) -> Iterator[None]:
    """A function is gone, and PostgREST believes that it is there."""
    with unnoticed(scene):
        scene.ask(AWAY)
        try:
            yield
        finally:
            scene.ask(BACK)
    learnt(scene, known=True)


@contextmanager
def created(scene: Scene) -> Iterator[None]:
    """A function is there, and PostgREST does not know it."""
    with unnoticed(scene):
        scene.ask(AWAY)
        try:
            learnt(scene, known=False)
        finally:
            scene.ask(BACK)
        yield
    learnt(scene, known=True)


@contextmanager
def widened(scene: Scene) -> Iterator[None]:
    """Both tables of leads have got a column that PostgREST does not know."""
    with unnoticed(scene), psycopg.connect(scene.dsn("portal"), autocommit=True) as portal:
        portal.execute("alter table leads add column roof text default 'flat'")
        scene.ask("alter table public.leads add column roof text not null default 'flat'")
        yield
        portal.execute("alter table leads drop column roof")
        scene.ask("alter table public.leads drop column roof")


def held(statement: str) -> Fault:
    """Somebody's transaction stays open with a lock."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        with transaction(scene.dsn("backoffice")) as connection:
            connection.execute(statement.encode())
            yield

    return ordered


@contextmanager
def released_in_time(scene: Scene) -> Iterator[None]:
    """Somebody holds the turn until leadsync asks for the second time."""
    with psycopg.connect(scene.dsn("backoffice")) as connection:
        connection.execute(IN_TURN.encode())
        with on_wire("backoffice", "leadsync_apply", act=lambda _: connection.rollback(), after=1)(scene):
            yield


@contextmanager
def no_more_logins(scene: Scene) -> Iterator[None]:
    """The API's role has as many connections as it may, and none of them is PostgREST's."""
    as_admin(scene, "alter role authenticator connection limit 0", RESTARTED)
    yield
    as_admin(scene, "alter role authenticator connection limit -1")
    recovered(scene)


@contextmanager
def full_of_others(scene: Scene) -> Iterator[None]:
    """Other programs take every connection that the server allows, and PostgREST has lost its own."""
    over = threading.Event()

    def take_all() -> None:
        with ExitStack() as stack:
            while not over.is_set():
                try:
                    stack.enter_context(psycopg.connect(scene.dsn("backoffice")))
                except psycopg.OperationalError:
                    over.wait(0.01)

    others = threading.Thread(target=take_all)
    others.start()

    def lost() -> bool:
        if any(NO_CONNECTION not in called(scene, "leadsync_freshness", {}).text for _ in range(10)):
            restart(scene)
            return False
        return True

    try:
        wait_for(lost)
        yield
    finally:
        over.set()
        others.join()
    recovered(scene)


@contextmanager
def killed_while_it_writes(scene: Scene) -> Iterator[None]:
    """An administrator ends the connection that waits in the middle of an apply."""
    with psycopg.connect(scene.dsn("backoffice")) as connection:
        connection.execute(ONE_LEAD.encode())

        def strike() -> None:
            wait_for(lambda: as_admin(scene, WAITING))
            connection.rollback()

        striker = threading.Thread(target=strike)
        striker.start()
        yield
        striker.join()


DRILLS = (
    Drill(
        name="PostgREST's schema cache knows a function that is gone",
        fault=dropped,
        sight=failure(MISSING.format("42883|PGRST202")),
    ),
    Drill(
        name="PostgREST's schema cache does not know a function that is there",
        fault=created,
        sight=failure(MISSING.format("PGRST202") + ".*notify pgrst, 'reload schema'"),
        quick="primary",
    ),
    Drill(name="both tables have a column that PostgREST does not know", fault=widened, sight=unharmed()),
    Drill(
        name="statement timeout (8 s): somebody has locked the table of leads",
        fault=held(THE_TABLE),
        sight=failure(TOO_SLOW, record=None),
        settings=ONE_TRY,
    ),
    Drill(
        name="somebody holds the turn to write all the time",
        fault=held(IN_TURN),
        sight=failure(HELD),
        settings=ONE_TRY,
    ),
    Drill(
        name="somebody holds a lead's row all the time",
        fault=held(ONE_LEAD),
        sight=failure(HELD),
        settings=ONE_TRY,
    ),
    Drill(name="somebody holds the turn to write for some seconds", fault=released_in_time, sight=unharmed()),
    Drill(
        name="the role's connection limit is reached",
        fault=no_more_logins,
        sight=failure(NO_DATABASE, record=None),
    ),
    Drill(
        name="the server's connection limit is reached",
        fault=full_of_others,
        sight=failure(NO_DATABASE, record=None),
    ),
    Drill(
        name="every connection of the server ended between two writes",
        fault=on_wire("backoffice", "leadsync_apply", act=restart, after=1),
        sight=unharmed(),
        people=MANY,
    ),
    Drill(
        name="the connection ended by an administrator while it writes",
        fault=killed_while_it_writes,
        sight=unharmed(),
        quick="primary",
    ),
    Drill(
        name="every connection of the server ended before three calls in a row, with the real patience",
        fault=on_wire("backoffice", "leadsync_(?!open)", act=restart, times=3),
        sight=unharmed(),
        settings=REAL,
    ),
)
