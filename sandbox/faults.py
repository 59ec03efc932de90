"""Faults on order: which request goes wrong, how, and how often; and a count of all requests."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Cut: TypeAlias = Literal["before", "after"]


class Fault(BaseModel):
    """What goes wrong with the requests that match. Parts may be combined; those left out change nothing.

    Attributes:
        method: The HTTP method; None for any.
        path: Regular expression, searched in the path below the gateway's prefix and its query.
        times: How often it fires; None for always.
        probability: Share of the matching requests that it takes, 0 to 1.
        delay_s: Seconds to wait first.
        linger_s: Seconds to wait before the answer is sent, once the real server has done its work.
        status: Answer with this status instead of asking the real server.
        body: The text of that answer.
        html: The same, as text/html.
        headers: Headers added to the answer, the real one's too.
        truncate_at: Only the first so many bytes of the body are sent. The message is whole and its body is
            not; together with `cut` "after" the connection breaks there.
        cut: Close the connection without an answer: "before" the real server is asked, or "after" it has done
            its work.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = None
    path: re.Pattern[str] = re.compile("")
    times: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    delay_s: float = Field(default=0.0, ge=0)
    linger_s: float = Field(default=0.0, ge=0)
    status: int | None = Field(default=None, ge=100, le=599)
    body: str | None = None
    html: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    truncate_at: int | None = Field(default=None, ge=0)
    cut: Cut | None = None

    @property
    def replaces_the_answer(self) -> bool:
        """Whether the real server is left out."""
        return self.status is not None or self.body is not None or self.html is not None

    def matches(self, method: str, target: str) -> bool:
        """Whether the fault is meant for this request."""
        return self.method in (None, method) and self.path.search(target) is not None


@dataclass
class Order:
    """A fault and how often it has fired."""

    fault: Fault
    fired: int = 0

    def is_open(self) -> bool:
        """Whether it may fire again."""
        return self.fault.times is None or self.fired < self.fault.times


@dataclass
class Faults:
    """All orders, oldest first. The dice are seeded, so that the same requests meet the same faults."""

    orders: list[Order] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secret

    def add(self, faults: list[Fault]) -> None:
        """Put more faults behind those there are."""
        self.orders.extend(Order(fault) for fault in faults)

    def clear(self) -> None:
        """Forget every fault and throw the dice from the start again."""
        self.orders.clear()
        self.dice.seed(0)

    def take(self, method: str, target: str) -> Fault | None:
        """The first open fault for this request, counted as fired."""
        for order in self.orders:
            if not (order.is_open() and order.fault.matches(method, target)):
                continue
            if self.dice.random() < order.fault.probability:
                order.fired += 1
                return order.fault
        return None

    def report(self) -> list[dict[str, object]]:
        """Every fault with `fired`, in the order in which they were given."""
        return [
            {**order.fault.model_dump(mode="json", exclude_none=True), "fired": order.fired} for order in self.orders
        ]


@dataclass
class Calls:
    """How often each method and path was asked."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, method: str, path: str) -> None:
        """Count one request."""
        self.counts[f"{method} {path}"] += 1
