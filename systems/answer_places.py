"""Where an answer is not what the contract says, told without what the answer says."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from systems.backoffice_answers import Answer

DATA = "…"
"""In place of a key that no model has: it came with the answer, and may be anything."""


def wrong_places(error: ValidationError) -> list[str]:
    """The places that an error is about, such as `attempts.3.status`: names of our models' fields, and numbers."""
    known = {name for model in _models(Answer) for name in model.model_fields}
    details: list[Any] = list(error.errors(include_url=False, include_context=False, include_input=False))
    return sorted({".".join(_told(part, known) for part in detail["loc"]) for detail in details})


def _told(part: int | str, known: set[str]) -> str:
    return str(part) if isinstance(part, int) or part in known else DATA


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield base
    for model in base.__subclasses__():
        yield from _models(model)
