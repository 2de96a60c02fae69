import io
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from chaos.experiment import Session
from chaos.record import Tone
from faces.cli.demo import awaited
from faces.cli.place import Place
from faces.cli.status import print_status
from faces.cli.story import Story
from loadgen.samples import Sample
from seam.provider import Ready, workloads_ready
from seam.views import EventView, MetricView, PlatformView, RolloutView


def told(sentence: str, tone: Tone = Tone.PLAIN, *, terminal: bool = False, width: int = 60) -> str:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=width, color_system="standard" if terminal else None)
    Story(console).tell(sentence, tone)
    return written.getvalue()


@pytest.mark.parametrize(("tone", "mark"), [(Tone.PLAIN, "·"), (Tone.GOOD, "✓"), (Tone.BAD, "✗")])
def test_each_sentence_is_a_line_with_its_time_and_its_mark(tone: Tone, mark: str) -> None:
    assert re.fullmatch(rf" +0\.\d s  {mark} v2 serves everybody\.\n", told("v2 serves everybody.", tone))


def test_what_is_ready_is_a_line_of_a_check_list() -> None:
    assert told(Ready("Envoy is ready.")).endswith("✓ Envoy is ready.\n")
    assert told(workloads_ready(["smiley", "face"])).endswith("✓ 2 workloads are ready: face, smiley.\n")
    assert str(workloads_ready(["gui"])) == "1 workload is ready: gui."


def test_a_long_sentence_stays_one_line_and_brackets_are_no_markup() -> None:
    sentence = "word " * 40 + "[bold]x[/bold]"
    line = told(sentence)
    assert line.count("\n") == 1
    assert line.endswith(sentence + "\n")


def test_color_only_repeats_what_the_words_say() -> None:
    colored = told("rolled back", Tone.BAD, terminal=True)
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored).endswith("✗ rolled back\n")
    assert "\x1b" not in told("rolled back", Tone.BAD)


SMILEY = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Progressing",
    message="",
    revision=2,
    stable_hash="aaa",
    current_hash="bbb",
    stable_version="v1",
    current_version="v2",
    current_step_index=1,
    steps=({"setWeight": 30}, {"pause": {}}),
    canary_weight=30,
    stable_weight=70,
    aborted=False,
)


def sample(t: float, *, ok: bool = True) -> Sample:
    return Sample(t=t, ms=3, kind="tile", ok=ok, status=200 if ok else 500, user="u")


def test_on_a_terminal_the_last_line_counts_the_visitors_of_the_last_seconds() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Story(console) as story:
        story.visitors([sample(100, ok=False)] * 10, 100)
        story.visitors([sample(104)] * 15 + [sample(104, ok=False)] * 5, 106)
        assert story._status is not None
        assert str(story._status.status) == "Visitors: 75.0 % happy, 5 failed of 4 requests/s"


def test_what_is_waited_for_stands_before_the_visitors_in_one_line() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Story(console) as story:
        assert story._status is not None
        story.visitors([sample(104)] * 20, 104, ["first measurement in 12 s", "pause: 8 s left"])
        assert str(story._status.status) == "first measurement in 12 s · pause: 8 s left · visitors: 100.0 % happy"
        console.width = 40
        story.visitors([], 104, ["first measurement in 12 s", "pause: 8 s left"])
        assert len(str(story._status.status)) == 37


def run_of(view: RolloutView, ended_at: float | None = None) -> Session:
    """Somebody who has watched one release, as far as the countdown asks."""
    run = SimpleNamespace(last=view, ended_at=ended_at)
    return cast("Session", SimpleNamespace(runs=[run]))


def test_what_the_last_release_waits_for_is_counted_down() -> None:
    metric = MetricView("success-rate", "run", "Running", next_at=112.0)
    paused = replace(SMILEY, phase="Paused", metrics=(metric,), events=(EventView(100, "RolloutPaused", ""),))
    paused = replace(paused, steps=({"setWeight": 30}, {"pause": {"duration": "20s"}}))
    assert awaited(run_of(paused), 105.5) == ["first measurement in 7 s", "pause: 15 s left"]
    assert awaited(run_of(replace(paused, metrics=()), 120), 121) == ["visitors are watched for 10 s more"]
    assert awaited(run_of(replace(paused, aborted=True), 120), 121) == ["visitors have 10 s to recover"]
    assert awaited(run_of(paused, 120), 140) == []
    assert awaited(cast("Session", SimpleNamespace(runs=[])), 100) == []


def test_without_a_terminal_visitors_are_not_counted_aloud() -> None:
    written = io.StringIO()
    with Story(Console(file=written)) as story:
        story.visitors([sample(100)], 100)
    assert written.getvalue() == ""


def test_status_shows_every_rollout_with_its_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    print_status("demo", PlatformView("embedded", "an engine", "http://page", "http://prometheus", (SMILEY,)), Place())
    said = capsys.readouterr().out
    for part in (
        "demo on embedded: an engine",
        "smiley",
        "Progressing",
        "1/2",
        "30 %",
        "v2 has 30 % of the traffic; v1 has 70 %.",
    ):
        assert part in said
