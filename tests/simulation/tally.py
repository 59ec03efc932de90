"""What happened how often: a kind of action, fault or event that never happened proves nothing."""

from collections import Counter

from tests.simulation.acts import ACTS
from tests.simulation.runs import FAULTS

LABELS = (
    *(
        "undo dies",
        "disputed",
        "zoho twin",
        "portal twin",
        "chat twin",
        "wrong claim",
        "late claim",
        "zoho poison",
        "portal poison",
    ),
    *("poison repaired", "edits in one second", "another's address", "written over a stranger", "erased by a visit"),
    *("staff empties", "run in full", "run with a maximum", "run since a time", "stale run goes on"),
)
DEATHS = tuple(
    f"dies before {call}"
    for call in (
        *("zoho page", "zoho deleted", "portal page", "leadsync_open", "leadsync_match", "leadsync_apply"),
        "leadsync_close",
    )
)
DECIDED = tuple(
    f"decided {decision}" for decision in ("same", "separate", "ignore", "retry", "split", "take", "keep", "clear")
)
EVENTS = (
    *("raced", "planned again in vain", "stale run refused", "taken for dead", "import to be confirmed"),
    *("ends completed", "ends findings", "ends failed"),
    *(
        "linked",
        "review: identity changed",
        "review: the e-mail is another person's",
        "review: was deleted",
        "review: was forgotten",
    ),
    *("ignored: its lead is deleted", "dead_letter: refused", "dead_letter: name is missing"),
    *("same in another order", "a second full run was needed"),
)
EXPECTED = frozenset((*ACTS, *FAULTS, *LABELS, *DEATHS, *DECIDED, *EVENTS))
RARE = frozenset(
    {
        *("dies before zoho deleted", "page repeated", "page token expired"),
        *("review: identity changed", "review: was forgotten", "a second full run was needed"),
    }
)
"""What only a long run has to show."""

LONG = 1_000
"""Histories of a long run, at least."""


def missing(tally: Counter[str], histories: int) -> list[str]:
    """What did not happen, or too seldom: once is enough in a short run, once in 400 histories in a long one."""
    return sorted(
        kind for kind in (EXPECTED if histories >= LONG else EXPECTED - RARE) if tally[kind] < max(1, histories // 400)
    )


def table(tally: Counter[str]) -> str:
    """The counts, for people."""
    return "\n".join(f"{tally[kind]:9,} {kind}" for kind in sorted({*EXPECTED, *tally}))
