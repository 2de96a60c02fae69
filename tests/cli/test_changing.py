import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from faces.cli.place import Place
from seam.errors import NotRunning, UserError
from seam.views import PlatformView, PodView, ReplicaSetView, RolloutView

Run = Callable[..., tuple[int, str, str]]
PAUSED = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Paused",
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
    replica_sets=(
        ReplicaSetView("smiley-aaa", "aaa", 1, "v1", 1, 1),
        ReplicaSetView("smiley-bbb", "bbb", 2, "v2", 1, 1),
    ),
)


class Platform:
    """Notes what it is asked, and refuses what it is told to."""

    name = "demo"

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.refuses: Exception | None = None
        self.shown = PAUSED

    async def view(self) -> PlatformView:
        return PlatformView("embedded", "engine", "http://127.0.0.1:9/faces/", "", (self.shown,))

    async def rollout(self, name: str) -> RolloutView:
        return replace(self.shown, name=name)

    def __getattr__(self, verb: str) -> Any:
        async def ask(*words: Any, **named: Any) -> list[str]:
            if self.refuses is not None:
                raise self.refuses
            self.asked.append((verb, *words, *named.values()))
            return ["smiley-1", "smiley-2"]

        return ask


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


@pytest.mark.parametrize(
    ("words", "asked", "sentence"),
    [
        (["down"], ("down",), "The run demo is down."),
        (
            ["promote", "smiley"],
            ("promote", "smiley", False),
            "smiley: v2 continues past the pause at 30 % (step 2 of 2).",
        ),
        (["abort", "smiley"], ("abort", "smiley"), "smiley: v2 is aborted at 30 %; all traffic goes back to v1."),
        (["retry", "smiley"], ("retry", "smiley"), "smiley: v2 goes out again, from its first step."),
        (
            ["undo", "smiley"],
            ("undo", "smiley", None),
            "smiley: goes back from v2 to v1 (revision 1), which is stable, at once.",
        ),
        (
            ["inject", "smiley", '{"hang": {"fraction": 1}}', "--version", "v2"],
            ("inject", "smiley", {"hang": {"fraction": 1}}, "v2"),
            "smiley: hang is on in 2 pods: smiley-1, smiley-2.",
        ),
        (
            ["inject", "smiley", "tail_latency=10%:2s", "hang=1", "cells=edge"],
            (
                "inject",
                "smiley",
                {"tail_latency": {"fraction": 10, "ms": 2000}, "hang": {"fraction": 1, "cells": "edge"}},
                None,
            ),
            "smiley: tail_latency and hang are on in 2 pods: smiley-1, smiley-2.",
        ),
        (
            ["clear", "smiley"],
            ("clear", "smiley", None, ()),
            "smiley: every fault is off in 2 pods: smiley-1, smiley-2.",
        ),
        (
            ["clear", "smiley", "error", "hang", "--version", "v2"],
            ("clear", "smiley", "v2", ("error", "hang")),
            "smiley: error and hang are off in 2 pods: smiley-1, smiley-2.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_verb_says_in_one_line_what_it_did(
    faces: Run, platform: Platform, words: list[str], asked: tuple[Any, ...], sentence: str
) -> None:
    assert faces(*words) == (0, f"{sentence}\n", "")
    assert platform.asked == [asked]
    code, said, errors = faces(*words, "--json")
    assert (code, errors) == (0, "")
    told = json.loads(said)
    assert (told["action"], told["message"]) == (words[0], sentence)


@pytest.mark.parametrize("verb", ["promote", "abort", "retry", "undo"])
def test_what_a_platform_refuses_is_one_sentence_and_exit_code_2(faces: Run, platform: Platform, verb: str) -> None:
    platform.refuses = UserError("Rollout smiley is fully promoted: there is nothing to do.")
    assert faces(verb, "smiley") == (2, "", "Rollout smiley is fully promoted: there is nothing to do.\n")


def test_nothing_is_injected_where_nothing_is_named_and_that_is_said(faces: Run, platform: Platform) -> None:
    sentence = (
        "Nothing was injected: FAULTS names no fault. `faces faults` lists them; `faces clear color` switches them off."
    )
    assert faces("inject", "color", "{}") == (2, "", f"{sentence}\n")
    assert platform.asked == []


def test_words_that_are_no_faults_inject_nothing(faces: Run, platform: Platform) -> None:
    sentence = "error=140: fraction cannot be 140; it may be 0 to 100 %, for example error=40%."
    assert faces("inject", "smiley", "error=140") == (2, "", f"{sentence}\n")
    code, said, errors = faces("inject", "smiley", "{error:", "{fraction:", "40}}")
    assert (code, said) == (2, "")
    assert "FAULTS as JSON is one word: put it into quotes" in errors
    assert platform.asked == []


def test_a_fault_that_does_not_exist_is_not_cleared(faces: Run, platform: Platform) -> None:
    code, said, errors = faces("clear", "smiley", "eror")
    assert (code, said) == (2, "")
    assert errors.startswith("There is no fault 'eror'; there are rate_limit, error, ")
    assert errors.endswith(" For example `faces clear smiley error`.\n")
    assert platform.asked == []


@pytest.mark.parametrize("release", ["good", "crash-loop"])
def test_a_release_without_faults_injects_nothing_and_that_is_said(
    faces: Run, platform: Platform, release: str
) -> None:
    sentence = (
        f"Nothing was injected: the release {release} has no faults that can be switched on in running pods of color. "
        "`faces faults` lists the faults."
    )
    assert faces("inject", "color", "--as", release) == (2, "", f"{sentence}\n")
    assert platform.asked == []


def test_the_faults_of_a_release_are_injected_though_they_would_start_later(faces: Run, platform: Platform) -> None:
    assert faces("inject", "smiley", "--as", "turns-bad")[0] == 0
    assert platform.asked == [("inject", "smiley", {"error": {"fraction": 40}}, None)]


def test_a_run_that_is_gone_when_it_is_to_be_ended_is_no_mistake(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(_: Place) -> Any:
        raise NotRunning("No run is up in namespace faces; start one with `faces up --on cluster --name faces`.")

    monkeypatch.setattr(Place, "find", find)
    assert faces("down") == (0, "No run is up: there is nothing to end.\n", "")
    sentence = "No such run is up (--on cluster --name shop): there is nothing to end.\n"
    assert faces("down", "--on", "cluster", "--name", "shop") == (0, sentence, "")


def test_status_tells_of_a_pod_whose_container_ended(faces: Run, platform: Platform) -> None:
    assert "restart" not in faces("status")[1]
    bad = PodView("smiley-bbb-1", ready=False, restarts=2, last_exit_code=137, last_reason="OOMKilled")
    platform.shown = replace(PAUSED, replica_sets=(replace(PAUSED.replica_sets[1], pods=(bad,)),))
    assert "smiley-bbb-1: not ready, 2 restarts, exit code 137 (OOMKilled)\n" in faces("status")[1]


def test_status_names_the_run_and_what_one_can_type_next(faces: Run, platform: Platform) -> None:
    code, said, _ = faces("status")
    assert code == 0
    assert "demo on embedded: engine" in said
    assert "Continue: faces promote smiley --name demo\n" in said
    assert "Go back: faces abort smiley --name demo\n" in said
    platform.shown = replace(PAUSED, phase="Degraded", aborted=True, canary_weight=0, stable_weight=100)
    assert "Try v2 again: faces retry smiley --name demo\n" in faces("status")[1]
    assert json.loads(faces("status", "--json")[1])["name"] == "demo"
