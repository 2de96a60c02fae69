import random

import pytest

from faces.faults import Condition, FaultsRefusedError, Phase, parse_model


def test_it_lasts_until_it_is_switched_off() -> None:
    (fault,) = parse_model('{"slow_accept": {"ms": 250}}').lasting().values()
    assert list(fault.course(lambda: 0, random.Random(1))) == [Phase(Condition(accept_s=0.25), None)]


def test_no_time_at_all_is_no_fault() -> None:
    with pytest.raises(FaultsRefusedError, match=r"slow_accept.ms should be greater than 0"):
        parse_model('{"slow_accept": {"ms": 0}}')
