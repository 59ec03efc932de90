"""Where batches are decided and written: the backoffice as the tasks of one run use it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

from leads.batch import Batch, read
from leads.columns import Columns
from leads.foresight import Foresight
from leads.plan import Plan, plan
from leads.sources import Source
from leads.values import Values
from systems.backoffice import Backoffice
from systems.errors import AttemptClosed


class Desk:
    """Knows the backoffice, the source and the attempt; holds no record.

    A plain class on purpose, like everything that the tasks are given: Prefect walks through dataclasses, models, lists
    and dicts, value by value, in search of futures.

    Args:
        backoffice: the client.
        source: where the records come from.
        columns: what the live table can take.
        attempt_id: the attempt; a dry run's was never opened, so the backoffice would refuse its writes.
        begun: the backoffice's clock when the attempt began; None: not known.
        foresight: what a dry run would have written so far; None for a run that writes.
    """

    def __init__(
        self,
        backoffice: Backoffice,
        *,
        source: Source,
        columns: Columns,
        attempt_id: str,
        begun: datetime | None = None,
        foresight: Foresight | None = None,
    ) -> None:
        self._backoffice = backoffice
        self._source = source
        self._columns = columns
        self._attempt_id = attempt_id
        self._begun = begun
        self._foresight = foresight
        self._numbers = count(1)

    def read(self, records: list[Any], *, sent: bool = True, read_from: datetime | None = None) -> Batch:
        """Raw records as a batch: leads and dead letters; `sent` and `read_from` as in `Batch`."""
        return read(self._source, records, self._columns, sent=sent, read_from=read_from or self._begun)

    def plan(self, batch: Batch) -> Plan:
        """What is to be done with a batch, by what the backoffice knows of it now."""
        asks = batch.asks()
        answer = self._match(self._columns.tracked, asks)
        planned = plan(batch, answer, new_ids=_new_ids())
        if self._foresight:
            self._foresight.add(planned, asks, answer)
        return planned

    @property
    def short_sighted(self) -> bool:
        """Whether a dry run no longer sees all that it would have written."""
        return self._foresight is not None and self._foresight.full

    def next_number(self) -> int:
        """A number that no other plan of this attempt has: the backoffice applies a number once."""
        return next(self._numbers)

    def apply(self, number: int, decided: Plan) -> list[dict[str, Any]]:
        """Writes a plan; the same number again only repeats the first answer.

        A plan without items writes nothing and takes nobody's turn, but says that the attempt is alive.
        """
        if not decided.written:
            self.beat()
            return []
        outcomes = self._backoffice.apply(self._attempt_id, number, decided.payload())
        return [outcome.model_dump() for outcome in outcomes]

    def mark_deleted(self, rows: list[dict[str, Any]]) -> int:
        """Marks records as deleted at their source; returns how many were not marked before."""
        return self._backoffice.mark_deleted(self._attempt_id, self._source, rows)

    def count_unmarked(self, rows: list[dict[str, Any]]) -> int:
        """How many of these records are known and not marked as deleted at their source."""
        ids = {row["source_id"] for row in rows}
        asks: list[Values] = [{"n": number, "source_id": source_id} for number, source_id in enumerate(ids)]
        known = (answer.get("record") for answer in self._match([], asks)["records"])
        return sum(1 for record in known if record and not record["deleted_at_source"])

    def beat(self) -> None:
        """Says that the attempt is alive.

        Raises:
            AttemptClosed: the backoffice has given it up.
        """
        if not self._backoffice.beat(self._attempt_id):
            cause = "this attempt was closed meanwhile, most likely as crashed"
            raise AttemptClosed("Backoffice", cause, "The next run reads on from the same watermark.")

    def _match(self, columns: list[str], asks: list[Values]) -> Mapping[str, Any]:
        answer = self._backoffice.match(self._source, columns, asks)
        return self._foresight.amend(asks, answer) if self._foresight else answer


def _new_ids() -> Iterator[str]:
    return (str(uuid4()) for _ in count())
