"""Pictures to draw: one of a busy month, and any at all."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from leads.sources import Source
from report.calendar import DAYS, ZONE, local
from report.picture import Counted, Picture
from systems.report_answers import (
    AgedQueue,
    AgedWaiting,
    CreditsLeft,
    Day,
    Failure,
    KnownRecords,
    Met,
    Reason,
    Report,
    Runs,
)

PRIMARY, BACKUP = "primary-zoho-sync", "backup-portal-sync"
NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)
ATTEMPT = str(UUID(int=7))


def since(now: datetime, days: int = DAYS) -> datetime:
    day = local(now).date() - timedelta(days=days - 1)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def told(now: datetime = NOW, **more: Any) -> Report:  # noqa: ANN401 - any of its fields
    """A backoffice whose flows are fresh and which has known leads for long."""
    completed = {PRIMARY: now - timedelta(minutes=38), BACKUP: now - timedelta(hours=9)}
    began = since(now) - timedelta(days=100)
    return Report.model_validate({"now": now, "since": since(now), "began": began, "completed": completed, **more})


def picture(report: Report | None, *, at: datetime = NOW, **more: Any) -> Picture:  # noqa: ANN401 - any of its fields
    counted = {Source.ZOHO: Counted(leads=8751, at=at), Source.PORTAL: Counted(leads=1533, at=at)}
    return Picture(**{"at": at, "report": report, "counted": counted, **more})


numbers = st.integers(0, 10**9)
texts = st.text(max_size=40)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
statuses = st.sampled_from(["completed", "findings", "skipped", "failed", "crashed", "running"]) | texts


def queues(now: datetime) -> st.SearchStrategy[AgedQueue]:
    ages = st.tuples(numbers, numbers, numbers, numbers)
    reasons = st.lists(st.builds(Reason, reason=texts, count=numbers), max_size=5).map(tuple)
    oldest = st.none() | st.timedeltas(timedelta(minutes=-1), timedelta(days=4000)).map(lambda age: now - age)
    return st.builds(AgedQueue, count=numbers, oldest=oldest, ages=ages, reasons=reasons)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Whatever the backoffice might say."""
    now = draw(moments)
    first = since(now)
    hours = st.integers(0, 24 * DAYS).map(lambda n: first + timedelta(hours=n))
    days: st.SearchStrategy[date] = st.integers(0, DAYS - 1).map(lambda n: local(first).date() + timedelta(days=n))
    flows = st.sampled_from([PRIMARY, BACKUP, "review"]) | texts
    queue = queues(now)
    return Report(
        now=now,
        since=first,
        began=draw(st.none() | hours),
        completed=draw(st.dictionaries(flows, hours, max_size=3)),
        runs=tuple(draw(st.lists(st.builds(Runs, flow=flows, hour=hours, status=statuses, runs=numbers), max_size=9))),
        failures=tuple(
            draw(
                st.lists(
                    st.builds(
                        Failure,
                        attempt_id=texts,
                        flow=flows,
                        status=statuses,
                        started_at=hours,
                        system=texts | st.none(),
                        cause=texts | st.none(),
                        cure=texts | st.none(),
                    ),
                    max_size=5,
                )
            )
        ),
        days=tuple(
            draw(
                st.lists(
                    st.builds(Day, day=days, inserted=numbers, updated=numbers, calls=numbers, credits=numbers),
                    max_size=9,
                )
            )
        ),
        met=tuple(draw(st.lists(st.builds(Met, day=days, zoho=numbers, portal=numbers, both=numbers), max_size=9))),
        waiting=draw(st.builds(AgedWaiting, review=queue, dead_letters=queue, conflicts=queue)),
        known=draw(
            st.dictionaries(st.sampled_from(["zoho", "portal"]), st.builds(KnownRecords, records=numbers, gone=numbers))
        ),
        leads=draw(numbers),
        credits_left=draw(st.none() | st.builds(CreditsLeft, credits=numbers, at=hours)),
    )


pictures = st.builds(
    Picture,
    at=moments,
    report=reports() | st.none(),
    problem=texts,
    counted=st.dictionaries(
        st.sampled_from(list(Source)),
        st.builds(Counted, leads=numbers | st.none(), problem=texts, at=moments),
    ),
)
