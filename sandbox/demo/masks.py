"""Personal data made unreadable, so that a demo can be shown to anybody."""

from leads.values import Json

_SHOWN_DIGITS = 2


def masked(column: str, value: Json) -> str:
    """The value of a column as the demo shows it."""
    match column, value:
        case _, None | "":
            return "–"
        case "name", str():
            return " ".join(f"{word[0]}…" for word in value.split())
        case "email", str():
            name, at, domain = value.strip().partition("@")
            return f"{name[:1]}…{at}{domain}"
        case "phone", str():
            digits = sum(letter.isdigit() for letter in value) - _SHOWN_DIGITS
            return _starred(value, digits)
        case _:
            return str(value)


def _starred(text: str, hidden: int) -> str:
    """The text with its first so many digits as dots; blanks are marked, since they are what differs."""
    shown = []
    for letter in text:
        shown.append("•" if letter.isdigit() and hidden > 0 else "␣" if letter == " " else letter)
        hidden -= letter.isdigit()
    return "".join(shown)
