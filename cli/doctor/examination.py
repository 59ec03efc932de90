"""All checks at once, each told once: what a check cannot see because of another one's finding is no finding."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from cli.doctor.finding import Finding, Severity, Unseen, Verdict, failure
from tasks.defects import safe_error

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Check(Generic[C]):
    """One thing that doctor looks at.

    Attributes:
        name: in kebab case; scripts may rely on it.
        system: whose matter it is.
        look: gives the verdicts on a case, at least one.
    """

    name: str
    system: str
    look: Callable[[C], Iterable[Verdict]]


def examine(case: C, checks: Sequence[Check[C]]) -> list[Finding]:
    """Looks at everything at once and tells the findings in the order of the checks.

    Where several checks fail by the same error, the first one tells it, and the others were not looked at.
    """
    with ThreadPoolExecutor(max(1, len(checks))) as pool:
        looks = [pool.submit(copy_context().run, _look, case, check) for check in checks]
        outcomes = [look.result() for look in looks]
    told: dict[str, str] = {}
    findings: list[Finding] = []
    for check, outcome in zip(checks, outcomes, strict=True):
        findings += (_finding(check, verdict) for verdict in _verdicts(check, outcome, told))
    return findings


def _look(case: C, check: Check[C]) -> list[Verdict] | Exception:
    try:
        return list(check.look(case))
    except Exception as error:  # noqa: BLE001 - one check's failure is a finding, not the end
        return error


def _verdicts(check: Check[C], outcome: list[Verdict] | Exception, told: dict[str, str]) -> Iterator[Verdict]:
    if isinstance(outcome, list):
        yield from outcome
    elif isinstance(outcome, Unseen):
        yield Verdict(Severity.UNSEEN, str(outcome))
    else:
        problem = safe_error(outcome)
        first = told.setdefault(str(problem), check.name)
        yield failure(problem) if first == check.name else Verdict(Severity.UNSEEN, f"see {first}")


def _finding(check: Check[C], verdict: Verdict) -> Finding:
    return Finding(check.name, verdict.severity, verdict.system or check.system, verdict.cause, verdict.cure)
