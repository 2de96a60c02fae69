"""The whole platform, against an API server and a controller that are a few lines each."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.kube import changing, delivered, namespaces, readiness
from platforms.kube.platform import ClusterPlatform, ClusterSettings
from seam.errors import NotRunning, PlatformFailed, RunEnded, UserError
from seam.platform import Platform
from seam.releases import PodChange
from seam.views import DeliveryView, EventView, RolloutView
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import HASH, REVISION, healthy, pod, replica_set, rollout, run, under_way

NAMESPACE = "/api/v1/namespaces/run"
ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts"
SMILEY = f"{ROLLOUTS}/smiley"
RUNS = "/apis/argoproj.io/v1alpha1/namespaces/run/analysisruns"
SETS = "/apis/apps/v1/namespaces/run/replicasets"
PODS = "/api/v1/namespaces/run/pods"
EVENTS = "/api/v1/namespaces/run/events"
HASHES = {"v1": "aaa", "v2": "bbb", "v3": "ccc"}


@dataclass
class Controller:
    """Promotes every new revision at once; a paused one looks at nothing."""

    api: FakeApi
    paused: bool = False

    def look(self, path: str, one: dict[str, Any]) -> None:
        if not path.startswith(ROLLOUTS) or self.paused:
            return
        version = one["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
        if str(one["metadata"]["generation"]) == one.get("status", {}).get("observedGeneration"):
            return
        seen = copy.deepcopy(one)
        name, pod_hash = seen["metadata"]["name"], HASHES[version]
        revision = int(seen["metadata"].get("annotations", {}).get(REVISION, 0)) + 1
        seen["metadata"].setdefault("annotations", {})[REVISION] = str(revision)
        seen["status"] = healthy(seen["metadata"]["generation"], pod_hash)
        made = replica_set(pod_hash, version, revision, name)
        made["spec"]["template"] = copy.deepcopy(seen["spec"]["template"])
        made["spec"]["template"]["metadata"]["labels"][HASH] = pod_hash
        made["metadata"]["ownerReferences"] = [{"uid": seen["metadata"]["uid"]}]
        self.api.put(f"{SETS}/{name}-{pod_hash}", made)
        self.api.put(f"{PODS}/{name}-{pod_hash}-1", pod(f"{name}-{pod_hash}-1", f"{name}-{pod_hash}"))
        self.api.put(path, seen)


@dataclass
class Outside:
    """What a Reach leads to: one server that is the front, Prometheus, and the control API of every pod."""

    front: list[int] = field(default_factory=lambda: [200])
    series: list[str] = field(default_factory=lambda: ["request_total"])
    told: list[tuple[str, str, str, Any]] = field(default_factory=list)
    opened: list[tuple[str, str, int]] = field(default_factory=list)
    closed: bool = False
    address: str = ""

    async def open(self, namespace: str, target: str, port: int) -> str:
        self.opened.append((namespace, target, port))
        if target == "svc/absent":
            raise UserError("There is nothing to forward to: absent.")
        return f"{self.address}/{target.replace('/', '-')}" if target.startswith("pod/") else self.address

    async def close(self) -> None:
        self.closed = True

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/faces/", self._faces)
        app.router.add_get("/face/edge/", self._tile)
        app.router.add_get("/api/v1/query", self._query)
        app.router.add_route("*", "/{pod}/faults", self._faults)
        app.router.add_route("*", "/{pod}/faults/{kind}", self._faults)
        return app

    async def _faces(self, _: web.Request) -> web.Response:
        return web.Response(status=self.front.pop(0) if len(self.front) > 1 else self.front[0])

    async def _tile(self, _: web.Request) -> web.Response:
        return web.json_response({"smiley": "😃", "color": "blue"})

    async def _query(self, _: web.Request) -> web.Response:
        return web.json_response({"data": {"result": [{"metric": {"__name__": name}} for name in self.series]}})

    async def _faults(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        whose = "/".join(request.match_info.values())
        self.told.append((whose, request.method, request.headers["Authorization"], body))
        return (
            web.json_response({"error": "too much."}, status=422) if body == {"error": 140} else web.json_response({})
        )


def manifests() -> list[dict[str, Any]]:
    rollouts = [rollout(name=name) for name in ("smiley", "color")]
    for one in rollouts:
        one["metadata"] = {"name": one["metadata"]["name"], "namespace": "faces"}
        del one["status"]
        one["spec"]["strategy"]["canary"]["analysis"] = {"templates": [{"templateName": "success-rate"}]}
    metadata = {"name": "faces-control", "annotations": {"faces.dev/generate": "token"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": ""}}
    metric = {"name": "rate", "provider": {"prometheus": {"query": "request_total"}}}
    analysis = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "success-rate"}}
    return [*rollouts, secret, analysis | {"spec": {"metrics": [metric]}}]


@dataclass
class World:
    api: FakeApi
    controller: Controller
    outside: Outside
    settings: ClusterSettings
    rendered: Path
    stack: AsyncExitStack

    def render(self, documents: list[dict[str, Any]]) -> None:
        self.rendered.write_text(yaml.safe_dump_all(documents))

    async def start(self, **more: Any) -> ClusterPlatform:
        return await self.stack.enter_async_context(await ClusterPlatform.start(self.settings, self.outside, **more))

    async def attach(self) -> ClusterPlatform:
        return await self.stack.enter_async_context(await ClusterPlatform.attach(self.settings, self.outside))


@pytest.fixture
async def world(
    api: FakeApi, write_kubeconfig: Callable[[int], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    for module in (delivered, namespaces, readiness):
        monkeypatch.setattr(module, "_LOOK_S", 0.01)
    controller, outside = Controller(api), Outside()
    api.changed = controller.look
    server = TestServer(outside.app())
    await server.start_server()
    outside.address = str(server.make_url("")).rstrip("/")
    kubectl, rendered = tmp_path / "kubectl", tmp_path / "rendered.yaml"
    kubectl.write_text(f'#!/bin/sh\ncp {rendered} "$4"\n')
    kubectl.chmod(0o755)
    settings = ClusterSettings("folder", "run", kubeconfig=write_kubeconfig(api.port), kubectl=str(kubectl))
    async with AsyncExitStack() as stack:
        made = World(api, controller, outside, settings, rendered, stack)
        made.render(manifests())
        yield made
    await server.close()


def seen_as(platform: Platform) -> Platform:
    """For the type checker: it fits the seam."""
    return platform


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"namespace": "My_Run"}, r"^'My_Run' cannot be the name of a namespace: it must be lower case"),
        ({"namespace": ""}, r"^'' cannot be the name of a namespace"),
        ({"namespace": "a" * 64}, r"cannot be the name of a namespace"),
        (
            {"prometheus": "http://prometheus:9090"},
            r"^'http://prometheus:9090' is not an address of Prometheus: it must be NAM",
        ),
        ({"prometheus": "monitoring/svc/prometheus"}, r"is not an address of Prometheus"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        ClusterSettings(**{"manifests": "folder", "namespace": "run", **settings})


async def until(platform: ClusterPlatform, wanted: Callable[[RolloutView], bool]) -> None:
    async for view in platform.watch("smiley"):
        if wanted(view):
            return


async def test_a_run_comes_up_is_picked_up_by_another_and_goes(world: World) -> None:
    said: list[str] = []
    world.outside.front = [503, 404, 200]
    platform = await world.start(say=said.append)
    view = await seen_as(platform).view()
    assert view.platform == "cluster"
    assert view.engine == "Argo Rollouts on Kubernetes v1.35.4"
    assert (view.gui, view.prometheus) == (f"{world.outside.address}/faces/", world.outside.address)
    assert [(one.name, one.phase) for one in view.rollouts] == [("color", "Healthy"), ("smiley", "Healthy")]
    assert said[0] == "Applying the manifests in namespace run, under Argo Rollouts on Kubernetes v1.35.4."
    assert world.outside.opened[:2] == [("monitoring", "svc/prometheus", 9090), ("run", "svc/front", 80)]
    other = await world.attach()
    assert (await other.rollout("smiley")).current_version == "v1"
    await other.down()
    assert not [path for path in world.api.objects if path == NAMESPACE]
    await other.close()
    assert world.outside.closed
    with pytest.raises(
        NotRunning, match=r"^No run is up in namespace run; start one with `faces up --on cluster --name run`\.$"
    ):
        await world.attach()


async def test_each_document_passes_through_transform(world: World) -> None:
    def hurry(document: dict[str, Any]) -> None:
        if document["kind"] == "Rollout":
            document["spec"]["replicas"] = 7

    platform = await world.start(transform=hurry)
    assert world.api.objects[SMILEY]["spec"]["replicas"] == 7
    world.render(manifests())
    await platform.apply(Path("folder"))
    assert world.api.objects[SMILEY]["spec"]["replicas"] == 7


async def test_retries_are_asked_of_the_mesh_by_its_services_annotations_and_without_a_mesh_refused(
    world: World,
) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "smiley"}, "spec": {}}
    asked = {"smiley": {"retry.linkerd.io/http": "5xx"}}
    world.render([*manifests(), service])
    with pytest.raises(UserError, match=r"^It takes retries or time limits of the mesh \(smiley\)"):
        await world.start(services=asked)
    assert not world.api.objects
    mesh = {"name": "faces", "annotations": {"linkerd.io/inject": "enabled"}}
    world.render([*manifests(), service, {"apiVersion": "v1", "kind": "Namespace", "metadata": mesh}])
    await world.start(services=asked)
    assert world.api.objects[f"{NAMESPACE}/services/smiley"]["metadata"]["annotations"] == asked["smiley"]
    assert world.api.objects[NAMESPACE]["metadata"]["annotations"] == mesh["annotations"]


async def test_a_mesh_run_in_a_namespace_that_is_no_part_of_the_mesh_is_refused_before_anything_changes(
    world: World,
) -> None:
    mesh = {"name": "faces", "annotations": {"linkerd.io/inject": "enabled"}}
    world.render([*manifests(), {"apiVersion": "v1", "kind": "Namespace", "metadata": mesh}])
    world.api.put(NAMESPACE, {"metadata": {"name": "run"}})
    with pytest.raises(UserError, match=r"^Namespace run exists without the annotation linkerd.io/inject=enabled"):
        await world.start()
    assert list(world.api.objects) == [NAMESPACE]


async def test_a_second_run_of_the_same_name_is_refused_and_the_first_is_left_alone(world: World) -> None:
    await world.start()
    with pytest.raises(UserError, match=r"^A run is up in namespace run"):
        await world.start()
    assert SMILEY in world.api.objects


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ({"api": {"denied": {"create secrets"}}}, r"^jane may not create secrets in namespace run\.$"),
        ({"api": {"schema": ""}}, r"^The cluster's Argo Rollouts is too old"),
        ({"settings": {"prometheus": "monitoring/svc/absent:9090"}}, r"^There is nothing to forward to: absent\.$"),
        ({"settings": {"kubectl": "/absent"}}, r"^kubectl is needed"),
        ({"settings": {"context": "other"}}, r"it has no context 'other'; it has fake\.$"),
    ],
)
async def test_what_can_be_known_before_is_said_before_anything_is_changed(
    world: World, trouble: dict[str, dict[str, Any]], sentence: str
) -> None:
    for name, value in trouble.get("api", {}).items():
        setattr(world.api, name, value)
    world.settings = replace(world.settings, **trouble.get("settings", {}))
    with pytest.raises(UserError, match=sentence):
        await world.start()
    assert not world.api.objects


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("controller", r"^Not everything is ready after 0 s\. color: no controller has looked at it; is the Argo"),
        ("front", r"^Nobody is served at svc/front in namespace run after 0 s: it answers 503\.$"),
    ],
)
async def test_a_run_that_does_not_come_up_says_why_and_is_taken_away(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: str, sentence: str
) -> None:
    monkeypatch.setattr(readiness, "_HEALTHY_LIMIT_S", 0.3)
    monkeypatch.setattr(readiness, "_SERVED_LIMIT_S", 0.3)
    world.controller.paused, world.outside.front = trouble == "controller", [503]
    with pytest.raises(PlatformFailed, match=sentence):
        await world.start()
    assert NAMESPACE not in world.api.objects
    assert world.outside.closed


async def test_watching_gives_the_present_view_and_then_each_change_of_that_rollout(world: World) -> None:
    platform = await world.start()
    watching, everything = platform.watch("smiley"), platform.watch_all()
    first = await anext(watching)
    assert (first.name, first.current_version) == ("smiley", "v1")
    assert len((await anext(everything)).rollouts) == 2
    world.api.put(f"{ROLLOUTS}/color", world.api.objects[f"{ROLLOUTS}/color"])  # nothing that anybody sees
    changed = copy.deepcopy(world.api.objects[SMILEY])
    changed["status"] |= {"phase": "Degraded", "message": "why"}
    world.api.put(SMILEY, changed)
    assert (await anext(watching)).message == "why"
    assert (await anext(everything)).rollouts[1].message == "why"
    await watching.aclose()
    await everything.aclose()
    with pytest.raises(UserError, match=r"^There is no Rollout 'smily'; there are color, smiley\.$"):
        await anext(platform.watch("smily"))


async def test_everything_can_be_watched_without_reaching_for_the_page(world: World) -> None:
    platform = await world.start()
    world.outside.opened.clear()
    everything = platform.watch_all(addresses=False)
    view = await anext(everything)
    assert (len(view.rollouts), view.gui, view.prometheus) == (2, "", "")
    assert world.outside.opened == []
    await everything.aclose()


async def test_a_release_is_the_next_version_of_all_that_are_known_and_seen_at_once(world: World) -> None:
    platform = await world.start()
    assert await platform.release("smiley", "errors-40", PodChange({"FAULTS": "{}"})) == "v2"
    view = await platform.rollout("smiley")
    assert (view.current_version, view.release) == ("v2", "errors-40")
    await platform.undo("smiley")
    assert await platform.release("smiley", "good", PodChange()) == "v3"
    env = world.api.objects[SMILEY]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env == [{"name": "VERSION", "value": "v3"}]
    assert await platform.release("smiley", "good", PodChange(), "v2") == "v2"


@pytest.mark.parametrize("annotation", ["faces.dev/identity", "faces.dev/callers"])
async def test_a_release_that_only_a_mesh_of_our_own_makes_bad_is_refused_by_name(
    world: World, annotation: str
) -> None:
    platform, change = await world.start(), PodChange(annotations={annotation: "expired"})
    with pytest.raises(UserError, match=r"expired-certificate is bad by its certificate .* choose another release"):
        await platform.release("smiley", "expired-certificate", change)


async def test_a_version_that_lets_nobody_in_is_told_to_linkerd_by_a_label_and_the_next_one_has_none(
    world: World,
) -> None:
    platform = await world.start()
    meshed = pod("smiley-aaa-2", "smiley-aaa")
    meshed["spec"] = {**meshed["spec"], "initContainers": [{"name": "linkerd-proxy"}]}
    world.api.put(f"{PODS}/smiley-aaa-2", meshed)
    denied = PodChange(annotations={"faces.dev/callers": "nobody"})
    while True:  # until the watch has delivered the pod
        try:
            await platform.release("smiley", "denied-caller", denied)
            break
        except UserError:
            await asyncio.sleep(0.01)
    labels = world.api.objects[SMILEY]["spec"]["template"]["metadata"]["labels"]
    assert labels == {"app": "smiley", "faces.dev/callers": "nobody"}
    for change in ({"faces.dev/identity": "expired"}, {"faces.dev/callers": "gui"}):
        with pytest.raises(
            UserError, match=r"^own is bad by its certificate or by a policy of its own, which no annota"
        ):
            await platform.release("smiley", "own", PodChange(annotations=change))
    await platform.release("smiley", "good", PodChange())
    assert world.api.objects[SMILEY]["spec"]["template"]["metadata"]["labels"] == {"app": "smiley"}


async def test_a_release_that_somebody_else_was_faster_with_is_made_again_and_that_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "platforms.kube")
    platform = await world.start()
    meddled: list[Any] = []

    def meddle(request: web.Request) -> None:
        if request.method == "PATCH" and len(meddled) < 2:
            meddled.append(world.api.put(SMILEY, world.api.objects[SMILEY]))

    world.api.answer = meddle
    assert await platform.release("smiley", "good", PodChange()) == "v2"
    assert len(meddled) == 2
    assert caplog.text.count('"event": "patch retried"') == 2
    world.api.answer = lambda request: status(409, "again") if request.method == "PATCH" else None
    with pytest.raises(PlatformFailed, match=r"^Rollout smiley was changed by somebody else each of the 5 times"):
        await platform.release("smiley", "good", PodChange())


async def test_a_release_whose_answer_is_lost_is_not_made_twice(world: World) -> None:
    platform = await world.start()
    lost: list[Any] = []
    answered = world.api._patch

    async def patch(*arguments: Any) -> Any:
        answer = await answered(*arguments)
        if lost:
            return answer
        lost.append(answer)
        return status(503, "restarting")

    world.api._patch = patch  # type: ignore[method-assign, assignment]
    assert await platform.release("smiley", "good", PodChange()) == "v2"
    assert lost
    assert (await platform.rollout("smiley")).current_version == "v2"


async def test_undo_goes_back_and_refuses_what_is_not_there(world: World) -> None:
    platform = await world.start()
    await platform.release("smiley", "errors-40", PodChange())
    await platform.undo("smiley")
    view = await platform.rollout("smiley")
    assert (view.current_version, view.release) == ("v1", None)
    patches = len(world.api.asked)
    with pytest.raises(UserError, match=r"^Revision 3 is the present one; there are 2 and 3\.$"):
        await platform.undo("smiley", 3)
    assert "PATCH" not in " ".join(world.api.asked[patches:])
    with pytest.raises(UserError, match=r"^There is no revision 99; there are 2 and 3\.$"):
        await platform.undo("smiley", 99)


async def test_commands_are_patches_of_the_status_and_are_seen_at_once(world: World) -> None:
    platform = await world.start()
    await platform.release("smiley", "good", PodChange())
    one = copy.deepcopy(world.api.objects[SMILEY])
    one["status"] = under_way(pauseConditions=[{"reason": "CanaryPauseStep"}], controllerPause=True)
    one["spec"]["paused"] = True
    world.api.put(SMILEY, one)
    await platform.promote("smiley")
    assert "pauseConditions" not in world.api.objects[SMILEY]["status"]
    assert world.api.objects[SMILEY]["spec"]["paused"] is False
    one = copy.deepcopy(world.api.objects[SMILEY])
    one["status"] = under_way(observedGeneration=str(one["metadata"]["generation"]))
    world.api.put(SMILEY, one)
    await platform.promote("smiley", full=True)
    await platform.abort("smiley")
    assert (await platform.rollout("smiley")).aborted
    assert world.api.objects[SMILEY]["status"]["promoteFull"] is True
    await platform.retry("smiley")
    assert not (await platform.rollout("smiley")).aborted
    for command, said in ((platform.retry, "nothing to retry"), (platform.undo, "no Rollout 'smily'")):
        with pytest.raises(UserError, match=said):
            await command("smily" if "smily" in said else "smiley")
    for refused in (platform.abort, platform.promote):
        with pytest.raises(UserError, match=r"^Rollout color is fully promoted: there is nothing to "):
            await refused("color")
    with pytest.raises(UserError, match="nothing to promote"):
        await platform.promote("color", full=True)


async def test_a_command_waits_until_the_controller_has_seen_the_release(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = await world.start()
    world.controller.paused = True
    await platform.release("smiley", "good", PodChange())
    aborting = asyncio.create_task(platform.abort("smiley"))
    done, _ = await asyncio.wait([aborting], timeout=0.1)
    assert not done
    noted = copy.deepcopy(world.api.objects[SMILEY])  # of the new spec, but for its ReplicaSet all is about the old one
    noted["status"]["observedGeneration"] = "2"
    world.api.put(SMILEY, noted)
    done, _ = await asyncio.wait([aborting], timeout=0.1)
    assert not done
    seen = copy.deepcopy(world.api.objects[SMILEY])
    seen["status"] = under_way()
    world.api.put(SMILEY, seen)
    await aborting
    assert world.api.objects[SMILEY]["status"]["abort"] is True
    monkeypatch.setattr(changing, "_OBSERVED_LIMIT_S", 0.1)
    await platform.release("smiley", "good", PodChange())
    with pytest.raises(PlatformFailed, match=r"^No controller has looked at Rollout smiley for 0 s; is it running\?$"):
        await platform.abort("smiley")


async def test_faults_are_switched_in_the_ready_pods_of_one_version_or_of_all(world: World) -> None:
    platform = await world.start()
    await platform.release("smiley", "good", PodChange())
    name = "smiley-bbb-1"
    await until(platform, lambda view: sum(len(one.pods) for one in view.replica_sets) == 2)
    assert await platform.inject("smiley", {"hang": 1}, "v2") == [name]
    assert await platform.clear("smiley") == ["smiley-aaa-1", name]
    (told, method, bearer, body), *cleared = world.outside.told
    assert (told, method, body) == (f"pod-{name}", "PUT", {"hang": 1})
    assert len(bearer) > len("Bearer ") + 30
    assert [(one[1], one[3]) for one in cleared] == [("DELETE", None)] * 2
    await platform.clear("smiley", "v2", ["error", "hang"])
    assert [(one[0], one[1]) for one in world.outside.told[-2:]] == [
        (f"pod-{name}/error", "DELETE"),
        (f"pod-{name}/hang", "DELETE"),
    ]
    assert ("run", f"pod/{name}", 8002) in world.outside.opened
    with pytest.raises(UserError, match=r"^smiley-aaa-1 refused: too much\.$"):
        await platform.inject("smiley", {"error": 140})
    with pytest.raises(UserError, match=r"^smiley has no ready replica of version v9; it runs v1, v2\.$"):
        await platform.inject("smiley", {"hang": 1}, "v9")
    told_before = len(world.outside.told)
    with pytest.raises(UserError, match=r"^No fault was given, so nothing was injected; "):
        await platform.inject("smiley", {})
    assert len(world.outside.told) == told_before
    without = pod("smiley-bbb-1", "smiley-bbb")
    without["spec"]["containers"][0]["ports"].pop()
    world.api.put(f"{PODS}/{name}", without)
    async for objects in platform._watching.states():
        if without["spec"] in [one["spec"] for one in objects.pods]:
            break
    with pytest.raises(UserError, match=r"^smiley has no control port, so no fault can be switched on in it\.$"):
        await platform.inject("smiley", {"hang": 1})


async def test_the_pods_own_metrics_come_through_the_api_server(world: World) -> None:
    platform = await world.start()
    world.api.pages[f"{PODS}/smiley-aaa-1:8001/proxy/metrics"] = "faces_requests_total 3\n"
    assert await platform.pod_metrics("smiley") == {"smiley-aaa-1": "faces_requests_total 3\n"}


async def test_measurements_are_waited_for_and_a_series_that_never_comes_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platforms.measuring._LIMIT_S", 0.3)
    platform = await world.start()
    await platform.measured()
    world.outside.series.clear()
    with pytest.raises(UserError, match=r"^AnalysisTemplate success-rate: metric rate asks for request_total, and "):
        await platform.measured()


async def test_a_template_that_asks_for_more_than_the_data_plane_measures_is_refused_before_anything_changes(
    world: World,
) -> None:
    metadata = {"name": "traefik", "annotations": {"faces.dev/signals": "response_total"}}
    world.render([*manifests(), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}])
    sentence = r"^AnalysisTemplate success-rate: metric rate asks for request_total, which ConfigMap traefik does not "
    with pytest.raises(UserError, match=sentence):
        await world.start()
    assert SMILEY not in world.api.objects


async def test_events_are_those_of_the_rollout_and_no_other_that_had_its_name(world: World) -> None:
    platform = await world.start()
    event = {"type": "Normal", "reason": "RolloutUpdated", "message": "m", "lastTimestamp": "2026-01-01T00:00:05Z"}
    for number, uid in enumerate((world.api.objects[SMILEY]["metadata"]["uid"], "uid-of-one-before")):
        involved = {"kind": "Rollout", "name": "smiley", "uid": uid}
        metadata = {"creationTimestamp": "2026-01-01T00:00:05Z"}
        world.api.put(f"{EVENTS}/{number}", {"metadata": metadata, "involvedObject": involved, **event})
    told = (EventView(1767225605.0, "RolloutUpdated", "m"),)
    assert await platform.events("smiley") == told
    await until(platform, lambda view: view.events == told)
    assert await platform.events("color") == ()
    with pytest.raises(UserError, match="no Rollout 'smily'"):
        await platform.events("smily")


async def test_a_watch_says_so_when_somebody_else_takes_the_run_down(world: World) -> None:
    platform = await world.start()
    one, everything = platform.watch("smiley"), platform.watch_all()
    await anext(one)
    await anext(everything)
    await (await world.attach()).down()
    for path in [path for path in world.api.objects if path.startswith(ROLLOUTS)]:
        world.api.remove(path)
    for watching in (one, everything):
        with pytest.raises(RunEnded, match=r"^The run in namespace run has ended: somebody deleted its Rollouts\.$"):
            [view async for view in watching]
    with pytest.raises(RunEnded):
        await platform.rollout("smiley")


async def test_the_rollouts_of_a_run_cannot_be_added_or_taken_away(world: World) -> None:
    platform = await world.start()
    world.render(manifests()[1:])
    with pytest.raises(
        UserError, match=r"^The Rollouts of a run cannot be added or taken away; end it with `faces down --on cluster"
    ):
        await platform.apply(Path("folder"))


async def test_the_platform_outlives_its_api_server(world: World) -> None:
    platform = await world.start()
    await world.api.stop()
    releasing = asyncio.create_task(platform.release("smiley", "good", PodChange()))
    await asyncio.wait([releasing], timeout=0.2)
    await world.api.start()
    assert await releasing == "v2"
    await until(platform, lambda view: view.current_version == "v2" and view.phase == "Healthy")
    made = run(status={"phase": "Successful"})
    made["metadata"]["ownerReferences"] = [{"uid": world.api.objects[SMILEY]["metadata"]["uid"]}]
    world.api.put(f"{RUNS}/smiley-bbb-2", made)
    await until(platform, lambda view: [one.phase for one in view.analysis_runs] == ["Successful"])


async def test_a_run_that_argo_cd_delivers_says_so_refuses_what_would_be_taken_back_and_outlives_its_application(
    world: World, tmp_path: Path
) -> None:
    await world.start()
    path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/run"
    metadata = {"labels": {"faces.dev/run": "run"}, "finalizers": ["resources"]}
    status = {"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Degraded"}}
    world.api.put(path, {"metadata": metadata, "status": status})
    platform = await world.attach()
    assert (await platform.rollout("smiley")).delivery == DeliveryView("abc", "Synced", "Degraded")
    taken_back = "is delivered from a repository, and Argo CD would take this change back within seconds; use "
    with pytest.raises(UserError, match=f"{taken_back}--by git"):
        await platform.release("smiley", "good", PodChange())
    with pytest.raises(UserError, match=f"{taken_back}`faces gitops revert --on cluster --name run`"):
        await platform.undo("smiley")
    with pytest.raises(UserError, match=f"{taken_back}a commit"):
        await platform.apply(tmp_path)
    world.api.put(path, {**world.api.objects[path], "status": {**status, "health": {"status": "Healthy"}}})
    await until(platform, lambda view: view.delivery == DeliveryView("abc", "Synced", "Healthy"))

    ending = asyncio.create_task(platform.down())
    while "deletionTimestamp" not in world.api.objects[path]["metadata"]:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert f"DELETE {NAMESPACE}" not in world.api.asked
    world.api.remove(path)
    await ending
    assert f"DELETE {NAMESPACE}" in world.api.asked


async def test_an_application_that_nobody_takes_away_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered, "END_LIMIT_S", 0.05)
    platform = await world.start()
    path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/run"
    world.api.put(path, {"metadata": {"labels": {"faces.dev/run": "run"}, "finalizers": ["resources"]}})
    with pytest.raises(PlatformFailed, match="Application run in namespace argocd is still there after 0 s"):
        await platform.down()
