"""The page: a picture of health as one HTML document that needs nothing but itself."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from flows.freshness import Standing, standings
from report.bars import Part, bars
from report.calendar import NAME, days, local, moment_text, span_text
from report.counts import counts
from report.picture import Picture
from report.queues import queues
from report.timeline import timeline
from report.verdict import verdict
from systems.report_answers import Report

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
"""The Content-Security-Policy that the page lives under: it loads nothing and runs nothing."""

PATHS = (Part(kind="zoho", name="Zoho"), Part(kind="both", name="both"), Part(kind="portal", name="portal only"))
CHANGES = (Part(kind="inserted", name="new"), Part(kind="updated", name="changed"))
CREDITS = (Part(kind="credits", name="credits"),)
METER = 340.0

_environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """A flow's freshness: its age in words and as a share of its limit, at most 1."""

    flow: str
    fresh: bool
    age: str
    limit: str
    ended: str
    share: float


def page(picture: Picture) -> str:
    """Renders a picture."""
    return _environment.get_template("page.html.j2").render(
        style=Markup(STYLE),  # noqa: S704 - our own file, and without < in it
        policy=POLICY,
        at=moment_text(picture.at),
        year=local(picture.at).year,
        zone=f"{NAME} ({local(picture.at):%Z})",
        verdict=verdict(picture),
        counts=counts(picture),
        body=None if picture.report is None or picture.report.began is None else _body(picture.report),
        meter=METER,
    )


def _body(report: Report) -> dict[str, Any]:
    shown = days(report.since, report.now)
    met = {day.day: (day.zoho, day.both, day.portal) for day in report.met}
    changes = {day.day: (day.inserted, day.updated) for day in report.days}
    credits_used = {day.day: (day.credits,) for day in report.days}
    return {
        "days": len(shown),
        "gauges": [_gauge(standing) for standing in standings(report)],
        "timeline": timeline(report, shown),
        "met": bars("Leads that leadsync met", shown, PATHS, met),
        "changes": bars("Leads written", shown, CHANGES, changes),
        "cost": bars("Zoho credits", shown, CREDITS, credits_used),
        "calls": f"{sum(day.calls for day in report.days):,}",
        "left": _left(report),
        "queues": queues(report.waiting, report.now),
        "failures": [(moment_text(failure.started_at), failure) for failure in report.failures],
    }


def _gauge(standing: Standing) -> Gauge:
    age, limit = standing.age, standing.limit
    return Gauge(
        flow=standing.flow,
        fresh=standing.fresh,
        age="never" if age is None else span_text(age),
        limit=f"{limit / timedelta(hours=1):g} h",
        ended="" if standing.completed_at is None else moment_text(standing.completed_at),
        share=0.0 if age is None else min(1.0, max(0.0, age / limit)),
    )


def _left(report: Report) -> str:
    """What Zoho said last of the credits that are left, with the moment; empty if it did not."""
    left = report.credits_left
    return "" if left is None else f"{left.credits:,} on {moment_text(left.at)}"
