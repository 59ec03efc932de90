"""What the final states of runs are called. Prefect names its events after them: `prefect.flow-run.<name>`."""

from typing import Final

COMPLETED: Final = "Completed"
FINDINGS: Final = "Completed with findings"
"""It did all of its work, and a person should look at something."""
SKIPPED: Final = "Skipped"
"""There was nothing to do here, which is all right."""

DONE: Final = frozenset({COMPLETED, FINDINGS, SKIPPED})
"""The run did what it was to do; the type of each of these states is COMPLETED."""

BROKEN: Final = frozenset({"Failed", "Crashed", "TimedOut"})
"""Prefect's own names for the ends of runs that did not."""
