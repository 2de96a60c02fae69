from dataclasses import replace
from typing import Any

import pytest

from faces.cli.drawing.steps import Reached, actual_weight, seconds_of, set_weight, step_of, stepper, words_of
from tests.cli.drawing.releases import resting, view_at


@pytest.mark.parametrize(
    ("step", "seconds", "words"),
    [
        ({"setWeight": 30}, None, "30 %"),
        ({"pause": {"duration": "20s"}}, 20, "watch 20 s"),
        ({"pause": {"duration": 7}}, 7, "watch 7 s"),
        ({"pause": {"duration": "90"}}, 90, "watch 90 s"),
        ({"pause": {"duration": "1m30s"}}, 90, "watch 90 s"),
        ({"pause": {"duration": "1500ms"}}, 1, "watch 1 s"),
        ({"pause": {"duration": "5m"}}, 300, "watch 5 min"),
        ({"pause": {"duration": "2h"}}, 7200, "watch 2 h"),
        ({"pause": {}}, None, "wait for a person"),
        ({"pause": {"duration": "soon"}}, None, "wait for a person"),
        ({"analysis": {"templates": []}}, None, "check"),
        ({"setHeaderRoute": {}}, None, "setHeaderRoute"),
        ({}, None, "step"),
    ],
)
def test_a_step_in_words_and_its_seconds(step: dict[str, Any], seconds: int | None, words: str) -> None:
    assert (seconds_of(step), words_of(step)) == (seconds, words)


def test_weights_are_those_that_the_kubectl_plugin_shows() -> None:
    assert (set_weight(view_at(0.3)), actual_weight(view_at(0.3))) == (30, 0)  # the first step, not yet acknowledged
    assert (set_weight(view_at(2)), actual_weight(view_at(2))) == (30, 30)
    assert (set_weight(view_at(9)), actual_weight(view_at(9))) == (50, 50)
    assert (set_weight(view_at(13.8)), actual_weight(view_at(13.8))) == (0, 50)  # aborted, on its way back
    assert (set_weight(resting()), actual_weight(resting())) == (100, 100)
    waits = replace(view_at(2), steps=({"pause": {}}, {"setWeight": 30}), current_step_index=0)
    assert set_weight(waits) == 0
    assert set_weight(replace(view_at(2), current_step_index=6)) == 100
    unobserved = replace(view_at(0.3), current_hash="", current_step_index=None)
    assert (set_weight(unobserved), actual_weight(unobserved)) == (0, 0)
    assert set_weight(replace(unobserved, steps=())) == 100


def test_the_present_step_is_named_while_a_release_is_under_way() -> None:
    assert step_of(view_at(2)) == "1/6 (watch 7 s)"
    assert step_of(view_at(20)) == "0/6"  # aborted
    assert step_of(resting()) == "6/6"


def test_the_steps_say_how_far_it_got() -> None:
    assert [step.reached for step in stepper(view_at(2), 1)] == [Reached.DONE, Reached.NOW] + [Reached.LATER] * 4
    ended = [step.reached for step in stepper(view_at(20), 3)]
    assert ended == [Reached.DONE] * 3 + [Reached.ENDED_HERE] + [Reached.NEVER] * 2
    assert {step.reached for step in stepper(view_at(20), 0)} == {Reached.NEVER}
    assert {step.reached for step in stepper(resting(), 0)} == {Reached.DONE}
