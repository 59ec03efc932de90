"""Whatever a person or another program types: environment, command line, requests to the cron endpoint."""

import contextlib
import io
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.errors import LeadsyncError
from systems.settings import EVERY, Settings, load
from tests.fuzz.effort import fuzz
from tests.fuzz.outside import texts

NAMES = [model.name_of(field) for model in EVERY for field in model.model_fields]
CANARY = "marked-secret-0123456789"

values = texts.filter(lambda text: "\x00" not in text).map(
    lambda text: text.encode("utf-8", "replace").decode()
) | st.sampled_from(
    [CANARY, f"https://{CANARY}@x.supabase.co", f"sb_secret_{CANARY}", "-1", "9" * 400, "nan", "[", "{}"]
)
WORDS = [
    "run",
    "review",
    "rejected",
    "undo",
    "history",
    "forget",
    "export",
    "pause",
    "resume",
    "reconcile",
    "report",
    "tidy",
]
FLAGS = [
    "--dry-run",
    "--json",
    "--since",
    "--max",
    "--full",
    "--help",
    "primary",
    "backup",
    "zoho:1",
    "--",
    "-h",
    "--to",
]


@fuzz
@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=6), st.sampled_from(EVERY))
def test_an_environment_is_settings_or_one_sentence_without_a_secret(
    told: dict[str, str], model: type[Settings]
) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    with patch.dict(os.environ, {**kept, **told}, clear=True):
        said = refusal(model)
    assert "\n" not in said
    assert CANARY not in said


def refusal(model: type[Settings]) -> str:
    try:
        load(model)
    except LeadsyncError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nowhere")


@fuzz
@given(words=st.lists(st.sampled_from([*WORDS, *FLAGS]) | texts, max_size=5))
def test_a_command_line_ends_with_one_sentence_and_a_code(words: list[str], nowhere: Path) -> None:
    from cli.main import _guarded, app  # noqa: PLC0415 - reads Prefect's settings

    kept = {name: value for name, value in os.environ.items() if name not in NAMES and "PREFECT" not in name}
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, kept, clear=True),
        contextlib.chdir(nowhere),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        assert _guarded(lambda: app(words, exit_on_error=False)) in (0, 1, 2)
    assert "Traceback" not in out.getvalue() + err.getvalue()
