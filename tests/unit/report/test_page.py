"""The page as a document: whatever it is drawn from, it is whole, says everything as text, and needs nothing else."""

import re
from datetime import datetime, timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings

from leads.sources import Source
from report.page import POLICY, STYLE, page
from report.picture import Counted, Picture
from systems.report_answers import AgedQueue, AgedWaiting, Day, Failure, KnownRecords, Met, Report, Runs
from tests.unit.report.pictures import ATTEMPT, BACKUP, NOW, PRIMARY, picture, pictures, since, told

VOID = {"meta", "link", "rect", "path", "br"}
ATTACK = "<script src=https://evil.example/x.js></script>\"'><img src=x onerror=alert(1)>"
LOADING = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href"}


class Document(HTMLParser):
    """A page's elements, attributes and texts; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read(drawn: Picture) -> Document:
    return Document(page(drawn))


@settings(max_examples=25, deadline=None)
@given(pictures)
def test_any_numbers_and_texts_make_a_whole_page_that_loads_and_runs_nothing(drawn: Picture) -> None:
    document = read(drawn)
    assert not document.tags & {"script", "img", "iframe", "object", "embed", "base", "form", "use", "image"}
    names = [name for name, _ in document.attributes]
    assert not [name for name in names if name.startswith("on") or name == "style"]
    assert {value for name, value in document.attributes if name in LOADING} == {"data:,"}
    assert not re.search(r"url\(|@import", STYLE)


@settings(max_examples=25, deadline=None)
@given(pictures)
def test_every_shape_of_any_picture_lies_within_its_chart(drawn: Picture) -> None:
    text = page(drawn)
    for chart in re.findall(r'<svg class="chart" viewBox="0 0 ([\d.]+) ([\d.]+)".*?>(.*?)</svg>', text, re.DOTALL):
        width, height = float(chart[0]), float(chart[1])
        boxes = re.findall(r'<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"', chart[2])
        assert boxes
        for x, y, across, down in (tuple(map(float, box)) for box in boxes):
            assert min(x, y, across, down) >= 0
            assert x + across <= width + 0.1
            assert y + down <= height + 0.1


@pytest.mark.parametrize(
    "more",
    [
        {
            "failures": (
                Failure(attempt_id=ATTACK, flow=ATTACK, status="failed", started_at=NOW, system=ATTACK, cause=ATTACK),
            )
        },
        {"runs": (Runs(flow=ATTACK, hour=NOW, status=ATTACK, runs=1),)},
        {
            "waiting": AgedWaiting(
                review=AgedQueue.model_validate({"count": 1, "reasons": [{"reason": ATTACK, "count": 1}]})
            )
        },
    ],
    ids=["failure", "run", "reason"],
)
def test_texts_from_outside_stay_texts(more: dict[str, Any]) -> None:
    text = page(picture(told(**more)))
    assert ATTACK not in text
    assert "<script" not in text
    assert escape(ATTACK, quote=False)[:20] in text


def test_the_policy_allows_the_page_its_own_style_and_nothing_else() -> None:
    text = page(picture(told()))
    assert f"<style>{STYLE}</style>" in text
    assert [part.split()[0] for part in POLICY.split("; ")] == [
        *("default-src", "style-src", "img-src"),
        *("base-uri", "form-action"),
    ]
    assert "unsafe" not in POLICY
    assert ("content", POLICY) in Document(text).attributes


def test_fresh_flows_without_findings_are_well() -> None:
    assert read(picture(told())).text.count("All is well") == 2  # title and heading


@pytest.mark.parametrize(
    ("hours", "title"),
    [({PRIMARY: 3, BACKUP: 3}, "The backoffice falls behind"), ({PRIMARY: 1}, "The backoffice falls behind")],
)
def test_a_flow_that_stands_still_is_the_first_thing_that_is_said(hours: dict[str, int], title: str) -> None:
    completed = {flow: NOW - timedelta(hours=age) for flow, age in hours.items()}
    assert title in read(picture(told(completed=completed))).text


def test_what_has_waited_for_more_than_a_day_or_failed_within_one_needs_a_look() -> None:
    late = AgedWaiting(review=AgedQueue(count=3, oldest=NOW - timedelta(days=4, hours=3), ages=(0, 3, 0, 0)))
    failure = Failure(attempt_id=ATTEMPT, flow=PRIMARY, status="failed", started_at=NOW - timedelta(hours=2))
    document = read(picture(told(waiting=late, failures=(failure,))))
    assert "Fresh, and something needs a look" in document.text
    assert "Records in review: 3 wait, the oldest for 4 d 3 h. leadsync review" in document.text
    assert "primary-zoho-sync failed on Tue 24 Nov, 10:40" in document.text


@pytest.mark.parametrize(
    "more",
    [
        {"waiting": AgedWaiting(review=AgedQueue(count=3, oldest=NOW - timedelta(hours=23), ages=(3, 0, 0, 0)))},
        {"failures": (Failure(attempt_id=ATTEMPT, flow=PRIMARY, status="failed", started_at=NOW - timedelta(days=2)),)},
    ],
    ids=["review of today", "failure of the day before yesterday"],
)
def test_what_is_young_or_long_past_is_shown_and_no_complaint(more: dict[str, Any]) -> None:
    assert "All is well" in read(picture(told(**more))).text


def test_a_new_installation_is_told_what_comes_next() -> None:
    document = read(picture(Report(now=NOW, since=since(NOW)), counted={}))
    assert "Nothing has run yet" in document.text
    for command in ("leadsync doctor", "leadsync run primary --dry-run", "leadsync deploy"):
        assert command in document.text
    assert "Runs of" not in document.text


def test_a_backoffice_that_does_not_answer_leaves_a_page_with_what_the_others_say() -> None:
    document = read(picture(None, problem="Backoffice: it did not answer in time. Try again later."))
    assert "The backoffice does not say how things stand" in document.text
    assert "Backoffice: it did not answer in time. Try again later." in document.text
    assert "8,751" in document.text
    assert "Runs of" not in document.text


def test_the_three_systems_stand_side_by_side_and_one_that_is_silent_says_so() -> None:
    counted = {
        Source.ZOHO: Counted(leads=8751, at=NOW - timedelta(minutes=4)),
        Source.PORTAL: Counted(problem="It does not say: no answer.", at=NOW),
    }
    known = {"zoho": KnownRecords(records=8761, gone=12)}
    document = read(picture(told(leads=9127, known=known), counted=counted))
    assert "Backoffice 9,127 – –" in document.text
    assert "Zoho CRM 8,751 8,749 38 min ago Counted 4 min ago." in document.text
    assert "Sales portal ? 0 9 h ago It does not say: no answer." in document.text


def test_every_chart_has_its_numbers_as_a_table_too() -> None:
    day = NOW.date()
    document = read(
        picture(
            told(
                runs=[Runs(flow=PRIMARY, hour=NOW.replace(minute=0), status="findings", runs=2)],
                met=[Met(day=day, zoho=5, portal=1, both=1234)],
                days=[Day(day=day, inserted=11, updated=22, calls=33, credits=44)],
            )
        )
    )
    for row in ("Tue 24 Nov primary-zoho-sync 2 findings", "Tue 24 Nov 5 1,234 1", "Tue 24 Nov 11 22", "Tue 24 Nov 44"):
        assert row in document.text
    assert "33 calls" in document.text


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (
            datetime.fromisoformat("2026-11-24T11:40:00+00:00"),
            "Tue 24 Nov, 12:40 2026, all times in Europe/Malta (CET)",
        ),
        (
            datetime.fromisoformat("2026-07-31T22:30:00+00:00"),
            "Sat 1 Aug, 00:30 2026, all times in Europe/Malta (CEST)",
        ),
    ],
)
def test_times_are_those_of_malta_by_name(at: datetime, said: str) -> None:
    assert said in read(picture(told(at), at=at)).text
