from typing import Any

import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.kube.doctor.checks.applications import check
from platforms.kube.doctor.kinds import APPLICATIONS
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import Document, routed, seen

# As it was seen to hold on a cluster.
TRAEFIK = {"group": "traefik.io", "kind": "TraefikService", "jqPathExpressions": [".spec.weighted.services[].weight"]}
ROUTE = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "jqPathExpressions": [".spec.rules"]}


def application(
    *ignored: Document,
    heals: bool = True,
    options: tuple[str, ...] = ("ApplyOutOfSyncOnly=true",),
    namespace: str = "run",
) -> Document:
    policy = {"automated": {"prune": True, "selfHeal": heals}, "syncOptions": ["CreateNamespace=true", *options]}
    spec = {"destination": {"namespace": namespace}, "syncPolicy": policy, "ignoreDifferences": list(ignored)}
    return {"metadata": {"name": "faces", "namespace": "argocd"}, "spec": spec}


def of(*applications: Document, **routing: Any) -> Finding:
    routing = routing or {"traefik": {"weightedTraefikServiceName": "smiley"}}
    return check(seen(own={ROLLOUTS: [routed(**routing)]}, around={(APPLICATIONS, ""): applications}))


@pytest.mark.parametrize(
    "rule",
    [
        TRAEFIK,
        {"kind": "TraefikService", "managedFieldsManagers": ["rollouts-controller"]},
        {"kind": "TraefikService", "jsonPointers": ["/spec/weighted/services"]},
        {"group": "*", "kind": "*", "managedFieldsManagers": ["rollouts-controller"]},
    ],
)
def test_one_that_ignores_the_weights_leaves_them_to_argo_rollouts(rule: Document) -> None:
    assert of(application(rule)) == Finding(Result.OK, "faces: leaves the weights to Argo Rollouts")


@pytest.mark.parametrize("rules", [[], [ROUTE], [{"kind": "TraefikService", "jsonPointers": ["/metadata/labels"]}]])
def test_one_that_heals_itself_and_does_not_fights_them(rules: list[Document]) -> None:
    found = of(application(*rules))
    assert found.result is Result.FAILED
    assert found.saw == (
        "Application faces heals itself and does not ignore the weights of TraefikService: it sets them back at once, "
        "and a bad version is not rolled back"
    )
    assert "ignoreDifferences for TraefikService" in found.next


def test_the_weights_are_in_the_objects_that_the_rollouts_drive() -> None:
    plugins = {"argoproj-labs/gatewayAPI": {"httpRoute": "smiley"}}
    assert of(application(ROUTE), plugins=plugins).result is Result.OK
    assert "the weights of HTTPRoute" in of(application(TRAEFIK), plugins=plugins).saw


def test_one_that_does_not_heal_itself_resets_them_with_each_sync() -> None:
    found = of(application(heals=False))
    assert (found.result, "each sync in the middle of a release resets them" in found.saw) == (Result.WARNING, True)


@pytest.mark.parametrize(
    ("options", "saw"),
    [
        ((), "applies everything at each sync"),
        (("RespectIgnoreDifferences=true",), "other changes to the same lists never land"),
        (("ApplyOutOfSyncOnly=true", "ServerSideApply=true"), "its Rollouts stay OutOfSync for good"),
    ],
)
def test_options_that_do_harm_are_told(options: tuple[str, ...], saw: str) -> None:
    found = of(application(TRAEFIK, options=options))
    assert (found.result, saw in found.saw) == (Result.WARNING, True)


def test_applications_of_other_namespaces_are_nobodys_business() -> None:
    with pytest.raises(NotThere, match="no Application of Argo CD delivers to namespace run"):
        of(application(namespace="elsewhere"))
    with pytest.raises(NotThere):
        check(seen(own={ROLLOUTS: []}, absent=[APPLICATIONS]))


def test_applications_that_may_not_be_listed_are_not_said_to_be_absent() -> None:
    with pytest.raises(NotSeen):
        check(seen(own={ROLLOUTS: []}, refused=[APPLICATIONS]))
