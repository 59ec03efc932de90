"""The Markdown artifact of a run: what a person reads first in Prefect's UI. No personal data."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from textwrap import shorten

from prefect.artifacts import create_markdown_artifact

from flows.outcome import Outcome
from flows.preview import HEAD, Preview
from flows.report_link import keep_report_link
from flows.waiting import HEAD as HEAD_OF_WAITING
from flows.waiting import rows

logger = logging.getLogger("leadsync.flows")

KEYS = {"primary-zoho-sync": "leadsync-primary", "backup-portal-sync": "leadsync-backup"}


def publish(outcome: Outcome) -> None:
    """Keeps the picture of an attempt."""
    keep(KEYS.get(outcome.flow, f"leadsync-{outcome.flow}"), markdown(outcome), outcome.message)
    keep_report_link()


def keep(key: str, text: str, description: str) -> None:
    """Keeps an artifact at Prefect's server. A server that does not take it stops nothing."""
    try:
        create_markdown_artifact(key=key, markdown=text, description=shorten(description, 200, placeholder=" …"))
    except Exception as error:  # noqa: BLE001 - the attempt is on record already; this is its picture
        logger.warning("The run's artifact could not be kept (%s)", type(error).__name__)


def markdown(outcome: Outcome) -> str:
    """Status, window and counts; for a dry run the planned differences; remarks, notes, and what waits."""
    return "\n".join(_lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    yield f"# {outcome.flow}: {outcome.title}"
    yield f"\nWindow: {outcome.window}  \nAttempt: {outcome.attempt_id or 'none, nothing was written'}\n"
    yield from table(["count", "records"], [[name, str(number)] for name, number in outcome.counts.as_dict().items()])
    if outcome.cost is not None:
        yield f"\nZoho: {outcome.cost}"
    if outcome.preview is not None:
        yield from _planned(outcome.preview)
    for title, texts in (("Why", outcome.remarks), ("Notes", outcome.notes)):
        if texts:
            yield f"\n## {title}\n"
            yield from (f"- {text}" for text in texts)
    if outcome.waiting is not None:
        yield "\n## Waiting for a person\n"
        yield from table(list(HEAD_OF_WAITING), list(rows(outcome.waiting, datetime.now(UTC))))


def _planned(preview: Preview) -> Iterator[str]:
    yield f"\n## Planned changes: {preview.total}\n"
    lines, rest = preview.shown()
    yield from table(HEAD, lines)
    if rest:
        yield f"\nand {rest} more."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
