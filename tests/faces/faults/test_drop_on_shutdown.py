import random

from faces.faults import Condition, Phase, parse_model


def test_it_drops_whenever_it_is_told_to_go() -> None:
    (fault,) = parse_model('{"drop_on_shutdown": {}}').lasting().values()
    assert list(fault.course(lambda: 0, random.Random(1))) == [Phase(Condition(drops=True), None)]


def test_it_can_begin_later_as_every_fault_can() -> None:
    (fault,) = parse_model('{"drop_on_shutdown": {"after_s": 3}}').lasting().values()
    assert fault.after_s == 3
