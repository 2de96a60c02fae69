import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.faults import Garbling, Plan, parse_model
from faces.faults.corrupt_json import corrupted

Planned = Callable[..., list[Plan]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
def test_the_share_of_answers_that_are_no_json_is_the_one_asked_for(
    fraction: float, planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    plans = planned(parse_model(f'{{"corrupt_json": {{"fraction": {fraction}}}}}'), REQUESTS)
    struck = [plan for plan in plans if plan != Plan()]
    assert len(struck) in bounds(REQUESTS, fraction)
    assert set(struck) <= {Plan(garblings=(Garbling("corrupt_json", corrupted),))}


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.none())))
def test_no_object_is_json_afterwards(answer: dict[str, object]) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(corrupted(json.dumps(answer).encode()))
