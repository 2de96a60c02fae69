"""The arguments of a Rollout's analysis, from wherever they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from rollouts import Invalid, Unsupported, parse_rollout
from rollouts.fields import field_of
from rollouts.status import RolloutStatus

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster, MakeDocument

NOWHERE = "leads nowhere in the Rollout"
AT = "spec.strategy.canary"


def argument(path: str, name: str = "x") -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def analysis(*args: dict[str, Any]) -> dict[str, Any]:
    return {"analysis": {"templates": [{"templateName": "t"}], "args": list(args)}}


def found(document: dict[str, Any], path: str, **status: Any) -> str:
    return field_of(parse_rollout(document), path, replace(RolloutStatus.initial(), **status), revision=3)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metadata.name", "smiley"),
        ("metadata.namespace", "faces"),
        ("metadata.uid", "0-1"),
        ("metadata.labels['team']", "a"),
        ("metadata.labels['nobody']", ""),
        ("metadata.annotations['faces.dev/Note']", "calm"),
        ("metadata.annotations['rollout.argoproj.io/revision']", "3"),
        ("metadata.labels", 'team="a"'),
        ("metadata.annotations", 'faces.dev/Note="calm"\nrollout.argoproj.io/revision="3"'),
    ],
)
def test_metadata_is_read_as_the_downward_api_reads_it(document: MakeDocument, path: str, text: str) -> None:
    written = document()
    written["metadata"] |= {"uid": "0-1", "annotations": {"faces.dev/Note": "calm"}}
    assert found(written, path) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("spec.replicas", "4"),
        ("spec.template.spec.containers[0].image", "v1"),
        ("spec.template.spec.containers.0.image", "v1"),
        ("spec.strategy.canary.steps[2].setWeight", "50"),
        ("spec.progressDeadlineSeconds", "1e+06"),
        ("spec.strategy.canary.abortScaleDownDelaySeconds", "0"),
        ("spec.minReadySeconds", "2"),
        ("status.stableRS", "abc"),
        ("status.abort", "true"),
        ("kind", "Rollout"),
    ],
)
def test_any_other_path_is_walked_through_the_json(document: MakeDocument, path: str, text: str) -> None:
    written = document({"abortScaleDownDelaySeconds": 0}, progressDeadlineSeconds=1_000_000, minReadySeconds=2)
    assert found(written, path, stable_rs="abc", abort=True) == text


def test_replicas_that_nobody_wrote_are_one(document: MakeDocument) -> None:
    assert found(document(replicas=None), "spec.replicas") == "1"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("spec.nothing", NOWHERE),
        ("spec.replicas.deeper", f"{NOWHERE}: there is no deeper"),
        ("spec.template.spec.containers[1].image", f"{NOWHERE}: there is no 1"),
        ("spec.template.spec.containers[last].image", f"{NOWHERE}: there is no last"),
        ("spec.template", "leads to several values in the Rollout, and must lead to one"),
        ("spec.strategy.canary.steps", "leads to several values in the Rollout, and must lead to one"),
        ("spec.progressDeadlineSeconds", NOWHERE),
        ("spec.paused", NOWHERE),
        ("spec.strategy.canary.dynamicStableScale", NOWHERE),
        ("status.stableRS", NOWHERE),
        ("metadata.generation", "is no path of the downward API"),
        ("metadata.name['x']", "metadata.name has no keys to choose from"),
        ("metadata.labels['a b']", 'no label and no annotation can be called "a b"'),
        ("metadata.labels['']", "no label and no annotation can be called"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(document: MakeDocument, path: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        found(document({"dynamicStableScale": False}, paused=False), path)
    assert refused.value.field == path
    assert refused.value.message.startswith(why)


def released(cluster: Cluster) -> Cluster:
    cluster.release("v2")
    cluster.advance(10)
    return cluster


def test_a_run_gets_what_stands_in_the_fields_when_it_is_made(make_cluster: MakeCluster) -> None:
    cluster = released(
        make_cluster(
            analysis(
                argument("status.stableRS", "stable"),
                argument("spec.template.spec.containers[0].image", "image"),
                argument("metadata.annotations['rollout.argoproj.io/revision']", "revision"),
            )
        )
    )
    (request,) = cluster.requests
    assert request.args == {"stable": cluster.revision(1).hash, "image": "v2", "revision": "2"}


def test_a_rollout_stands_still_while_a_path_leads_nowhere(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(analysis(argument("spec.minReadySeconds"))))
    assert cluster.passes[-1].trouble == f"spec.minReadySeconds: {NOWHERE}"
    assert (cluster.requests, cluster.sizes(), cluster.status.current_step_index) == ([], {1: 4}, 0)
    assert cluster.passes[-1].status == cluster.passes[-2].status
    cluster.apply(minReadySeconds=1)
    assert cluster.passes[-1].trouble == ""
    assert cluster.requests[0].args == {"x": "1"}
    assert cluster.sizes() == {1: 4, 2: 2}


def test_only_the_last_path_that_leads_nowhere_counts(make_cluster: MakeCluster) -> None:
    nowhere, somewhere = argument("spec.nowhere", "a"), argument("spec.replicas", "b")
    cluster = released(make_cluster(analysis(nowhere, somewhere)))
    assert cluster.requests[0].args == {"a": "", "b": "4"}
    assert released(make_cluster(analysis(somewhere, nowhere))).requests == []


def test_an_odd_pod_template_hash_is_the_value_beside_it(make_cluster: MakeCluster) -> None:
    odd = {"name": "x", "value": "y", "valueFrom": {"podTemplateHashValue": "Oldest"}}
    assert released(make_cluster(analysis(odd))).requests[0].args == {"x": "y"}


@pytest.mark.parametrize("path", ["metadata.generation", "metadata.name['x']", "metadata.labels['a b']"])
def test_a_path_that_the_downward_api_does_not_have_is_refused_with_the_rollout(
    document: MakeDocument, path: str
) -> None:
    with pytest.raises(Unsupported) as refused:
        parse_rollout(document(analysis(argument("metadata.name"), argument(path))))
    assert refused.value.field == f"{AT}.analysis.args[1].valueFrom.fieldRef.fieldPath"
    assert refused.value.message.startswith(f"{path} ")
    with pytest.raises(Invalid) as invalid:
        parse_rollout(document({"steps": [{"pause": {}}, analysis(argument(path))]}))
    assert invalid.value.field == f"{AT}.steps[1].analyses"
    why = "Analyses arguments must refer to valid object metadata supported by downwardAPI"
    assert invalid.value.message.endswith(why)
