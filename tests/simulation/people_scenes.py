"""When people use leadsync's commands: after runs, or while one goes on."""

from tests.simulation.author import Author

DECISIONS = ("same", "same", "separate", "ignore", "retry", "split", "take", "take", "keep", "clear")


def command(author: Author) -> None:
    author.choose((4, decide), (2, undo), (1, forget))


def decide(author: Author) -> None:
    decision = author.random.choice(DECISIONS)
    other = author.record() if decision == "same" and author.chance(0.3) else None
    pick = author.random.randint(0, 9)
    author.then("person decides", author.name("D"), decision=decision, pick=pick, other=other or "")


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
