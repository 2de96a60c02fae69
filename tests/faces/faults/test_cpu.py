import random

import pytest

from faces.faults import Condition, FaultsRefusedError, Phase, parse_model


@pytest.mark.parametrize("cores", [0.05, 1, 2.5, 64])
def test_so_many_cores_are_busy_until_it_is_switched_off(cores: float) -> None:
    (fault,) = parse_model(f'{{"cpu": {{"cores": {cores}}}}}').lasting().values()
    assert list(fault.course(lambda: 0, random.Random(1))) == [Phase(Condition(burns_cores=cores), None)]


@pytest.mark.parametrize("settings", ["{}", '{"cores": 0}', '{"cores": 65}', '{"cores": "all"}'])
def test_nonsense_is_refused_with_its_field(settings: str) -> None:
    with pytest.raises(FaultsRefusedError, match=r"^cpu\.cores "):
        parse_model(f'{{"cpu": {settings}}}')
