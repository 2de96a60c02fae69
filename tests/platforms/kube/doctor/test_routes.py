import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.kube.doctor.checks.routes import check
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES, TRAEFIK_SERVICES
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import ACCEPTED, RESOLVED, ROUTES, Document, route, routed, seen
from tests.platforms.kube.objects import rollout

NO_BACKEND = {
    **RESOLVED,
    "status": "False",
    "reason": "BackendNotFound",
    "message": "backend Service smiley-canary not found",
}


def of(*routes: Document) -> Finding:
    return check(seen(own={ROLLOUTS: [routed()], HTTP_ROUTES: routes}, absent=[GRPC_ROUTES]))


def test_a_route_that_linkerd_has_taken_is_well() -> None:
    assert of(route()) == Finding(Result.OK, "HTTPRoute smiley: there and attached")


def test_a_route_that_nobody_has_taken_is_not_attached() -> None:
    found = of(route(conditions=()))
    assert found.result is Result.FAILED
    assert found.saw == "HTTPRoute smiley is not attached: no controller has taken it for Service smiley"
    assert "see that Linkerd runs" in found.next
    assert "before the API knew HTTPRoutes" in found.next


def test_a_parent_without_a_kind_is_a_gateway_that_a_mesh_does_not_take() -> None:
    found = of(route(parentRefs=[{"name": "smiley", "port": 80}]))
    assert found.saw == "HTTPRoute smiley is not attached: no controller has taken it for Gateway smiley"
    assert found.next.startswith("In a mesh the parent is a Service")


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        (
            [{**ACCEPTED, "status": "False", "reason": "NoMatchingParent"}, RESOLVED],
            "Accepted is False (NoMatchingParent)",
        ),
        ([ACCEPTED, NO_BACKEND], "ResolvedRefs is False (BackendNotFound: backend Service smiley-canary not found)"),
        ([{**ACCEPTED, "status": "Unknown", "reason": "Pending"}], "Accepted is Unknown (Pending)"),
    ],
)
def test_a_condition_that_does_not_hold_is_told_with_its_reason(conditions: list[Document], why: str) -> None:
    found = of(route(conditions=conditions))
    assert found.result is Result.FAILED
    assert found.saw == f"HTTPRoute smiley is not attached to Service smiley: {why}"


def test_a_status_of_an_earlier_generation_is_not_taken_for_the_present_one() -> None:
    one = route()
    one["metadata"]["generation"] = 2
    assert of(one).result is Result.WARNING
    assert "is of an earlier state of it" in of(one).saw


def test_a_route_that_a_rollout_names_and_that_is_not_there_is_missed() -> None:
    found = of(route(name="other"))
    assert found.result is Result.FAILED
    assert found.saw == "Rollout smiley drives HTTPRoute smiley, which does not exist"


def test_where_the_cluster_knows_no_routes_one_that_is_named_is_missed_as_well() -> None:
    found = check(seen(own={ROLLOUTS: [routed()]}, absent=ROUTES))
    assert found.saw == "Rollout smiley drives HTTPRoute smiley, which does not exist"


def test_a_rule_has_to_have_both_services() -> None:
    one = route()
    del one["spec"]["rules"][0]["backendRefs"][1]
    found = of(one)
    assert found.result is Result.FAILED
    assert found.saw.startswith("no rule of HTTPRoute smiley has both smiley-stable and smiley-canary")


def test_a_grpc_route_is_looked_at_as_well() -> None:
    plugins = {"argoproj-labs/gatewayAPI": {"grpcRoutes": [{"name": "smiley"}]}}
    own = {ROLLOUTS: [routed(plugins=plugins)], GRPC_ROUTES: [route(conditions=())], HTTP_ROUTES: []}
    assert check(seen(own=own)).saw.startswith("GRPCRoute smiley is not attached")


def test_a_route_that_no_rollout_drives_is_looked_at_as_well() -> None:
    assert of(route(), route(name="other", conditions=())).saw.startswith("HTTPRoute other is not attached")


def test_of_many_that_are_bad_the_first_is_told_and_how_many_more_there_are() -> None:
    other = route(name="other", conditions=())
    assert of(route(conditions=()), other).saw.endswith("(and 1 more like it)")


def test_a_route_in_another_namespace_is_not_taken_to_be_well() -> None:
    plugins = {"argoproj-labs/gatewayAPI": {"httpRoute": "smiley", "namespace": "elsewhere"}}
    found = check(seen(own={ROLLOUTS: [routed(plugins=plugins)], HTTP_ROUTES: []}, absent=[GRPC_ROUTES]))
    assert (found.result, "in namespace elsewhere" in found.saw) == (Result.WARNING, True)


def test_a_traefik_service_has_no_status_and_has_to_know_both_services() -> None:
    driving = routed(traefik={"weightedTraefikServiceName": "smiley"})
    services = [{"name": "smiley-stable", "weight": 100}, {"name": "smiley-canary", "weight": 0}]
    made = {"metadata": {"name": "smiley"}, "spec": {"weighted": {"services": services}}}
    assert check(seen(own={ROLLOUTS: [driving], TRAEFIK_SERVICES: [made]}, absent=ROUTES)).result is Result.OK
    del services[1]
    assert check(seen(own={ROLLOUTS: [driving], TRAEFIK_SERVICES: [made]}, absent=ROUTES)).result is Result.FAILED
    found = check(seen(own={ROLLOUTS: [driving], TRAEFIK_SERVICES: []}, absent=ROUTES))
    assert found.saw == "Rollout smiley drives TraefikService smiley, which does not exist"


def test_a_router_of_which_nothing_is_known_here_is_not_said_to_be_well() -> None:
    with pytest.raises(NotSeen, match="the objects of the router istio are not known here"):
        check(seen(own={ROLLOUTS: [routed(istio={"virtualService": {"name": "smiley"}})]}, absent=ROUTES))


def test_without_a_router_there_is_nothing_to_look_at() -> None:
    with pytest.raises(NotThere, match="no Rollout in namespace run routes traffic"):
        check(seen(own={ROLLOUTS: [rollout()]}, absent=ROUTES))


def test_routes_that_may_not_be_listed_are_not_said_to_be_well() -> None:
    with pytest.raises(NotSeen, match="jane may not list them"):
        check(seen(own={ROLLOUTS: [routed()]}, refused=ROUTES))
