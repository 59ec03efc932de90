"""What a look sees, rule by rule, on values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.watching.prefect_runs import Deployed, Run
from flows.watching.sights import Facts, seen
from flows.watching.telegram_html import html
from leads.incidents import Kind, Message, Tier
from systems.backoffice_answers import Newcomer, Newcomers, Queue, Waiting, Watched
from systems.errors import Unavailable

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRIMARY, BACKUP = "primary-zoho-sync", "backup-portal-sync"
DOWN = Unavailable("Backoffice", "it did not answer in time", "Try again later.")
FRESH = {PRIMARY: NOW - timedelta(minutes=10), BACKUP: NOW - timedelta(hours=10)}


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def flow(name: str = PRIMARY, *runs: Run, **facts: Any) -> Deployed:  # noqa: ANN401 - fields of many types
    ended = [run for run in runs if run.state in ("COMPLETED", "FAILED", "CRASHED")]
    going = tuple(run for run in runs if run not in ended)
    return Deployed(
        **{
            "flow": name,
            "paused": False,
            "created": ago(days=30),
            "last": ended[0] if ended else None,
            "going_on": going,
            **facts,
        }
    )


def told(**facts: Any) -> Watched:  # noqa: ANN401 - fields of many types
    return Watched(**{"now": NOW, "completed": FRESH, "waiting": Waiting(), "news": Newcomers(), **facts})


def keys(*deployed: Deployed, told: Any = None, at: datetime = NOW) -> list[str]:  # noqa: ANN401 - either answer
    return [sight.key for sight in seen(facts(*deployed, told=told, at=at)).sights]


def facts(*deployed: Deployed, told: Any = None, at: datetime = NOW) -> Facts:  # noqa: ANN401 - either answer
    return Facts(
        now=at,
        deployed=deployed,
        told=told or Watched(now=NOW, completed=FRESH, waiting=Waiting(), news=Newcomers()),
        stuck=timedelta(hours=1),
        daily_hour=8,
        crm_url="https://crm.zoho.eu",
        decide_url="https://prefect.example/decide",
    )


@pytest.mark.parametrize(("state", "seen"), [("FAILED", True), ("CRASHED", True), ("COMPLETED", False)])
def test_a_flow_whose_last_run_did_not_end_well_is_seen(state: str, seen: bool) -> None:  # noqa: FBT001 - a row
    assert (keys(flow(PRIMARY, Run(state=state, at=ago(minutes=5)))) == [f"failed:{PRIMARY}"]) is seen


@pytest.mark.parametrize(("minutes", "seen"), [(59, False), (61, True)])
def test_a_run_that_goes_on_for_longer_than_it_may_is_seen_once(minutes: int, seen: bool) -> None:  # noqa: FBT001
    runs = [Run(state="RUNNING", at=ago(minutes=minutes)), Run(state="PENDING", at=ago(minutes=minutes))]
    assert keys(flow(PRIMARY, *runs)) == ([f"stuck:{PRIMARY}"] if seen else [])


@pytest.mark.parametrize(("name", "hours", "seen"), [(PRIMARY, 1.9, False), (PRIMARY, 2.1, True), (BACKUP, 27, True)])
def test_silence_counts_from_the_last_time_that_all_work_was_done(
    name: str,
    hours: float,
    seen: bool,  # noqa: FBT001 - a row
) -> None:
    silent = told(completed=FRESH | {name: ago(hours=hours)})
    assert keys(flow(PRIMARY), flow(BACKUP), told=silent) == ([f"silent:{name}"] if seen else [])


def test_failures_break_no_silence() -> None:
    failing = flow(PRIMARY, Run(state="FAILED", at=ago(minutes=1)), completed=ago(hours=3))
    assert keys(failing, told=told(completed={PRIMARY: ago(hours=3)})) == [f"failed:{PRIMARY}", f"silent:{PRIMARY}"]


def test_a_paused_flow_and_one_that_is_not_deployed_may_be_silent() -> None:
    nothing = told(completed={})
    assert keys(flow(PRIMARY, paused=True), told=nothing) == []


@pytest.mark.parametrize(("hours", "seen"), [(1, False), (3, True)])
def test_a_flow_that_never_completed_is_silent_since_it_was_deployed(hours: int, seen: bool) -> None:  # noqa: FBT001
    assert bool(keys(flow(PRIMARY, created=ago(hours=hours)), told=told(completed={}))) is seen


@pytest.mark.parametrize(("hours", "silent"), [(1, []), (3, [f"silent:{PRIMARY}"])])
def test_without_the_backoffice_silence_counts_by_prefects_runs(hours: int, silent: list[str]) -> None:
    look = seen(facts(flow(PRIMARY, completed=ago(hours=hours)), told=DOWN))
    assert [sight.key for sight in look.sights] == [*silent, "backoffice"]
    assert (look.unseen, look.news) == (("review",), None)
    assert "No counts: Backoffice: it did not answer in time" in look.line


@pytest.mark.parametrize(("hours", "seen"), [(23, False), (25, True)])
def test_a_review_queue_is_seen_when_its_oldest_is_older_than_a_day(hours: int, seen: bool) -> None:  # noqa: FBT001
    waiting = Waiting(review=Queue(count=3, oldest=ago(hours=hours)))
    assert keys(told=told(waiting=waiting)) == (["review"] if seen else [])


def test_news_name_records_and_leads_and_link_to_zoho() -> None:
    lead = "00000000-0000-4000-8000-000000000001"
    first = (
        Newcomer(source="zoho", source_id="7", reason="was deleted"),
        Newcomer(source="portal", source_id="p1", reason="identity changed", lead_id=lead),
    )
    news = seen(facts(told=told(news=Newcomers(count=5, newest=NOW, first=first)))).news
    assert news is not None
    assert news.text.splitlines() == [
        "zoho:7: was deleted https://crm.zoho.eu/crm/tab/Leads/7",
        f"portal:p1: identity changed, linked to lead {lead}",
        "and 3 more.",
        "Decide: `leadsync review`.",
    ]


@pytest.mark.parametrize(("hour", "day"), [(6, None), (7, "2026-11-24"), (23, "2026-11-25")])
def test_the_daily_line_is_due_from_its_hour_on_in_malta(hour: int, day: str | None) -> None:
    look = seen(Facts(**{**vars(facts()), "now": NOW.replace(hour=hour), "daily_hour": 8 if hour != 23 else 0}))
    assert (look.day.isoformat() if look.day else None) == day


def test_everything_is_escaped_and_cut_to_what_telegram_takes() -> None:
    message = Message(
        kind=Kind.BEGUN, tier=Tier.ADMIN, title="a <b> & c", text="<" * 5000, link='https://prefect.example/?a="b"&c'
    )
    text = html(message)
    assert text.startswith("🔴 <b>a &lt;b&gt; &amp; c</b>\n&lt;")
    assert text.endswith('<a href="https://prefect.example/?a=&quot;b&quot;&amp;c">Look at it in Prefect</a>')
    assert 3000 < text.count("&lt;") < 4000
