"""`make docs` writes docs/licences.md by this: what production installs, and under which licence each of it is."""

from collections.abc import Iterator
from email.message import Message
from importlib.metadata import distributions
from typing import cast

from tests.supply.production import normal, production

SAID = "License :: "
TOO_GENERAL = {"License :: OSI Approved"}
LONGEST = 60
"""Characters of a licence's name; longer ones are the licence itself."""

HEAD = """\
# Licences

What `uv sync --no-default-groups` installs, by `uv.lock`; the licences are those that the packages name themselves.
Made by `make docs` on Linux: what other platforms need besides is not here.

| package | licence |
|---|---|"""


def table() -> Iterator[tuple[str, str]]:
    """Name and licence of each package that is installed here, by name."""
    found = {normal(str(one.metadata["Name"])): cast("Message", one.metadata) for one in distributions()}
    for name in sorted(production()):
        if name in found:
            yield name, licence(found[name])


def licence(metadata: Message) -> str:
    """What the package says of its licence: an expression, else classifiers, else a short word, else nothing."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = [text for text in metadata.get_all("Classifier", []) if text.startswith(SAID) and text not in TOO_GENERAL]
    if said:
        return ", ".join(text.rpartition(" :: ")[2] for text in said)
    word = str(metadata.get("License") or "").strip()
    return word if 0 < len(word) <= LONGEST and "\n" not in word else "not named"


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(f"| {name} | {said} |" for name, said in table()), ""])


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
