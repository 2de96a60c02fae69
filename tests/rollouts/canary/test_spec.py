from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from rollouts import Invalid, Malformed, SpecError, Unsupported, parse_rollout

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import MakeDocument

CANARY = "spec.strategy.canary"
SAME_SERVICE = (
    "This rollout uses the same service for the stable and canary services, but two different services are required."
)
NO_PATH = {"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.generation"}}}
TWO_STRATEGIES = {"canary": {}, "blueGreen": {"activeService": "a"}}
ROUTES = {"trafficRouting": {"plugins": {"x/y": {}}, "managedRoutes": [{"name": "x"}]}}
TEMPLATES = {"templates": [{"templateName": "t"}]}


def problem(document: dict[str, Any]) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_rollout(document)
    return caught.value


def test_a_plain_manifest_is_read_with_argos_defaults(document: MakeDocument) -> None:
    rollout = parse_rollout({**document(replicas=None), "status": {"phase": "Healthy"}})
    assert (rollout.name, rollout.namespace, rollout.generation) == ("smiley", "faces", 1)
    assert rollout.spec.replicas == 1
    assert rollout.spec.revision_history_limit == 10
    assert rollout.spec.progress_deadline_seconds == 600
    assert rollout.canary.abort_scale_down_delay_seconds is None
    assert rollout.spec.template["spec"]["containers"][0]["image"] == "v1"


def test_reading_does_not_change_the_document(document: MakeDocument) -> None:
    given = document(replicas=None)
    before = copy.deepcopy(given)
    parse_rollout(given)
    assert given == before


def test_traefik_is_a_router_too(document: MakeDocument) -> None:
    routing = {"plugins": None, "traefik": {"weightedTraefikServiceName": "smiley"}}
    assert parse_rollout(document({"trafficRouting": routing})).routes_traffic
    found = problem(document({"trafficRouting": routing, "canaryService": None}))
    assert (type(found), found.field) == (Invalid, f"{CANARY}.canaryService")


@pytest.mark.parametrize(
    ("canary", "field", "message"),
    [
        ({"steps": [{"setWeight": 101}]}, "steps[0].setWeight", "SetWeight needs to be between 0 and 100"),
        ({"steps": [{"setWeight": -1}]}, "steps[0].setWeight", "SetWeight needs to be between 0 and 100"),
        (
            {"steps": [{"setWeight": 1}, {"pause": {"duration": "1d"}}]},
            "steps[1].pause.duration",
            "Duration needs to be greater than 0",
        ),
        ({"steps": [{"pause": {"duration": -5}}]}, "steps[0].pause.duration", "Duration needs to be greater than 0"),
        (
            {"steps": [{"setWeight": 1, "pause": {}}]},
            "steps[0]",
            "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause",
        ),
        (
            {"steps": [{"pause": None}]},
            "steps[0]",
            "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause",
        ),
        ({"maxSurge": 0, "maxUnavailable": "0%"}, "maxSurge", "MaxSurge and MaxUnavailable both can not be zero"),
        (
            {"stableService": "one", "canaryService": "one"},
            "stableService",
            SAME_SERVICE,
        ),
        (
            {"trafficRouting": None, "scaleDownDelaySeconds": 5},
            "scaleDownDelaySeconds",
            "Canary scaleDownDelaySeconds can only be used with traffic routing",
        ),
        (
            {"trafficRouting": None, "dynamicStableScale": True},
            "dynamicStableScale",
            "Canary dynamicStableScale can only be used with traffic routing",
        ),
        (
            {"dynamicStableScale": True, "scaleDownDelaySeconds": 5},
            "dynamicStableScale",
            "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds",
        ),
        (
            {"trafficRouting": None, "steps": [{"setCanaryScale": {"weight": 5}}]},
            "trafficRouting",
            "SetCanaryScale requires TrafficRouting to be set",
        ),
    ],
)
def test_what_argo_refuses_is_refused_in_its_words(
    document: MakeDocument, canary: dict[str, Any], field: str, message: str
) -> None:
    found = problem(document(canary))
    assert (type(found), found.field, found.message) == (Invalid, f"{CANARY}.{field}", message)
    assert str(found) == f"{CANARY}.{field}: {message}"


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"selector": None}, "spec.selector", "Rollout has missing field '.spec.selector'"),
        ({"selector": {}}, "spec.selector", "empty selector is invalid for deployment"),
        (
            {"selector": {"matchLabels": {"app": "other"}}},
            "spec.template.metadata.labels",
            "`selector` does not match template `labels`",
        ),
        (
            {"strategy": {}},
            "spec.strategy.strategy",
            "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'",
        ),
        (
            {"strategy": TWO_STRATEGIES},
            "spec.strategy.strategy",
            "Multiple Strategies can not be listed",
        ),
        (
            {"progressDeadlineSeconds": 10, "minReadySeconds": 10},
            "spec.progressDeadlineSeconds",
            "must be greater than minReadySeconds",
        ),
        ({"replicas": -1}, "spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
    ],
)
def test_what_argo_refuses_of_the_spec_is_refused_in_its_words(
    document: MakeDocument, spec: dict[str, Any], field: str, message: str
) -> None:
    found = problem(document(**spec))
    assert (type(found), found.field, found.message) == (Invalid, field, message)


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ({"key": "app", "operator": "In", "values": ["smiley", "x"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["smiley"]}, False),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
    ],
)
def test_a_selector_may_use_expressions(
    document: MakeDocument,
    expression: dict[str, Any],
    matches: bool,  # noqa: FBT001
) -> None:
    manifest = document(selector={"matchExpressions": [expression]})
    if matches:
        assert parse_rollout(manifest)
    else:
        assert problem(manifest).field == "spec.template.metadata.labels"


