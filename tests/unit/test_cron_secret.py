"""Who deploys without a secret for the cron endpoint is offered one."""

import re

import pytest

from deployments.cron.secret import offer
from systems.settings import CronSettings, load


@pytest.mark.parametrize("known", [None, "short"], ids=["none", "too short"])
def test_a_fresh_secret_is_offered_where_there_is_none_that_will_do(
    known: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRON_SECRET", raising=False)
    if known:
        monkeypatch.setenv("CRON_SECRET", known)
    (first,), (second,) = list(offer()), list(offer())
    found = re.search(r"CRON_SECRET=([0-9a-f]{64})$", first)
    assert found
    assert first != second
    monkeypatch.setenv("CRON_SECRET", found[1])
    assert load(CronSettings)
    assert list(offer()) == []
