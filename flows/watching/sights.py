"""What a look sees, from what Prefect and the backoffice say: pure, so that each rule can be tried on values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.freshness import LIMITS, Standing, standings
from flows.request import NAMES
from flows.waiting import PATIENCE, age
from flows.waiting import rows as rows_of_waiting
from flows.watching.prefect_runs import Deployed
from leads.incidents import Look, News, Sight, Tier
from leads.sources import Source
from systems.backoffice_answers import DayOfFlow, Freshness, Newcomer, Newcomers, Watched
from systems.errors import LeadsyncError

MALTA = ZoneInfo("Europe/Malta")
REVIEW = "review"
DOCTOR = "`leadsync doctor` names what is wrong."


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a look rests on.

    Attributes:
        now: this instant.
        deployed: how the deployments are doing.
        told: what the backoffice says, or why it does not.
        stuck: how long a run may go on.
        daily_hour: the hour, in Malta, from which on the daily line is due.
        crm_url: where people see Zoho's leads.
        decide_url: where people decide on records in review.
        report_url: where people see the report.
    """

    now: datetime
    deployed: Sequence[Deployed]
    told: Watched | LeadsyncError
    stuck: timedelta
    daily_hour: int
    crm_url: str
    decide_url: str | None = None
    report_url: str | None = None


def seen(facts: Facts) -> Look:
    """What is wrong, new and due."""
    local = facts.now.astimezone(MALTA)
    blind = isinstance(facts.told, LeadsyncError)
    sights = tuple(_sights(facts))
    return Look(
        at=facts.now,
        sights=sights,
        unseen=(REVIEW,) if blind else (),
        news=_news(facts),
        day=local.date() if local.hour >= facts.daily_hour else None,
        line="\n".join(_line(facts, sights)),
        page=facts.report_url,
    )


def _sights(facts: Facts) -> Iterator[Sight]:
    for one in facts.deployed:
        yield from _broken(one)
        yield from _stuck(one, facts)
    yield from _silent(facts)
    if isinstance(facts.told, LeadsyncError):
        title = "the backoffice does not answer the watch"
        yield Sight(key="backoffice", tier=Tier.ADMIN, title=title, text=str(facts.told), since=facts.now)
    else:
        yield from _waiting(facts.told, facts)


def _broken(one: Deployed) -> Iterator[Sight]:
    if one.last is None or one.last.done:
        return
    how = "crashed" if one.last.state == "CRASHED" else "failed"
    reason = one.last.message or "Its log says why."
    yield Sight(
        key=f"failed:{one.flow}",
        tier=Tier.ADMIN,
        title=f"{one.flow} {how}",
        text=f"{reason} Until a run completes, nothing more is said of it.",
        since=one.last.at,
        link=one.last.url,
    )


def _stuck(one: Deployed, facts: Facts) -> Iterator[Sight]:
    for run in one.going_on:
        if facts.now - run.at > facts.stuck:
            yield Sight(
                key=f"stuck:{one.flow}",
                tier=Tier.ADMIN,
                title=f"a run of {one.flow} does not end",
                text=f"It has been {run.state.lower()} for {age(run.at, facts.now)}. Look at its log; if nothing moves "
                "there, cancel it: the next one reads on.",
                since=run.at,
                link=run.url,
            )
            return


def _silent(facts: Facts) -> Iterator[Sight]:
    there = {one.flow: one for one in facts.deployed}
    for standing in _standings(facts):
        one = there.get(standing.flow)
        if one is None or one.paused or standing.fresh:
            continue
        since = standing.completed_at or one.created
        if facts.now - since > standing.limit:
            title = f"no completed run of {standing.flow} for {standing.limit / timedelta(hours=1):g} hours"
            yield Sight(key=f"silent:{standing.flow}", tier=Tier.ADMIN, title=title, text=DOCTOR, since=since)


def _standings(facts: Facts) -> Iterator[Standing]:
    """By the backoffice, which knows who did all of the work; by Prefect's runs where it does not say."""
    if not isinstance(facts.told, LeadsyncError):
        return standings(facts.told)
    ended = {one.flow: one.completed for one in facts.deployed if one.completed and one.flow in _LIMITED}
    return standings(Freshness(now=facts.now, completed=ended))


_LIMITED = {NAMES[source] for source in LIMITS}


def _waiting(told: Watched, facts: Facts) -> Iterator[Sight]:
    queue = told.waiting.review
    if queue.oldest is not None and told.now - queue.oldest > PATIENCE:
        yield Sight(
            key=REVIEW,
            tier=Tier.TEAM,
            title="records have waited in review for more than a day",
            text=f"{queue.count:,} wait, the oldest for {age(queue.oldest, told.now)}. Decide: `leadsync review`.",
            since=queue.oldest + PATIENCE,
            link=facts.decide_url,
        )


def _news(facts: Facts) -> News | None:
    if isinstance(facts.told, LeadsyncError) or facts.told.news.newest is None:
        return None
    news = facts.told.news
    text = "\n".join(_named(news, facts.crm_url))
    return News(newest=news.newest or facts.now, text=text, count=news.count, link=facts.decide_url)


def _named(news: Newcomers, crm_url: str) -> Iterator[str]:
    yield from (_record(one, crm_url) for one in news.first)
    if rest := news.count - len(news.first):
        yield f"and {rest:,} more."
    yield "Decide: `leadsync review`."


def _record(one: Newcomer, crm_url: str) -> str:
    linked = f", linked to lead {one.lead_id}" if one.lead_id else ""
    link = f" {crm_url}/crm/tab/Leads/{one.source_id}" if one.source is Source.ZOHO else ""
    return f"{one.source}:{one.source_id}: {one.reason}{linked}{link}"


def _line(facts: Facts, sights: Sequence[Sight]) -> Iterator[str]:
    """The daily line: what each flow did, how fresh all is, what waits, what is wrong."""
    if isinstance(facts.told, LeadsyncError):
        yield f"No counts: {facts.told}"
    else:
        yield from (_day(flow, day) for flow, day in sorted(facts.told.day.items())) if facts.told.day else ["No run."]
        waits = rows_of_waiting(facts.told.waiting, facts.told.now)
        yield "Waiting for a person: " + ", ".join(f"{count} {what}" for what, count, _, _ in waits)
    for standing in _standings(facts):
        yield standing.complaint or f"{standing.flow} is fresh: {_ago(standing, facts.now)} ago"
    if paused := [one.flow for one in facts.deployed if one.paused]:
        yield f"Paused: {', '.join(paused)}"
    if sights:
        yield "Not in order: " + "; ".join(sight.title for sight in sights)


def _day(flow: str, day: DayOfFlow) -> str:
    runs = f"{day.runs} run{'' if day.runs == 1 else 's'}" + (f", {day.failed} failed" if day.failed else "")
    return f"{flow}: {runs}; {day.inserted} new, {day.updated} changed, {day.review} to review, {day.rejected} rejected"


def _ago(standing: Standing, now: datetime) -> str:
    return age(now - (standing.age or timedelta()), now)
