"""How long things are kept, and a whole round of retention."""

from collections.abc import Callable

from systems.backoffice_answers import Tidied
from systems.settings import Tunables


def days_kept(tunables: Tunables) -> dict[str, int]:
    """`p_days` of `leadsync_tidy`; 0 is for ever."""
    return {
        "journal": tunables.keep_journal_days,
        "contents": tunables.keep_contents_days,
        "snapshots": tunables.keep_snapshots_days,
        "conflicts": tunables.keep_conflicts_days,
    }


def until_tidy(step: Callable[[], Tidied]) -> Tidied:
    """Makes steps until nothing is left to do, and adds them up."""
    done = step()
    while done.more:
        done += step()
    return done


def told(done: Tidied) -> str:
    """The counts as text, such as `journal 5120, contents 3`."""
    return ", ".join(f"{name} {number}" for name, number in done.counts().items() if number) or "nothing"
