import pytest

from leads.sessions import chat_session

SESSION = "3f2a9c1e-0b6d-4c57-9a33-1f0e5d7c8b21"


@pytest.mark.parametrize(
    "notes",
    [
        f"Saved by the avatar, session {SESSION}",
        f"[auto] {SESSION.upper()}: asks for a battery",
        f"{SESSION} and again {SESSION}",
    ],
)
def test_an_avatars_lead_names_its_session(notes: str) -> None:
    assert chat_session({"source": "avatar-chat-auto", "notes": notes}) == SESSION


def test_a_session_need_not_be_a_uuid() -> None:
    assert chat_session({"source": "avatar-chat", "notes": "Session ID: sess_81ab72. Wants 5 kW"}) == "sess_81ab72"


@pytest.mark.parametrize(
    "values",
    [
        {"source": "sales-portal", "notes": f"session {SESSION}"},
        {"source": "avatar-chat", "notes": "the session was pleasant"},
        {"source": "avatar-chat", "notes": f"{SESSION} or {SESSION.replace('3', '4')}"},
        {"source": "avatar-chat"},
        {"notes": f"session {SESSION}"},
    ],
)
def test_other_leads_name_none(values: dict[str, object]) -> None:
    assert chat_session(values) is None  # type: ignore[arg-type]
