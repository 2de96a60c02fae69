import random

import pytest

from faces.faults import Condition, FaultsRefusedError, Phase, parse_model


@pytest.mark.parametrize(("settings", "most"), [('{"mb_per_s": 20}', 512), ('{"mb_per_s": 20, "up_to_mb": 90}', 90)])
def test_it_grows_until_it_is_switched_off_and_never_without_an_end(settings: str, most: float) -> None:
    (fault,) = parse_model(f'{{"memory": {settings}}}').lasting().values()
    phases = [Phase(Condition(leaks_mb_per_s=20, leaks_mb=most), None)]
    assert list(fault.course(lambda: 0, random.Random(1))) == phases


@pytest.mark.parametrize("settings", ["{}", '{"mb_per_s": 0}', '{"mb_per_s": 1, "up_to_mb": 0}', '{"mb_per_s": 1e9}'])
def test_nonsense_is_refused_with_its_field(settings: str) -> None:
    with pytest.raises(FaultsRefusedError, match=r"^memory\.(mb_per_s|up_to_mb) "):
        parse_model(f'{{"memory": {settings}}}')
