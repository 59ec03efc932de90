"""The pages that are made from code are current."""

from pathlib import Path

from leads.catalogue import page

ROOT = Path(__file__).parents[2]


def test_the_field_page_is_what_the_field_table_says() -> None:
    assert (ROOT / "docs/fields.md").read_text(encoding="utf-8") == page()
