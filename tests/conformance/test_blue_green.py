"""Scenarios of the blue-green strategy."""

from conformance import real, virtual
from conformance.scenario import Scenario


def scenario(**blue_green: object) -> Scenario:
    script = [{"at": 3, "release": "v2"}]
    return Scenario(name="one", rule="0", what="", blueGreen=blue_green, script=script, until=5)


def test_its_two_services_are_named_and_made() -> None:
    rollout = scenario(autoPromotionEnabled=False).rollout()
    strategy = rollout["spec"]["strategy"]
    assert list(strategy) == ["blueGreen"]
    assert strategy["blueGreen"]["autoPromotionEnabled"] is False
    assert real._services(rollout) == ["app-active", "app-preview"]


def test_a_null_takes_the_preview_service_away() -> None:
    assert real._services(scenario(previewService=None).rollout()) == ["app-active"]


def test_a_decision_says_what_both_services_select() -> None:
    decisions = virtual.play(scenario(autoPromotionEnabled=False)).decisions
    assert [(one.active, one.preview) for one in decisions] == [("", "v1"), ("v1", "v1"), ("v1", "v2"), ("v1", "v2")]
    assert decisions[-1].pauses == ("BlueGreenPause",)
