"""Leads that the portal's chat avatar makes: it saves one chat again and again, each time as a new lead.

The notes of such a lead name the chat's session (domain facts: the duplicate factory), which is then a key like an id.
"""

import re

from leads.values import Json, Values

_ORIGIN = "avatar-chat"
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_NAMED = re.compile(r"\bsession(?:[ _-]?id)?\W{1,3}([0-9a-z](?=[0-9a-z_-]*[0-9])[0-9a-z_-]{5,63})", re.IGNORECASE)


def chat_session(values: Values) -> str | None:
    """The session that an avatar's lead names, in lower case; None for other leads, or where it names several."""
    if not _text(values.get("source")).lower().startswith(_ORIGIN):
        return None
    notes = _text(values.get("notes"))
    named = {found.lower() for found in _UUID.findall(notes) or _NAMED.findall(notes)}
    return named.pop() if len(named) == 1 else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
