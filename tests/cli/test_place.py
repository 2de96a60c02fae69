import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from faces.cli.main import cli
from faces.cli.place import Place
from manifests import TRAEFIK
from platforms.bare.cluster import BareCluster
from platforms.bare.layout import Layout
from platforms.kube.platform import ClusterPlatform, ClusterSettings
from seam.errors import NotRunning, UserError
from seam.provider import Options
from seam.views import PlatformView, RolloutView

ROLLOUT = RolloutView(
    name="smiley",
    namespace="shop",
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
)
VIEW = PlatformView("cluster", "Argo Rollouts", "http://127.0.0.1:1/faces/", "http://127.0.0.1:2", ())


class Platform:
    """Notes which verb was asked for."""

    name = "shop"

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[object, ...], dict[str, object]]] = []

    async def view(self) -> PlatformView:
        return VIEW

    async def rollout(self, name: str) -> RolloutView:
        return replace(ROLLOUT, name=name)

    def __getattr__(self, verb: str) -> Any:
        async def ask(*args: object, **named: object) -> list[str]:
            self.asked.append((verb, args, named))
            return ["smiley-1"]

        return ask


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Stands in for every ClusterPlatform; `started` is how it was asked for."""
    stand_in = Platform()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Platform]:
        yield stand_in

    async def come(settings: ClusterSettings, reach: object, **_: object) -> Any:
        stand_in.asked.append(("settings", (settings, type(reach).__name__), {}))
        return opened()

    monkeypatch.setattr(ClusterPlatform, "attach", come)
    monkeypatch.setattr(ClusterPlatform, "start", come)
    return stand_in


def faces(*words: str) -> Result:
    return CliRunner().invoke(cli, words, standalone_mode=False)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["down"], ("down", (), {})),
        (["promote", "smiley", "--full"], ("promote", ("smiley",), {"full": True})),
        (["abort", "smiley"], ("abort", ("smiley",), {})),
        (["retry", "smiley"], ("retry", ("smiley",), {})),
        (["undo", "smiley", "--to-revision", "3"], ("undo", ("smiley", 3), {})),
        (["clear", "smiley"], ("clear", ("smiley", None, ()), {})),
        (["inject", "smiley", "--as", "errors-5"], ("inject", ("smiley", {"error": {"fraction": 5}}, None), {})),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_verb_reaches_a_run_on_a_cluster(platform: Platform, words: list[str], asked: object) -> None:
    done = faces(*words, "--on", "cluster", "--name", "shop", "--kubeconfig", "k", "--context", "c")
    assert (done.exit_code, done.exception) == (0, None)
    settings = ClusterSettings(str(TRAEFIK), "shop", "k", "c")
    assert platform.asked == [("settings", (settings, "KubectlPortForward"), {}), asked]


def test_a_run_on_a_cluster_has_a_namespace_of_its_own_and_the_manifests_for_clusters(platform: Platform) -> None:
    done = faces("up", "--on", "cluster")
    assert (done.exit_code, done.exception) == (0, None)
    (_, (settings, _), _) = platform.asked[0]
    assert settings == ClusterSettings(str(TRAEFIK), "faces")
    command = "kubectl --namespace faces port-forward svc/front 8080:80"
    assert done.output.splitlines() == [
        "The run faces is up.",
        f"The page: http://127.0.0.1:8080/faces/ while this runs: {command}",
        "Next: faces release smiley --as errors-40 --on cluster --name faces",
        "End it: faces down --on cluster --name faces",
    ]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("words", [["up"], ["status"]], ids=" ".join)
def test_machines_are_told_no_address_that_has_gone_with_the_command(words: list[str]) -> None:
    done = faces(*words, "--on", "cluster", "--json")
    told = json.loads(done.output)
    assert (told["gui"], told["prometheus"], told["engine"]) == ("", "", "Argo Rollouts")


def test_a_bare_cluster_brings_its_own_kubeconfig_and_kubectl(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = SimpleNamespace(kubeconfig="/k", kubectl="/bin/kubectl", reach=lambda: "its own")
    asked: list[str | None] = []
    monkeypatch.setattr(BareCluster, "find", lambda name: asked.append(name) or bare)
    done = faces("status", "--on", "bare", "--cluster", "stage", "--name", "shop")
    assert (done.exit_code, done.exception) == (0, None)
    (_, (settings, reach), _) = platform.asked[0]
    assert (settings.kubeconfig, settings.kubectl, settings.platform, reach) == ("/k", "/bin/kubectl", "bare", "str")
    assert set(asked) == {"stage"}
    assert "/bin/kubectl --kubeconfig /k --namespace shop port-forward svc/front 8080:80" in done.output


def test_without_a_bare_cluster_each_command_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("platforms.machine.places._CLUSTERS", tmp_path)
    for words in (["status"], ["demo", "--auto"], ["up"], ["abort", "smiley"]):
        done = faces(*words, "--on", "bare")
        assert isinstance(done.exception, NotRunning), done.output
        assert str(done.exception) == "No bare cluster is up; make one with `faces cluster up --on bare`."
    assert Layout.of("bare").folder.parent == tmp_path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--kubeconfig", "k"], "--kubeconfig is for --on kind or cluster; leave it out with --on embedded."),
        (["--on", "bare", "--context", "c"], "--context is for --on kind or cluster; leave it out with --on bare."),
        (["--on", "cluster", "--cluster", "c"], "--cluster is for --on bare or kind; leave it out with --on cluster."),
    ],
    ids=" ".join,
)
def test_an_option_that_means_nothing_there_is_refused(words: list[str], sentence: str) -> None:
    for command in (["status"], ["demo"], ["up"], ["retry", "smiley"]):
        done = faces(*command, *words)
        assert isinstance(done.exception, UserError)
        assert str(done.exception) == sentence


@pytest.mark.parametrize("option", ["--port", "--seed"])
def test_what_only_the_embedded_platform_can_do_is_refused_elsewhere(option: str) -> None:
    for command in ("demo", "up"):
        done = faces(command, "--on", "cluster", option, "8080")
        assert isinstance(done.exception, UserError)
        assert str(done.exception) == f"{option} is for --on embedded; leave it out with --on cluster."


def test_a_run_on_a_cluster_that_begins_changes_nothing_before_it_is_waited_for(platform: Platform) -> None:
    assert Place("cluster", Options("shop")).begin(None).name == "shop"
    assert platform.asked == []
