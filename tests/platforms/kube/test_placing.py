import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube.placing import (
    check_owned,
    in_order,
    is_meshed,
    namespace_of,
    placed,
    replaced_spec,
    token_of,
    with_annotations,
    with_live_routing,
    with_token,
)
from seam.errors import UserError
from tests.platforms.kube.objects import HASH, rollout

Document = dict[str, Any]


def of(kind: str, name: str = "x", **parts: Any) -> Document:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "faces"}, **parts}


def test_a_document_is_moved_into_the_runs_namespace_and_labelled_as_the_runs() -> None:
    given_labels = of("Service") | {"metadata": {"name": "x", "namespace": "faces", "labels": {"app": "x"}}}
    moved = placed(given_labels, "mine")
    assert moved["metadata"] == {"name": "x", "namespace": "mine", "labels": {"app": "x", "faces.dev/run": "mine"}}
    assert given_labels["metadata"]["namespace"] == "faces"


def test_references_to_the_folders_own_namespace_move_along_and_no_others() -> None:
    binding = of("RoleBinding", subjects=[{"kind": "ServiceAccount", "name": "t", "namespace": "faces"}])
    assert placed(binding, "mine")["subjects"][0]["namespace"] == "mine"
    route = of("HTTPRoute", spec={"parentRefs": [{"name": "face"}, {"name": "gateway", "namespace": "linkerd"}]})
    assert placed(route, "mine")["spec"] == route["spec"]


@pytest.mark.parametrize("written_for", ["faces", "somewhere-else"])
def test_a_traffic_router_plugin_is_told_the_runs_namespace(written_for: str) -> None:
    one = rollout()
    plugin = {"argoproj-labs/gatewayAPI": {"httpRoute": "smiley", "namespace": written_for}}
    one["spec"]["strategy"]["canary"]["trafficRouting"] = {"plugins": plugin}
    moved = placed(one, "mine")["spec"]["strategy"]["canary"]["trafficRouting"]["plugins"]
    assert moved == {"argoproj-labs/gatewayAPI": {"httpRoute": "smiley", "namespace": "mine"}}


def test_a_document_without_labels_or_namespace_can_be_placed() -> None:
    moved = placed({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "labels": None}}, "mine")
    assert moved["metadata"] == {"name": "x", "namespace": "mine", "labels": {"faces.dev/run": "mine"}}


def test_the_runs_namespace_is_restricted_unless_a_namespace_among_the_documents_says_otherwise() -> None:
    labels = namespace_of([of("Service")], "mine")["metadata"]["labels"]
    assert labels == {
        "app.kubernetes.io/part-of": "faces",
        "faces.dev/run": "mine",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
    own = of("Namespace", "faces")
    own["metadata"] |= {
        "labels": {"pod-security.kubernetes.io/enforce": "baseline", "faces.dev/run": "other"},
        "annotations": {"linkerd.io/inject": "enabled"},
    }
    metadata = namespace_of([own], "mine")["metadata"]
    assert metadata["name"] == "mine"
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    assert metadata["labels"]["pod-security.kubernetes.io/warn"] == "restricted"
    assert metadata["labels"]["faces.dev/run"] == "mine"
    assert metadata["annotations"] == {"linkerd.io/inject": "enabled"}


@given(
    st.permutations(["Rollout", "Namespace", "Deployment", "Secret", "ServiceAccount", "AnalysisTemplate", "Service"])
)
def test_what_others_refer_to_is_applied_before_them_and_rollouts_last(kinds: list[str]) -> None:
    order = [document["kind"] for document in in_order(of(kind) for kind in kinds)]
    assert order == ["ServiceAccount", "Secret", "Service", "AnalysisTemplate", "Deployment", "Rollout"]


def secret(**parts: Any) -> Document:
    metadata = {"name": "faces-control", "annotations": {"faces.dev/generate": "token"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **parts}


def new() -> str:
    return "new"


def never() -> str:
    raise AssertionError("a token is there already")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("given", "live", "make", "token"),
    [
        (secret(stringData={"token": ""}), None, new, "new"),
        (secret(), None, new, "new"),
        (secret(stringData={"token": ""}), secret(data={"token": encoded("old")}), never, "old"),
        (secret(stringData={"token": ""}), secret(data={}), new, "new"),
        (secret(stringData={"token": "written"}), secret(data={"token": encoded("old")}), never, "written"),
        (secret(data={"token": encoded("written")}), None, never, "written"),
    ],
)
def test_a_token_is_generated_once_and_kept(
    given: Document, live: Document | None, make: Callable[[], str], token: str
) -> None:
    filled = with_token(given, live, make)
    assert token_of(filled) == token
    assert "token" not in filled.get("stringData", {})


def test_a_secret_that_asks_for_nothing_is_left_as_it_is() -> None:
    plain = of("Secret", stringData={"password": "x"})
    assert with_token(plain, None, never) == plain
    assert token_of(plain) == ""


def test_the_hash_that_a_controller_put_into_a_selector_stays() -> None:
    service = of("Service", spec={"selector": {"app": "smiley"}})
    live = of("Service", spec={"selector": {"app": "old", HASH: "aaa"}})
    assert with_live_routing(service, live)["spec"]["selector"] == {"app": "smiley", HASH: "aaa"}
    assert with_live_routing(service, of("Service", spec={})) == service
    headless = of("Service", spec={"clusterIP": "None"})
    assert with_live_routing(headless, live) == headless


@pytest.mark.parametrize(
    "path",
    [("weighted", "services"), ("rules", 0, "backendRefs")],
    ids=["TraefikService", "HTTPRoute"],
)
def test_the_weights_that_a_controller_wrote_stay(path: tuple[str | int, ...]) -> None:
    def routes(stable: int, canary: int, *, port: int = 80) -> Document:
        value: Any = [
            {"name": "smiley-stable", "port": port, "weight": stable},
            {"name": "smiley-canary", "port": port, "weight": canary},
        ]
        for step in reversed(path):
            value = [value] if isinstance(step, int) else {step: value}
        return of("Route", spec=value)

    assert with_live_routing(routes(100, 0, port=8080), routes(70, 30)) == routes(70, 30, port=8080)


def test_a_destination_that_is_new_has_its_own_weight_and_one_without_weight_gets_none() -> None:
    given = of("R", spec={"services": [{"name": "new", "weight": 5}, {"name": "plain"}, "odd"]})
    live = of("R", spec={"services": [{"name": "gone", "weight": 50}, {"name": "plain"}]})
    assert with_live_routing(given, live) == given


json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "weight", "x"]), inner),
    max_leaves=12,
)


