from pathlib import Path

import pytest

from docs.side_by_side import SCENARIOS, main
from e2e.evidence import Evidence
from tests.e2e_support.stubs import StubPlatform
from tests.e2e_support.test_evidence import rolled_back


async def left_by(folder: Path) -> Path:
    for scenario in SCENARIOS:
        await Evidence(folder / scenario, folder).report(rolled_back(StubPlatform()))
    return folder


async def test_both_platforms_stand_side_by_side_with_numbers_of_their_reports(tmp_path: Path) -> None:
    left, right = await left_by(tmp_path / "left"), await left_by(tmp_path / "right")
    main(left, right, tmp_path)
    text = (tmp_path / "platforms.md").read_text()
    told = "rolled back, 6 of 6: 0 ▸ 30 ▸ 0"
    assert f"| smiley errors-40 | {told} | {told} | ✓ |" in text
    assert "| smiley errors-40 | 9.5 (9.5 to 9.5) | 9.5 (9.5 to 9.5) |" in text
    assert "| smiley errors-40 | 6 of 120 | 6 of 120 |" in text
    assert "no engine" in text
    assert (tmp_path / "platforms.svg").read_text().count("smiley errors-40") == 1


async def test_a_platform_that_lacks_a_scenario_is_named_with_it(tmp_path: Path) -> None:
    left = await left_by(tmp_path / "left")
    with pytest.raises(SystemExit, match=f"nowhere has no report of {SCENARIOS[0]}"):
        main(left, tmp_path / "nowhere", tmp_path)
