"""A history from a seed: what happens in the world, in which order, with which pauses."""

from random import Random

from tests.simulation.actions import Action
from tests.simulation.author import Author
from tests.simulation.change_scenes import edit, interlude
from tests.simulation.people_scenes import command
from tests.simulation.record_scenes import new_record
from tests.simulation.run_scenes import runs
from tests.simulation.setting import setting

CROWDED = 0.2


def history(seed: int) -> list[Action]:
    """The actions of a seed."""
    random = Random(seed + 1)  # noqa: S311 - to be had again
    author = Author(random, calm=setting(seed).calm, crowded=random.random() < CROWDED)
    author.repeat(9, 14, new_record) if author.crowded else author.repeat(3, 9, new_record)
    if author.calm:
        author.repeat(0, 6, edit)
    for _ in range(author.random.randint(1, 4)):
        runs(author)
        if not author.calm:
            author.repeat(0, 5, interlude)
            author.repeat(0, 2, command)
    return author.actions
