"""How checks are run: all of them, each cause told once, none for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import pytest

from cli.doctor.evidence import Evidence
from cli.doctor.examination import Check, examine
from cli.doctor.finding import Finding, Severity, Unseen, Verdict, exit_code, fine, warning, word
from systems.errors import Misconfigured, Unavailable

DOWN = Misconfigured("Portal", "its key is wrong", "Set another one.")


def check(name: str, look: Callable[[None], Iterator[Verdict]]) -> Check[None]:
    return Check(name, "Portal", look)


def well(_: None) -> Iterator[Verdict]:
    yield fine("it answers")


def raising(error: Exception) -> Callable[[None], Iterator[Verdict]]:
    def look(_: None) -> Iterator[Verdict]:
        yield fine("so far")
        raise error

    return look


def test_findings_come_in_the_order_of_the_checks() -> None:
    def slow(_: None) -> Iterator[Verdict]:
        time.sleep(0.05)
        yield fine("at last")

    found = examine(None, [check("slow", slow), check("quick", well)])
    assert [(finding.check, finding.cause) for finding in found] == [("slow", "at last"), ("quick", "it answers")]


def test_an_error_that_several_checks_meet_is_told_once() -> None:
    first, second, other = examine(None, [check("a", raising(DOWN)), check("b", raising(DOWN)), check("c", well)])
    assert first == Finding("a", Severity.ERROR, "Portal", DOWN.cause, DOWN.cure)
    assert (second.severity, second.cause, second.cure) == (Severity.UNSEEN, "see a", "")
    assert other.severity is Severity.OK


def test_a_check_that_cannot_look_says_why_and_is_no_finding() -> None:
    found = examine(None, [check("a", raising(Unseen("it is not there")))])
    assert [(finding.severity, finding.cause) for finding in found] == [(Severity.UNSEEN, "it is not there")]
    assert exit_code(found) == 0


def test_an_error_names_its_own_system() -> None:
    error = Unavailable("Backoffice", "it is away", "Wait.")
    assert [finding.system for finding in examine(None, [check("a", raising(error))])] == ["Backoffice"]


def test_a_defect_of_a_check_is_a_finding_without_its_text() -> None:
    (found,) = examine(None, [check("a", raising(KeyError("anna@private.example")))])
    assert (found.severity, found.system) == (Severity.ERROR, "leadsync")
    assert "KeyError" in found.cause
    assert "private" not in str(found)


@pytest.mark.parametrize(
    ("severities", "code"),
    [((), 0), (("ok", "not looked at"), 0), (("ok", "warning"), 1), (("warning", "error", "ok"), 2)],
)
def test_the_worst_finding_decides_the_exit_code(severities: tuple[str, ...], code: int) -> None:
    assert exit_code(Finding("a", Severity(severity), "Zoho", "", "") for severity in severities) == code


def test_evidence_is_fetched_once_by_however_many() -> None:
    calls: list[int] = []

    def fetch() -> object:
        calls.append(1)
        return object()

    evidence = Evidence("Zoho", fetch)

    def look(_: None) -> Iterator[Verdict]:
        yield warning(str(id(evidence())), "")

    found = examine(None, [check(str(n), look) for n in range(8)])
    assert len({finding.cause for finding in found}) == 1
    assert calls == [1]


def test_evidence_gives_everybody_the_same_error() -> None:
    def fetch() -> None:
        raise Misconfigured("Zoho", "wrong", "Right it.")

    evidence = Evidence("Zoho", fetch)
    errors = []
    for _ in range(2):
        with pytest.raises(Misconfigured) as caught:
            evidence()
        errors.append(caught.value)
    assert errors[0] is errors[1]


def test_evidence_that_takes_too_long_is_told_and_not_waited_for() -> None:
    released = threading.Event()
    evidence = Evidence("Zoho", released.wait, seconds=0.05)
    later = Evidence("Zoho", released.wait, needs=(evidence,))
    try:
        for one in (evidence, later):
            with pytest.raises(Unavailable, match=r"Zoho: it gave no answer within 0\.05 s"):
                one()
    finally:
        released.set()


def test_the_time_of_what_evidence_needs_is_not_its_own() -> None:
    first = Evidence("Backoffice", lambda: time.sleep(0.1))
    assert Evidence("Zoho", lambda: "quick", needs=(first,), seconds=0.08)() == "quick"


def test_evidence_that_needs_what_failed_is_not_fetched() -> None:
    fetched: list[int] = []
    first = Evidence("Backoffice", lambda: 1 // 0)
    second = Evidence("Zoho", lambda: fetched.append(1), needs=(first,))
    with pytest.raises(ZeroDivisionError):
        second()
    assert fetched == []


def test_a_timeout_that_fetching_raises_is_its_own() -> None:
    def fetch() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        Evidence("Zoho", fetch)()


def test_evidence_sees_the_context_of_whoever_asks() -> None:
    setting = ContextVar("setting", default="none")
    setting.set("mine")
    assert Evidence("Prefect", setting.get)() == "mine"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("quoted", "`quoted`"),
        ("Hot - Qualified", "`Hot - Qualified`"),
        ("anna@private.example", "(not shown)"),
        ("+356 9900 1234", "(not shown)"),
        ("a" * 31, "(not shown)"),
        ("", "(not shown)"),
        ("new\n", "(not shown)"),
    ],
)
def test_only_what_looks_like_a_word_is_shown(text: str, shown: str) -> None:
    assert word(text) == shown
