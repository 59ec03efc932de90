"""How a source's value becomes a canonical one, a silence, or a refusal."""

import unicodedata
from collections.abc import Callable
from typing import TypeAlias

from leads.sources import Source
from leads.values import Json


class Unclean(ValueError):
    """The value says nothing that the column can hold; the field is left out and the record goes on.

    The message is a reason without the value, since values are personal data.
    """


class Unusable(ValueError):
    """Without this value the record cannot be a lead at all; it becomes a dead letter."""


Cleaner: TypeAlias = Callable[[Source, tuple[Json, ...]], Json]
"""Takes the source and the raw values of a field's names, in their order; gives the canonical value or None."""


def first_said(clean: Callable[[Json], Json]) -> Cleaner:
    """A cleaner that takes the first of the raw values that says something; refuses if none does and one is unclean."""

    def cleaner(_source: Source, raw: tuple[Json, ...]) -> Json:
        faults: list[Unclean] = []
        for value in raw:
            try:
                if (said := clean(value)) is not None:
                    return said
            except Unclean as fault:
                faults.append(fault)
        if faults:
            raise faults[0]
        return None

    return cleaner


def plain(value: Json, *, keep: str = "") -> str | None:
    """Text in composed form without control characters, trimmed; None when nothing is left.

    Args:
        value: a string, or a number that stands where text belongs.
        keep: control characters that may stay, such as line breaks.

    Raises:
        Unclean: the value is no text.
    """
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        msg = "is no text"
        raise Unclean(msg)
    text = str(value)
    if text.isascii() and text.isprintable():
        return text.strip() or None
    text = text.encode("utf-8", "replace").decode("utf-8")
    blanks = "".join(" " if c.isspace() and c not in keep else c for c in text)
    visible = "".join(c for c in blanks if c in keep or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", visible).strip() or None


_DEEPEST = 32
"""Levels of nesting that are kept of a record; no source has a use for more."""


def storable(value: Json, depth: int = 0) -> Json:
    """The value without what PostgreSQL's jsonb cannot hold: NUL characters, lone surrogates, NaN, endless nesting.

    A record is read from it as from the original, because one that waited is taken up again from what is kept.
    """
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
        case list() | dict() if depth >= _DEEPEST:
            return "nested too deeply"
        case list():
            return [storable(item, depth + 1) for item in value]
        case dict():
            return {str(storable(key)): storable(item, depth + 1) for key, item in value.items()}
        case int() | float() if not isinstance(value, bool) and not abs(value) < _LARGEST:
            return str(value)
        case _:
            return value


_LARGEST = 1e300
