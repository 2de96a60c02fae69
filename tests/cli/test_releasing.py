import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from faces.cli import demo
from faces.cli.place import Place

Run = Callable[..., tuple[int, str, str]]


class Platform:
    """Notes what goes out."""

    name = "demo"

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def release(self, *words: Any) -> str:
        self.asked.append(words)
        return "v3"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    stand_in = Platform()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Platform]:
        yield stand_in

    async def find(_: Place) -> Any:
        return opened()

    monkeypatch.setattr(Place, "find", find)
    return stand_in


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[demo.Plan]:
    """What was asked to be watched: it ends with exit code 1."""
    asked: list[demo.Plan] = []

    async def watched(_: object, plan: demo.Plan, story: object) -> int:
        del story
        asked.append(plan)
        return 1

    monkeypatch.setattr(demo, "release_and_watch", watched)
    return asked


def test_a_release_says_which_version_goes_out_and_what_is_wrong_with_it(faces: Run, platform: Platform) -> None:
    assert faces("release", "smiley", "--as", "errors-5") == (
        0,
        "smiley: v3 goes out as errors-5. Fails 5 % of its requests: few enough to be missed.\n",
        "",
    )
    told = json.loads(faces("release", "smiley", "--as", "good", "--version", "v7", "--json")[1])
    assert (told["workload"], told["version"], told["release"]) == ("smiley", "v3", "good")
    assert [(words[0], words[1], words[3]) for words in platform.asked] == [
        ("smiley", "errors-5", None),
        ("smiley", "good", "v7"),
    ]


def test_a_release_whose_faults_start_later_is_not_pushed_by_a_command_that_does_not_stay(
    faces: Run, platform: Platform
) -> None:
    sentence = (
        "turns-bad has faults that are switched on while it goes out; add --watch, which does that, or use "
        "`faces inject`.\n"
    )
    assert faces("release", "smiley", "--as", "turns-bad") == (2, "", sentence)
    assert platform.asked == []


@pytest.mark.usefixtures("platform")
def test_a_release_that_is_watched_is_an_experiment_on_the_run_that_is_up(
    faces: Run, plans: list[demo.Plan], tmp_path: Path
) -> None:
    out = tmp_path / "report"
    words = ["color", "--as", "turns-bad", "--version", "v9", "--watch", "--auto", "--promote-pauses"]
    code, said, errors = faces("release", *words, "--rate", "5", "--timeout", "60", "--out", str(out), "--name", "x")
    assert (code, said, errors) == (1, "", "")
    (plan,) = plans
    asked = plan.experiment
    assert (asked.release.name, asked.workload, asked.version) == ("turns-bad", "color", "v9")
    assert (asked.rate, asked.limit_s, asked.unattended, asked.promote_pauses) == (5, 60, True, True)
    assert plan.out == out
    assert plan.typed("promote color") == "faces promote color --name x"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "report"], "--out is for --watch; add it, or leave this out."),
        (["--timeout", "600"], "--timeout is for --watch; add it, or leave this out."),
        (["--promote-pauses"], "--promote-pauses is for --watch; add it, or leave this out."),
        (["--watch", "--promote-pauses"], "--promote-pauses is for --auto: attended, you promote with"),
        (["--watch", "--json"], "--json is not for --watch: use --out DIR, and read report.json there."),
    ],
    ids=" ".join,
)
def test_an_option_that_would_mean_nothing_is_refused(
    faces: Run, platform: Platform, words: list[str], sentence: str
) -> None:
    code, said, errors = faces("release", "smiley", *words)
    assert (code, said) == (2, "")
    assert f"Error: {sentence}" in errors
    assert platform.asked == []


@pytest.mark.usefixtures("platform")
def test_a_folder_for_the_report_is_tried_before_anything_goes_out(
    faces: Run, plans: list[demo.Plan], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "report"
    code, _, errors = faces("release", "smiley", "--watch", "--out", str(out))
    assert code == 2
    assert errors.startswith(f"--out {out}: no report can be written there: Not a directory.")
    assert plans == []
