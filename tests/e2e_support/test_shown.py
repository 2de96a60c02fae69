import sys
from pathlib import Path
from typing import Any

import pytest

from e2e import shown
from e2e.shown import GONE, ShownError, Step, Story, Where, outcome, steps


@pytest.fixture
def where(tmp_path: Path) -> Where:
    return Where("kind", "shown-test", None, (), tmp_path)


def fails(_: Where) -> str:
    raise ShownError("it did not hold")


def test_each_step_is_told_with_what_was_seen_and_a_failure_is_one_sentence(where: Where) -> None:
    said: list[str] = []
    story = Story(said.append)
    assert story.play(Step("One", lambda _: "all well"), where)
    assert not story.play(Step("Two", fails), where)
    assert [line.rpartition(" (")[0] or line for line in said] == [
        "One ...",
        "  ✓ all well",
        "Two ...",
        "  ✗ it did not hold",
    ]
    assert [(one["step"], one["ok"], one["seen"]) for one in story.told] == [
        ("One", True, "all well"),
        ("Two", False, "it did not hold"),
    ]


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [("first", ["first", "gone"]), ("second", ["first", "second", "third", "gone"])],
    ids=["no cluster", "a step"],
)
def test_what_did_not_hold_says_nothing_of_the_others_but_without_a_cluster_there_is_nothing_to_see(
    bad: str, wanted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    played: list[str] = []

    def step(title: str) -> Step:
        def run(where: Where) -> str:
            played.append(title)
            return fails(where) if title == bad else "seen"

        return Step(title, run)

    monkeypatch.setattr(shown, "steps", lambda _: [step("first"), step("second"), step("third")])
    monkeypatch.setattr(shown, "GONE", step("gone"))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert shown.main([f"--out={tmp_path}"]) == 1
    assert played == wanted
    assert '"it did not hold"' in (tmp_path / "shown.json").read_text()


def test_argo_cd_has_a_step_of_its_own() -> None:
    assert len(steps(["argocd"])) == len(steps([])) + 1
    assert GONE not in steps(["argocd"])


def test_a_command_that_fails_is_told_with_its_words(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "FACES", Path(sys.executable))
    with pytest.raises(ShownError, match=r"^`faces -c raise SystemExit\('no'\)` ended with 1: no$"):
        where.faces("-c", "raise SystemExit('no')")


@pytest.mark.parametrize("wrong", [{"outcome": "promoted"}, {"ok": False}, {"unmeasured": True}])
def test_a_release_that_did_not_end_as_expected_has_not_shown_anything(wrong: dict[str, Any]) -> None:
    report = {"outcome": "rolled_back", "ok": True, "unmeasured": False, "verdict": "It was rolled back."}
    assert outcome(report, "rolled_back") == "It was rolled back."
    with pytest.raises(ShownError):
        outcome(report | wrong, "rolled_back")


@pytest.mark.parametrize("given", [["--with=flux"], ["--on=bare", "--from=upstream"], ["--on=embedded"]])
def test_what_cannot_be_is_refused_before_anything_is_made(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        shown.main(given)
    assert ended.value.code == 2
    assert capsys.readouterr().err