@pytest.mark.parametrize(
    ("canary", "field"),
    [
        ({"steps": [{"experiment": {"templates": []}}]}, "steps[0].experiment"),
        ({"steps": [{"pause": {}}, {"setHeaderRoute": {"name": "x"}}], **ROUTES}, "steps[1].setHeaderRoute"),
        ({"steps": [{"setMirrorRoute": {"name": "x"}}], **ROUTES}, "steps[0].setMirrorRoute"),
        ({"steps": [{"plugin": {"name": "x"}}]}, "steps[0].plugin"),
        ({"trafficRouting": {"istio": {}}}, "trafficRouting.istio"),
        ({"trafficRouting": {"nginx": {}}}, "trafficRouting.nginx"),
        ({"trafficRouting": {"managedRoutes": []}}, "trafficRouting.managedRoutes"),
        ({"trafficRouting": {}}, "trafficRouting"),
        ({"trafficRouting": {"plugins": {"x/y": {}}}}, "trafficRouting.plugins[x/y]"),
        ({"stableService": None}, "trafficRouting"),
        ({"pingPong": {"pingService": "a", "pongService": "b"}}, "pingPong"),
        ({"antiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}, "antiAffinity"),
        ({"canaryMetadata": {}}, "canaryMetadata"),
        (
            {"analysis": {**TEMPLATES, "analysisRunMetadata": {"labels": {"step-index": "1"}}}},
            "analysis.analysisRunMetadata.labels.step-index",
        ),
        (
            {
                "analysis": {
                    **TEMPLATES,
                    "args": [NO_PATH],
                }
            },
            "analysis.args[0].valueFrom.fieldRef.fieldPath",
        ),
    ],
)
def test_what_only_argo_knows_is_refused_by_its_field(
    document: MakeDocument, canary: dict[str, Any], field: str
) -> None:
    found = problem(document(canary))
    assert (type(found), found.field) == (Unsupported, f"{CANARY}.{field}")
    assert any(words in found.message for words in ("this engine", "name a", "is no path"))


@pytest.mark.parametrize("field", ["workloadRef"])
def test_parts_of_the_spec_that_only_argo_knows_are_refused_by_name(document: MakeDocument, field: str) -> None:
    found = problem(document(**{field: {}}))
    assert (type(found), found.field) == (Unsupported, f"spec.{field}")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"apiVersion": "apps/v1"}, "apiVersion"),
        ({"kind": "Deployment"}, "kind"),
        ({"metadata": None}, "metadata.name"),
        ({"metadata": {}}, "metadata.name"),
        ({"metadata": {"name": "x", "finalizers": []}}, "metadata.finalizers"),
        ({"extra": 1}, "extra"),
        ({"spec": None}, "spec"),
    ],
)
def test_an_odd_envelope_is_refused(document: MakeDocument, change: dict[str, Any], field: str) -> None:
    assert problem({**document(), **change}).field == field


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"replicas": "2"},
            'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
        ),
        (
            {"paused": "yes"},
            'spec.paused: Invalid value: "string": spec.paused in body must be of type boolean: "string"',
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_quoted(document: MakeDocument, spec: dict[str, Any], text: str) -> None:
    assert str(problem(document(**spec))) == text


def test_a_float_is_no_pause_duration(document: MakeDocument) -> None:
    found = problem(document({"steps": [{"pause": {"duration": 1.5}}]}))
    assert (type(found), found.field) == (Malformed, f"{CANARY}.steps[0].pause.duration")
