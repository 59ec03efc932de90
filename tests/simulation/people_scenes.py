"""When people use leadsync's commands: after runs, or while one goes on."""

from tests.simulation.author import Author
from tests.simulation.change_scenes import dispute
from tests.simulation.run_scenes import quiet_run

DECISIONS = ("same", "same", "separate", "ignore", "retry", "split", *("take", "take", "clear", "clear", "keep"))


def command(author: Author) -> None:
    author.choose((4, decide), (2, settled_dispute), (2, undo), (1, forget))


def decide(author: Author) -> None:
    decision = author.random.choice(DECISIONS)
    other = author.record() if decision == "same" and author.chance(0.3) else None
    pick = author.random.randint(0, 9)
    author.then("person decides", author.name("D"), decision=decision, pick=pick, other=other or "")


def settled_dispute(author: Author) -> None:
    """A person and a source disagree, a run sees it, and the person decides."""
    dispute(author)
    quiet_run(author)
    decision = author.random.choice(["take", "take", "keep", "clear"])
    author.then("person decides", author.name("D"), decision=decision, pick=author.random.randint(0, 9))


def undo(author: Author) -> None:
    """Takes back a run, or an undo; at times the command dies on the way."""
    if run := author.any(author.runs[-4:]):
        name = author.name("U")
        author.runs.append(name)
        steps = author.random.randint(1, 3) if author.chance(0.2) else 0
        author.then("person undoes", name, label="undo dies" if steps else "", run=run, steps=steps)


def forget(author: Author) -> None:
    if record := author.any({**author.zoho, **author.portal}):
        author.then("person forgets", author.name("F"), record=record, anonymise=author.chance(0.6))
