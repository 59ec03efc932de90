"""When people use leadsync's commands: after runs, or while one goes on."""

from tests.simulation.author import Author
from tests.simulation.change_scenes import RANKED, oppose, say
from tests.simulation.record_scenes import portal_poison, repair, zoho_poison
from tests.simulation.run_scenes import quiet_run
from tests.simulation.words import PEOPLE

DECISIONS = ("same", "same", "separate", "separate", "ignore", "retry", "split", "take", "keep", "clear")


def command(author: Author) -> None:
    author.choose((4, decide), (3, settled_dispute), (2, undo), (1, forget), (1, forget_who_waits))


def decide(author: Author) -> None:
    decision = author.random.choice(DECISIONS)
    other = author.record() if decision == "same" and author.chance(0.3) else None
    pick = author.random.randint(0, 9)
    author.then("person decides", author.name("D"), decision=decision, pick=pick, other=other or "")


def settled_dispute(author: Author) -> None:
    """A person changes what a source changes or empties, a run sees it, and the person decides."""
    name = author.any({**author.zoho, **author.portal})
    if name is None:
        return
    flow, word = "primary" if name in author.zoho else "backup", author.random.choice(RANKED)
    said = [value for value in word.values if value.canonical is not None]
    theirs, decision = author.random.choice(said), author.random.choice(["take", "take", "keep"])
    if author.chance(0.4):
        say(author, name, word, theirs)
        quiet_run(author, flow)
        theirs, decision = word.values[0], "clear"
    oppose(author, name, word, theirs)
    quiet_run(author, flow)
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


def forget_who_waits(author: Author) -> None:
    """Somebody is forgotten; then a record that has waited is put right, and turns out to be theirs."""
    person = author.random.choice(PEOPLE)
    author.choose((1, lambda _: zoho_poison(author, person)), (1, lambda _: portal_poison(author, person)))
    waits = author.poison[-1:]
    for flow in ("primary", "backup"):
        quiet_run(author, flow)
    known = [name for name, number in {**author.zoho, **author.portal}.items() if number == person.number]
    if waits and (record := author.any([name for name in known if name not in waits])):
        author.then("person forgets", author.name("F"), record=record, anonymise=True)
        repair(author, waits[0])
