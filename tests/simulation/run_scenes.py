"""How runs go: in quiet, with the world changing meanwhile, two at once, with faults, to an early end."""

from tests.simulation.author import Author, Fields
from tests.simulation.change_scenes import edit, interlude

FLOWS = ("primary", "backup")
CALLS = {
    "primary": ("zoho page", "zoho deleted"),
    "backup": ("portal page",),
}
"""What only one of the flows calls."""
WRITING = ("leadsync_open", "leadsync_match", "leadsync_apply", "leadsync_close")
FAULTS_MET = ("answer lost", "answer lost", "not available once", "not available", "lock not granted")
PAGE_FAULTS = ("page short", "page empty", "page repeated", "page token expired")


def runs(author: Author) -> None:
    """One way in which runs go."""
    author.choose(
        *((4, quiet_run), (4, busy_run), (4, dying_run), (3, two_runs), (4, faulty_run)),
        *((2, pestered_run), (1, stale_run), (1, signalled_run)),
    )


def quiet_run(author: Author, flow: str | None = None) -> None:
    author.add("run ends", _start(author, flow))


def busy_run(author: Author) -> None:
    name = _start(author)
    for _ in range(author.random.randint(2, 7)):
        author.add("run steps", name, steps=author.random.randint(1, 3))
        _meanwhile(author, 1.0)
    author.add("run ends", name)


def dying_run(author: Author) -> None:
    """Dies after so many calls, or before a certain one."""
    flow = author.random.choice(FLOWS)
    name = _start(author, flow)
    if author.chance(0.7):
        author.add("run goes on to", name, call=author.random.choice([*CALLS[flow], *WRITING]))
    else:
        if author.chance(0.8):
            author.add("run meets", name, fault="dies before the answer")
        author.add("run steps", name, steps=author.random.randint(0, 9))
    author.add("run dies", name)


def two_runs(author: Author) -> None:
    names = [_start(author), _start(author)]
    for _ in range(author.random.randint(3, 8)):
        author.add("run steps", author.random.choice(names), steps=author.random.randint(1, 4))
        _meanwhile(author, 0.3)
    author.random.shuffle(names)
    for name in names:
        author.add("run dies" if author.chance(0.15) else "run ends", name)


def faulty_run(author: Author) -> None:
    flow = author.random.choice(FLOWS)
    name = _start(author, flow)
    for _ in range(author.random.randint(1, 3)):
        paged = flow == "primary" and author.chance(0.5)
        author.add("run meets", name, fault=author.random.choice(PAGE_FAULTS if paged else FAULTS_MET))
    author.add("run steps", name, steps=author.random.randint(1, 6))
    _meanwhile(author, 0.6)
    author.add("run ends", name)


def pestered_run(author: Author) -> None:
    """While it writes, somebody else writes to the same leads again and again."""
    if not author.calm:
        author.repeat(1, 3, edit)
    name = _start(author)
    author.add("run is pestered", name, times=author.random.choice([1, 2, 4, 9, 12, 12]))
    author.add("run ends", name)


def stale_run(author: Author) -> None:
    """A run that stands still is taken for dead, and then goes on."""
    flow = author.random.choice(FLOWS)
    name, other = _start(author, flow), author.name("R")
    author.add("run steps", name, steps=author.random.randint(1, 5))
    author.add("run starts", other, wait=200.0, flow=flow, parameters={})
    author.add("run steps", other, steps=author.random.randint(1, 5))
    if author.chance(0.5):
        author.add("run ends", other)
    author.add("run ends", name, label="stale run goes on")
    author.add("run ends", other)


def signalled_run(author: Author) -> None:
    name = _start(author)
    author.add("run steps", name, steps=author.random.randint(1, 7))
    author.add("run is told to end", name)


def _start(author: Author, flow: str | None = None) -> str:
    name = author.name("R")
    author.runs.append(name)
    since = 0.0
    parameters: Fields = {"mode": author.random.choice(["incremental", "incremental", "full"])}
    label = "run in full" if parameters["mode"] == "full" else ""
    if author.chance(0.1):
        parameters, label = {"maximum": author.random.randint(1, 6)}, "run with a maximum"
    elif author.chance(0.1):
        parameters, since, label = {}, author.random.choice([60.0, 4000.0, 100_000.0]), "run since a time"
    if author.chance(0.3):
        parameters["confirm_first_import"] = True
    flow = flow or author.random.choice(FLOWS)
    author.then("run starts", name, label=label, flow=flow, parameters=parameters, since=since)
    return name


def _meanwhile(author: Author, share: float) -> None:
    if not author.calm and author.chance(share):
        interlude(author)
