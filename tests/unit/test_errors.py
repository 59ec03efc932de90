import pickle

import pytest

from systems import errors
from systems.errors import (
    AttemptClosed,
    Contended,
    ContractBroken,
    CreditsExhausted,
    LeadsyncError,
    Misconfigured,
    PermanentError,
    RateLimited,
    Refused,
    TransientError,
    Unavailable,
    WalkBroken,
)

TRANSIENT = (Unavailable, RateLimited, Contended)
PERMANENT = (Misconfigured, Refused, ContractBroken, WalkBroken, CreditsExhausted, AttemptClosed)


def test_an_error_says_system_cause_and_cure() -> None:
    error = LeadsyncError("Zoho", "the client secret is wrong", "Check ZOHO_CLIENT_SECRET.")
    assert str(error) == "Zoho: the client secret is wrong. Check ZOHO_CLIENT_SECRET."
    assert error.summary() == {
        "system": "Zoho",
        "cause": "the client secret is wrong",
        "cure": "Check ZOHO_CLIENT_SECRET.",
    }


@pytest.mark.parametrize("kind", TRANSIENT)
def test_what_may_pass_is_transient(kind: type[LeadsyncError]) -> None:
    assert issubclass(kind, TransientError)
    assert not issubclass(kind, PermanentError)


@pytest.mark.parametrize("kind", PERMANENT)
def test_what_stays_is_permanent(kind: type[LeadsyncError]) -> None:
    assert issubclass(kind, PermanentError)
    assert not issubclass(kind, TransientError)


@pytest.mark.parametrize("kind", [*TRANSIENT, *PERMANENT])
def test_only_what_the_operator_must_mend_ends_with_2(kind: type[LeadsyncError]) -> None:
    assert kind.exit_code == (2 if kind in {Misconfigured, Refused} else 1)


@pytest.mark.parametrize("kind", [*TRANSIENT, *PERMANENT])
def test_the_tree_at_the_top_of_the_module_shows_every_error(kind: type[LeadsyncError]) -> None:
    assert f"── {kind.__name__} " in str(errors.__doc__)


def test_an_error_survives_the_way_to_another_process() -> None:
    error = RateLimited("Zoho", "cause", "Cure.", status=429, code="X", retry_after=7.0)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy)) == (RateLimited, "Zoho: cause. Cure.")
    assert (copy.status, copy.code, copy.retry_after) == (429, "X", 7.0)
