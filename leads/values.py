"""Types of the values that travel: JSON as the databases and Zoho speak it."""

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Record: TypeAlias = Mapping[str, Json]
Values: TypeAlias = dict[str, Json]
