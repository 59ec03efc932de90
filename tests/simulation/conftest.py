from collections.abc import Iterator

import pytest

from tests.simulation.simulation import Stage, stage


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    """A database and the product, ready to play histories; put back before other tests meet it."""
    with stage() as made:
        yield made