@given(json, json)
def test_only_weights_are_ever_taken_from_the_live_object(spec: Any, live: Any) -> None:
    def without_weights(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_weights(part) for key, part in value.items() if key != "weight"}
        return [without_weights(part) for part in value] if isinstance(value, list) else value

    before = copy.deepcopy(spec)
    merged = with_live_routing(of("R", spec=spec), of("R", spec=live))
    assert without_weights(merged["spec"]) == without_weights(before)


def test_a_live_rollout_gets_the_whole_spec_of_its_manifest_but_for_replicas_that_are_left_open() -> None:
    live, document = rollout("v2", replicas=5), rollout("v1")
    assert replaced_spec(document, live)[1]["value"] == document["spec"]
    assert replaced_spec(document, live)[0]["value"] == live["metadata"]["resourceVersion"]
    del document["spec"]["replicas"]
    assert replaced_spec(document, live)[1]["value"]["replicas"] == 5
    assert "replicas" not in document["spec"]


def test_an_object_of_somebody_else_is_not_touched() -> None:
    check_owned(placed(of("Service"), "mine"), "mine")
    for other in (of("Service", "face"), placed(of("Service", "face"), "theirs")):
        with pytest.raises(UserError, match=r"^Service face in namespace mine was not created by this run; "):
            check_owned(other, "mine")


def meshed(**annotations: str) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": "faces", "annotations": annotations}}


SPLIT = {"kind": "Service", "metadata": {"name": "smiley", "annotations": {"theirs": "1"}}}
RETRIES = {"smiley": {"retry.linkerd.io/http": "5xx"}}


@pytest.mark.parametrize(
    ("documents", "is_one"),
    [
        ([], False),
        ([SPLIT], False),
        ([{"kind": "Namespace", "metadata": {"name": "faces"}}], False),
        ([meshed(**{"linkerd.io/inject": "disabled"})], False),
        ([SPLIT, meshed(**{"linkerd.io/inject": "enabled"})], True),
    ],
)
def test_manifests_are_of_a_mesh_if_their_namespace_asks_for_its_proxy(
    documents: list[dict[str, Any]], *, is_one: bool
) -> None:
    assert is_meshed(documents) is is_one


def test_what_the_mesh_shall_do_with_requests_to_a_service_comes_on_top_of_its_own_annotations() -> None:
    documents = [meshed(**{"linkerd.io/inject": "enabled"}), copy.deepcopy(SPLIT)]
    _, changed = with_annotations(documents, RETRIES)
    assert changed["metadata"]["annotations"] == {"theirs": "1", "retry.linkerd.io/http": "5xx"}
    assert documents[1] == SPLIT
    assert with_annotations([SPLIT], {}) == [SPLIT]


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        (
            [SPLIT],
            r"^It takes retries or time limits of the mesh \(smiley\), and these manifests are of none\. Use --m",
        ),
        (
            [meshed(**{"linkerd.io/inject": "enabled"})],
            r"^There is no Service 'smiley' in these manifests, which the release needs\.$",
        ),
    ],
)
def test_annotations_that_nobody_would_read_are_refused(documents: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        with_annotations(documents, RETRIES)
