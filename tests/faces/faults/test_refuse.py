import random

import pytest

from faces.faults import Condition, FaultsRefusedError, Phase, parse_model


def test_it_lasts_until_it_is_switched_off() -> None:
    (fault,) = parse_model('{"refuse": {}}').lasting().values()
    assert list(fault.course(lambda: 0, random.Random(1))) == [Phase(Condition(refuses=True), None)]


def test_a_refused_connection_belongs_to_no_request_so_it_cannot_be_narrowed_down_to_some() -> None:
    for field in ("cells", "user", "fraction"):
        with pytest.raises(FaultsRefusedError, match=f"refuse.{field} is unknown here; known are after_s"):
            parse_model(f'{{"refuse": {{"{field}": "edge"}}}}')
