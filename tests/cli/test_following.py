"""`faces status --watch`, and `faces status` of one Rollout."""

import json
import re
import sys
from collections.abc import Callable

import pytest

from faces.cli.following import Lines, only
from faces.cli.place import Place
from seam.errors import UserError
from tests.chaos.report.releases import RELEASED_AT, rolled_back
from tests.cli.drawing.releases import on_platform, resting, view_at, views_of
from tests.cli.watched import PlayedPlatform

Run = Callable[..., tuple[int, str, str]]
STORY = [on_platform(resting("color"), view) for _, view in views_of(rolled_back())]
ENDED = "The run 'played' was ended by somebody else.\n"


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> PlayedPlatform:
    platform = PlayedPlatform([STORY[0], *STORY, STORY[-1]], "http://page/")

    async def find(_: Place) -> PlayedPlatform:
        return platform

    monkeypatch.setattr(Place, "find", find)
    return platform


def test_without_a_terminal_the_trees_come_once_and_then_a_line_for_each_change(
    faces: Run, played: PlayedPlatform
) -> None:
    code, said, errors = faces("status", "--watch")
    assert (code, errors) == (1, ENDED)
    assert played.asked_for_addresses == [False], "nobody has to reach the page for this"
    assert said.startswith("played on embedded: an engine\ncolor   ✓ Healthy  v3 serves everybody.\n")
    assert said.count("Name:") == 1
    assert "\x1b" not in said
    changes = [line.split("  ", 2) for line in said.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", line)]
    assert {name for _, name, _ in changes} == {"smiley"}
    told = [change for _, _, change in changes]
    assert told.count("SetWeight: 30, ActualWeight: 30") == 1
    assert told[-1] == "Verdict: v4 was aborted: rolled back to v3."


def test_as_json_each_change_is_a_document_on_a_line(faces: Run, played: PlayedPlatform) -> None:
    code, said, _ = faces("status", "--watch", "--json")
    documents = [json.loads(line) for line in said.splitlines()]
    assert code == 1
    assert len(documents) == len(STORY), "the same view twice is no change"
    assert {document["name"] for document in documents} == {"played"}
    smiley = [document["rollouts"][1] for document in documents]
    assert [one["weights"]["canary"] for one in smiley] == [0, 30, 30, 30, 50, 50, 50, 0]
    assert played.asked_for_addresses == [False]


def test_one_rollout_can_be_asked_for_by_its_name(faces: Run, played: PlayedPlatform) -> None:
    del played
    documents = [json.loads(line) for line in faces("status", "color", "--watch", "--json")[1].splitlines()]
    assert [[one["name"] for one in document["rollouts"]] for document in documents] == [["color"]]
    assert [one["name"] for one in json.loads(faces("status", "color", "--json")[1])["rollouts"]] == ["color"]
    once = faces("status", "color")[1]
    assert "Name:         color" in once
    assert "The page: http://page/" in once
    sentence = "There is no Rollout 'smily'; there are color, smiley.\n"
    assert faces("status", "smily") == (2, "", sentence)
    assert faces("status", "smily", "--watch") == (2, "", sentence)


def test_status_of_a_run_shows_the_tree_of_what_is_not_at_rest(faces: Run, played: PlayedPlatform) -> None:
    del played
    said = faces("status")[1]
    assert "Name:         smiley" in said
    assert "├─ # revision 4: v4, canary, released as errors-40" in said
    assert "Name:         color" not in said


def test_ctrl_c_is_how_it_ends(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("faces.cli.looking.ask", interrupted)
    assert faces("status", "--watch") == (0, "", "")


def test_who_stops_reading_ends_it_without_a_word(
    faces: Run, played: PlayedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    del played
    moved: list[tuple[int, int]] = []

    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", gone)
    monkeypatch.setattr("faces.cli.following.os.dup2", lambda *ends: moved.append(ends))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    assert faces("status", "--watch", "--json") == (0, "", "")
    assert len(moved) == 1, "what is still buffered goes nowhere"


def test_a_line_has_the_time_and_the_rollout() -> None:
    lines = Lines("demo")
    list(lines.of(on_platform(view_at(0.3)), RELEASED_AT))
    first, *_ = lines.of(on_platform(view_at(2)), RELEASED_AT)
    assert re.fullmatch(r"\d\d:\d\d:\d\d  smiley  Status: Paused: CanaryPauseStep", first)
    assert list(lines.of(on_platform(view_at(2)), RELEASED_AT)) == []


def test_only_one_rollout_is_left() -> None:
    assert only(STORY[0], None) is STORY[0]
    assert [view.name for view in only(STORY[0], "smiley").rollouts] == ["smiley"]
    with pytest.raises(UserError, match=r"^There is no Rollout 'x'; there are color, smiley\.$"):
        only(STORY[0], "x")
