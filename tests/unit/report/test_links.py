"""Signed links: who has one opens the report until it ends, and nobody makes one without the secret."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.report_link import VALID, Judgement, judged, report_link

SECRET = "only-the-endpoint-knows-this"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def parts(secret: str = SECRET) -> tuple[str, str]:
    asked = parse_qs(urlsplit(report_link("https://leadsync.example", secret, now=NOW)).query)
    return asked["until"][0], asked["signature"][0]


def test_a_link_leads_to_the_report_and_tells_nothing_of_the_secret() -> None:
    link = report_link("https://leadsync.example", SECRET, now=NOW)
    assert link.startswith("https://leadsync.example/report?until=")
    assert SECRET not in link


@pytest.mark.parametrize(
    ("later", "judgement"),
    [
        (timedelta(0), Judgement.VALID),
        (VALID - timedelta(seconds=1), Judgement.VALID),
        (VALID, Judgement.EXPIRED),
        (timedelta(days=400), Judgement.EXPIRED),
    ],
)
def test_a_link_ends_after_a_week(later: timedelta, judgement: Judgement) -> None:
    assert judged(SECRET, *parts(), now=NOW + later) is judgement


def test_a_link_of_another_secret_is_forged() -> None:
    assert judged(SECRET, *parts("another-secret-of-ours"), now=NOW) is Judgement.FORGED


def test_a_longer_time_needs_another_signature() -> None:
    until, signature = parts()
    assert judged(SECRET, str(int(until) + 1), signature, now=NOW) is Judgement.FORGED


@given(st.text(), st.text())
def test_whatever_a_stranger_sends_is_forged(until: str, signature: str) -> None:
    assert judged(SECRET, until, signature, now=NOW) is Judgement.FORGED
