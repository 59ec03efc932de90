"""The task `record-metadata`: writes an attempt's beginning and end into the backoffice."""

from collections.abc import Mapping
from typing import Any, Protocol

from systems.backoffice import Backoffice
from systems.backoffice_answers import Context, OpenedAttempt, Waiting
from tasks.step import logger, step


class Entry(Protocol):
    """A line of an attempt's record."""

    def write(self) -> str:
        """Writes it; writing it twice changes nothing. Returns what the log says."""


class Opening:
    """The beginning of an attempt, before anything is read.

    Args:
        backoffice: the client.
        attempt: `p_attempt` of `leadsync_open`.
    """

    def __init__(self, backoffice: Backoffice, attempt: Mapping[str, Any]) -> None:
        self._backoffice = backoffice
        self._attempt = attempt
        self._answer: OpenedAttempt | None = None

    def __str__(self) -> str:
        return "begin"

    def write(self) -> str:
        """Opens the attempt and closes those of the same flow that died."""
        self._answer = self._backoffice.open_attempt(self._attempt)
        dead = len(self._answer.crashed)
        return f"attempt {self._answer.attempt_id} begins" + (f"; {dead} older ones are now crashed" if dead else "")

    def context(self) -> Context:
        """What the backoffice told when it was written."""
        if self._answer is None:
            raise RuntimeError
        return self._answer


class Closing:
    """The end of an attempt.

    Args:
        backoffice: the client.
        attempt_id: the attempt.
        result: `p_result` of `leadsync_close`.

    Attributes:
        status: the one that the attempt really got, once written.
        waiting: what waits for a person then.
    """

    def __init__(self, backoffice: Backoffice, attempt_id: str, result: Mapping[str, Any]) -> None:
        self._backoffice = backoffice
        self._attempt_id = attempt_id
        self._result = result
        self.status: str | None = None
        self.waiting: Waiting | None = None

    def __str__(self) -> str:
        return f"end ({self._result['status']})"

    def write(self) -> str:
        """Closes the attempt."""
        closed = self._backoffice.close_attempt(self._attempt_id, self._result)
        self.status, self.waiting = closed.status, closed.waiting
        return f"attempt {self._attempt_id} ends as {self.status}"


@step("record-metadata")
def record_metadata(entry: Entry) -> None:
    """Writes the beginning or the end of an attempt."""
    logger.info("record-metadata: %s", entry.write())
