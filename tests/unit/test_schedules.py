"""A whole year of both schedules, through the classes of Prefect's own scheduler."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text(encoding="utf-8"))
MALTA = ZoneInfo("Europe/Malta")
YEAR = 2027
AHEAD = timedelta(days=4)
LOOK = timedelta(hours=2, minutes=30)
LEAP = date(YEAR, 3, 28)
"""The day whose 02:00 does not exist."""


def schedule(name: str) -> CronSchedule:
    (entry,) = [entry for entry in DOCUMENT["deployments"] if entry["tags"][-1] == name]
    (fields,) = entry["schedules"]
    return CronSchedule(cron=fields["cron"], timezone=fields["timezone"])


async def _fires(name: str) -> list[datetime]:
    asked = schedule(name)
    return [
        datetime.fromtimestamp(fire.timestamp(), UTC)
        for now in _looks()
        for fire in await asked.get_dates(3, now, now + AHEAD)
    ]


def fires(name: str, zone: ZoneInfo) -> list[datetime]:
    """When a schedule fires in the year, asked for as the scheduler does: again and again, a bit ahead.

    An instant counts once, because Prefect makes one run of an instant however often it comes up.
    """
    instants = sorted(set(asyncio.run(_fires(name))))
    return [instant for instant in instants if instant.astimezone(zone).year == YEAR]


def _looks() -> Iterator[datetime]:
    now = datetime(YEAR - 1, 12, 30, tzinfo=UTC)
    while now.year <= YEAR:
        yield now
        now += LOOK


@pytest.fixture(scope="module")
def daily() -> list[datetime]:
    return fires("backup", MALTA)


@pytest.fixture(scope="module")
def hourly() -> list[datetime]:
    return fires("primary", ZoneInfo("UTC"))


def test_retention_fires_once_on_each_sunday_at_half_past_three_in_malta() -> None:
    local = [instant.astimezone(MALTA) for instant in fires("retention", MALTA)]
    assert [moment.date() for moment in local] == [date(YEAR, 1, 3) + timedelta(weeks=week) for week in range(52)]
    assert {(moment.hour, moment.minute) for moment in local} == {(3, 30)}


def test_the_backup_fires_exactly_once_on_each_day_in_malta(daily: list[datetime]) -> None:
    dates = [instant.astimezone(MALTA).date() for instant in daily]
    assert dates == [date(YEAR, 1, 1) + timedelta(days=day) for day in range(365)]


def test_the_backup_fires_at_two_in_malta_except_where_there_is_no_two(daily: list[datetime]) -> None:
    local = {instant.astimezone(MALTA) for instant in daily}
    odd = {moment.date(): moment.hour for moment in local if (moment.hour, moment.minute) != (2, 0)}
    assert odd == {LEAP: 3 if sys.version_info >= (3, 13) else 1}


def test_the_backup_fires_at_the_first_of_the_two_twos_in_october(daily: list[datetime]) -> None:
    (instant,) = [moment for moment in daily if moment.astimezone(MALTA).date() == date(YEAR, 10, 31)]
    assert instant == datetime(YEAR, 10, 31, 0, tzinfo=UTC)


def test_the_primary_fires_at_every_hour_of_the_year(hourly: list[datetime]) -> None:
    assert len(hourly) == 8_760
    assert {after - before for before, after in pairwise(hourly)} == {timedelta(hours=1)}
    assert {(instant.minute, instant.second) for instant in hourly} == {(0, 0)}
