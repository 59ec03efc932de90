"""Telegram: whether each tier has a bot and a chat, and whether the bot may write there. Nothing is sent."""

from collections.abc import Iterator

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Verdict, failure, fine, joined, warning
from leads.incidents import Tier
from systems.errors import LeadsyncError

SAYS = {
    Tier.ADMIN: "when a flow fails, or nothing runs",
    Tier.TEAM: "which records wait for a person",
    Tier.EVERYTHING: "how the day was",
}


def tiers(case: Case) -> Iterator[Verdict]:
    """Whether somebody is told when something is wrong."""
    answers = case.telegram()
    silent = [tier for tier in Tier if tier not in answers]
    if silent:
        missing = joined([f"TELEGRAM_{tier.upper()}_BOT_TOKEN or TELEGRAM_{tier.upper()}_CHAT_ID" for tier in silent])
        unsaid = joined([SAYS[tier] for tier in silent])
        cure = "docs/deploying.md tells how to make the bots and the chats; then run `leadsync deploy` again."
        yield warning(f"{missing} is not set, so nobody is told {unsaid}", cure)
    for tier, answer in answers.items():
        yield failure(answer) if isinstance(answer, LeadsyncError) else fine(f"{answer} can write to the tier {tier}")


CHECKS = (Check("telegram", "Telegram", tiers),)
