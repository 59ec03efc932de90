"""What makes an automation another one."""

from prefect.events.schemas.automations import AutomationCore

from deployments.automations import _content

EVENTS = [f"prefect.flow-run.{number}" for number in range(40)]


def automation(after: list[str], within: int = 60) -> AutomationCore:
    trigger = {"type": "event", "posture": "Proactive", "after": after, "threshold": 1, "within": within}
    return AutomationCore.model_validate({"name": "leadsync-tried", "trigger": trigger, "actions": []})


def test_the_order_in_which_a_server_tells_its_events_is_no_difference() -> None:
    assert _content(automation(EVENTS)) == _content(automation(EVENTS[::-1]))


def test_another_window_is_a_difference() -> None:
    assert _content(automation(EVENTS)) != _content(automation(EVENTS, within=61))
