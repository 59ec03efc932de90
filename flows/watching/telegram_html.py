"""A message in Telegram's HTML. What it says of people is ids and links; everything is escaped all the same."""

from html import escape

from flows.waiting import age
from leads.incidents import Kind, Message, Tier
from systems.telegram import LONGEST

ROOM = LONGEST - 600
"""Characters of a text, so that title and link find their place beside it."""


def html(message: Message) -> str:
    """The message as Telegram takes it."""
    lines = [f"{_mark(message)}<b>{escape(message.title, quote=False)}</b>"]
    if text := _text(message):
        lines.append(escape(text[:ROOM], quote=False))
    if message.link:
        name = "The picture of health" if message.kind is Kind.DAILY else "Look at it in Prefect"
        lines.append(f'<a href="{escape(message.link)}">{name}</a>')
    return "\n".join(lines)


def _mark(message: Message) -> str:
    if message.kind is Kind.OVER:
        return "🟢 Over: "
    if message.kind is Kind.DAILY:
        return ""
    return "🔴 " if message.tier is Tier.ADMIN else "🟡 "


def _text(message: Message) -> str:
    if message.kind is Kind.OVER and message.since and message.until:
        return f"It lasted {age(message.since, message.until)}."
    return message.text
