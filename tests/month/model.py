"""What the backoffice is to hold where only Zoho speaks: a fold over what was said, in the order in which it was heard.

Not all that Zoho says is heard. A value that is changed between two runs never is, and a run that fails may have
written before it did. So each column has a set of possible states. What a completed run surely heard leads all of them
on; what may have been heard leaves both ways open. After a quiet end nearly all sets have one member.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from tests.month.words import Fields, said

ABSENT: Final = "no such lead"

ONCE = frozenset({"zoho_lead_id", "created_at", "converted_at"})
"""What is said first stands for ever."""
FIRST = frozenset({"source", "source_campaign", "source_medium", "source_content", "notes"})
"""What a record says when it is first heard; later words do not count."""
TRUE_FOR_EVER = frozenset({"email_opted_out"})
FORWARD = ("new", "contacted", "qualified", "converted")
COLUMNS = (
    *("zoho_lead_id", "created_at", "converted_at", "name", "email", "phone", "address", "locality", "is_gozo"),
    *("coordinates", "coordinates_lat", "coordinates_lng", "google_maps_link", "google_maps_url", "system_size_kw"),
    *("selected_system", "with_battery", "battery_size_kwh", "panel_brand", "panel_model", "panel_count"),
    *("panel_wattage", "inverter_brand", "inverter_model", "battery_brand", "battery_model", "grant_type"),
    *("grant_amount", "total_price", "deposit_amount", "payment_method", "loan_term", "monthly_payment"),
    *("annual_savings", "monthly_bill", "consumption_kwh", "household_size", "roof_area", "bill_file_url"),
    *("proposal_file_url", "social_provider", "notes", "source", "source_campaign", "source_medium"),
    *("source_content", "status", "email_opted_out"),
)
DEFAULTS: dict[str, Any] = {
    "name": "",
    "email": "",
    "phone": "",
    "source": "website",
    "status": "new",
    "with_battery": False,
    "grant_type": "pv_only",
    "grant_amount": 0,
    "is_gozo": False,
    "email_opted_out": False,
}
"""What stands in a column of which nothing was ever said; null in the others."""

State = tuple[Any, tuple[tuple[str, Any], ...]]
"""What a column holds (`ABSENT`: there is no lead yet), and what each record of the lead said of it last."""


@dataclass(frozen=True)
class Content:
    """What a record says at some time.

    Attributes:
        fields: of Zoho.
        foreign: whether it speaks of somebody else than before, so that a person has to say what is to become of it.
    """

    fields: Fields
    foreign: bool = False


@dataclass(eq=False)
class Lead:
    """What one lead of the backoffice may be like.

    Attributes:
        columns: the possible states of each column.
        places: where each record of Zoho may have its place; None for none.
    """

    columns: dict[str, frozenset[State]] = field(
        default_factory=lambda: dict.fromkeys(COLUMNS, frozenset({(ABSENT, ())}))
    )
    places: dict[str, frozenset[str | None]] = field(default_factory=dict)

    def hear(self, record: str, tellings: Sequence[Sequence[Content]]) -> None:
        """One of the tellings was heard, and nobody knows which; an empty one is none."""
        read = [[(content, said(content.fields)) for content in telling] for telling in tellings]
        before = self.places.get(record, frozenset({None}))
        self.places[record] = frozenset(
            _place(*telling[-1]) if telling else place for telling in read for place in before
        )
        heard = [[words for content, words in telling if words is not None and not content.foreign] for telling in read]
        for column, states in self.columns.items():
            told = [[words.get(column) for words in telling] for telling in heard]
            self.columns[column] = frozenset(_follow(column, state, record, t) for state in states for t in told)

    def may_hold(self, column: str) -> set[Any]:
        """The values that the column may have; `ABSENT` if there may be no such lead."""
        held = {state[0] for state in self.columns[column]}
        return {DEFAULTS.get(column) if value is None else value for value in held}


def tellings(contents: Sequence[Content], *, surely: bool) -> list[list[Content]]:
    """What may have been heard of what was said one after the other: any part of it; surely something."""
    fewest = 1 if surely else 0
    return [list(part) for size in range(fewest, len(contents) + 1) for part in combinations(contents, size)]


def without(contents: Iterable[Content], names: frozenset[str]) -> list[Content]:
    """The same, told by an organisation that lacks some fields."""
    return [
        Content({name: value for name, value in content.fields.items() if name not in names}, content.foreign)
        for content in contents
    ]


def _place(content: Content, words: dict[str, Any] | None) -> str:
    if words is None:
        return "dead_letter"
    return "review" if content.foreign else "linked"


def _follow(column: str, state: State, record: str, told: Iterable[Any]) -> State:
    for value in told:
        state = _heard(column, state, record, value)
    return state


def _heard(column: str, state: State, record: str, value: Any) -> State:  # noqa: ANN401 - of any column
    held, words = state
    before = dict(words)
    after = tuple(sorted({**before, record: value}.items()))
    if held is ABSENT:
        return value, after
    if value is None or (record in before and value == before[record]):
        return held, after
    return _ruled(column, held, value, first=record not in before), after


def _ruled(column: str, held: Any, value: Any, *, first: bool) -> Any:  # noqa: ANN401 - of any column
    if column in TRUE_FOR_EVER:
        return True
    if column == "status":
        return value if _advances(held or "new", value) else held
    if column in ONCE or first:
        return value if held is None else held
    return held if column in FIRST else value


def _advances(held: str, value: str) -> bool:
    if value == "lost":
        return held not in ("converted", "lost")
    return held == "lost" or FORWARD.index(value) > FORWARD.index(held)
