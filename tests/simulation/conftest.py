from collections.abc import Iterator

import pytest

from tests.simulation.simulation import Stage, stage


@pytest.fixture(scope="session")
def played() -> Iterator[Stage]:
    """A database and the product, ready to play histories one after the other."""
    with stage() as made:
        yield made
