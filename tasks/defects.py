"""Errors that nobody foresaw, told without what they may know of a person."""

import traceback
from pathlib import Path

from systems.errors import LeadsyncError, PermanentError

CURE = "Report it as a defect of leadsync."


class Unforeseen(PermanentError):
    """Raised in place of an error that is not ours: its type and the place in our code, never its text."""


def safe_error(error: Exception) -> LeadsyncError:
    """The error itself if it is ours, whose texts are safe; else a substitute that names type and place."""
    if isinstance(error, LeadsyncError):
        return error
    if isinstance(error, TimeoutError):
        return Unforeseen("leadsync", "a step or the whole run took longer than it may", "Run it again.")
    return Unforeseen("leadsync", f"it failed with {type(error).__name__} at {_place(error)}", CURE)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:])) or "no place"
