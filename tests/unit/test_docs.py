"""The pages that are made from code are current, and the commands on the others are commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import app
from leads.catalogue import page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
MENTION = re.compile(r"`(leadsync [^`]*)`")
PARTS = re.compile(r"\s*(?:#.*|[|;&].*)$")


def commands(text: str) -> Iterator[str]:
    """Those in blocks, line by line, and those in sentences that are whole (no dots), with all that they may have."""
    for block in SHELL.findall(text):
        for line in block.splitlines():
            found = re.search(r"(?:^|&& |; |bin/|worker )(leadsync [a-z].*)$", line)
            if found:
                yield PARTS.sub("", found[1])
    mentions = MENTION.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    yield from (re.sub(r"[][]", "", " ".join(mention.split())) for mention in mentions if "…" not in mention)


def test_the_field_page_is_what_the_field_table_says() -> None:
    assert (ROOT / "docs/fields.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_each_command_that_a_page_names_is_one(path: Path) -> None:
    for command in commands(path.read_text(encoding="utf-8")):
        words = shlex.split(command)[1:]
        if len(words) == 1:
            assert app[words[0]]
        else:
            app.parse_args(words, exit_on_error=False, print_error=False)


def test_the_runbook_ends_each_entry_in_a_command() -> None:
    text = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    symptoms = text.split("## By symptom")[1].split("\n## ")[0].split("\n### ")[1:]
    assert len(symptoms) > 10
    assert [entry.splitlines()[0] for entry in symptoms if not entry.rstrip().endswith("```")] == []


def test_commands_are_found_where_pages_have_them() -> None:
    text = "Say `leadsync run\nprimary`.\n```sh\nx && .venv/bin/leadsync doctor --json | jq  # all\n```\n`leadsync …`"
    assert list(commands(text)) == ["leadsync doctor --json", "leadsync run primary"]


def anchors(path: Path) -> set[str]:
    """Where a page can be linked to, as GitHub names its headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_each_link_to_another_page_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        page_there = (path.parent / name).resolve() if name else path
        assert page_there.exists(), target
        assert not anchor or anchor in anchors(page_there), target


def test_each_threat_names_tests_that_exist() -> None:
    text = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, name in named:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), name
