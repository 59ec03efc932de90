"""What happened how often: what never happened proves nothing."""

from collections import Counter

from tests.month.weather import KINDS

DONE = (
    *("edits", "mass updates", "conversions", "quiet conversions", "deletions", "restores", "quiet restores", "twins"),
    *("merges", "overwritten", "nameless", "refused", "edits around the change of the clocks"),
    *("a field vanishes", "a field comes back", "exports", "exports that go on", "export jobs that fail"),
    *(f"edits before a {kind}" for kind in ("page", "deleted", "poll")),
    *(
        "dead page tokens that leadsync met",
        "runs that are completed",
        "runs that are findings",
        "runs that are failed",
    ),
)
EXPECTED = frozenset({*KINDS, *DONE})


class Tally(Counter[str]):
    """Counts."""

    @property
    def missing(self) -> list[str]:
        """What should have happened and did not."""
        return sorted(kind for kind in EXPECTED if not self[kind])

    def table(self) -> str:
        """The counts, for people."""
        return "\n".join(f"{self[kind]:9,} {kind}" for kind in sorted({*EXPECTED, *self}))
