"""Sample leads: a few hundred people over the systems, with what is expected of each.

`seed` puts them into a world, `expected` says what the first run of each flow must count.
"""

from sandbox.samples.cases import cases, expected
from sandbox.samples.seed import seed

__all__ = ["cases", "expected", "seed"]
