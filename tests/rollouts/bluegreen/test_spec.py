from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rollouts import Invalid, Malformed, SpecError, Unsupported, parse_rollout

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeDocument

AT = "spec.strategy.blueGreen"
NO_PATH = {"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.generation"}}}
SAME_SERVICE = (
    "This rollout uses the same service for the active and preview services, but two different services are required."
)


def problem(document: dict[str, Any]) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_rollout(document)
    return caught.value


def test_every_field_that_the_engine_knows_is_read(document: MakeDocument) -> None:
    analysis = {"templates": [{"templateName": "success"}], "args": [{"name": "a", "value": "b"}]}
    fields = {
        "activeService": "a",
        "previewService": "b",
        "previewReplicaCount": 1,
        "autoPromotionEnabled": False,
        "autoPromotionSeconds": 30,
        "maxUnavailable": "10%",
        "scaleDownDelaySeconds": 60,
        "scaleDownDelayRevisionLimit": 2,
        "abortScaleDownDelaySeconds": 0,
        "prePromotionAnalysis": analysis,
        "postPromotionAnalysis": analysis,
    }
    rollout = parse_rollout(document(fields))
    assert rollout.is_blue_green
    assert not rollout.routes_traffic
    assert (rollout.steps, rollout.steps_hash) == ((), "")
    read = rollout.blue_green.model_dump(by_alias=True, exclude_unset=True)
    assert read.keys() == fields.keys()


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (
            {"previewService": "smiley"},
            "activeService",
            SAME_SERVICE,
        ),
        (
            {"scaleDownDelayRevisionLimit": 11},
            "scaleDownDelayRevisionLimit",
            "This rollout's revision history limit can not be smaller than the rollout's scale down limit",
        ),
        ({"antiAffinity": {}}, "antiAffinity", "AntiAffinity must have exactly one strategy listed"),
    ],
)
def test_what_argo_refuses_is_refused_in_its_words(
    document: MakeDocument, change: dict[str, Any], field: str, message: str
) -> None:
    found = problem(document(change))
    assert (type(found), found.field, found.message) == (Invalid, f"{AT}.{field}", message)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"activeService": None}, "activeService", "Required value"),
        ({"steps": []}, "steps", f'unknown field "{AT}.steps"; remove it, or correct its spelling'),
    ],
)
def test_what_the_api_server_refuses_is_refused_in_its_words(
    document: MakeDocument, change: dict[str, Any], field: str, message: str
) -> None:
    found = problem(document(change))
    assert (type(found), found.field, found.message) == (Malformed, f"{AT}.{field}", message)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"antiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}, "antiAffinity"),
        ({"previewMetadata": {"labels": {"a": "b"}}}, "previewMetadata"),
        ({"activeMetadata": {"labels": {"a": "b"}}}, "activeMetadata"),
        ({"activeService": ""}, "activeService"),
        ({"previewReplicaCount": -1}, "previewReplicaCount"),
        ({"postPromotionAnalysis": {"args": [NO_PATH]}}, "postPromotionAnalysis.args[0].valueFrom.fieldRef.fieldPath"),
        (
            {"prePromotionAnalysis": {"analysisRunMetadata": {"labels": {"rollouts-pod-template-hash": "x"}}}},
            "prePromotionAnalysis.analysisRunMetadata.labels.rollouts-pod-template-hash",
        ),
    ],
)
def test_what_only_argo_knows_is_refused_by_its_path(
    document: MakeDocument, change: dict[str, Any], field: str
) -> None:
    found = problem(document(change))
    assert (type(found), found.field) == (Unsupported, f"{AT}.{field}")
