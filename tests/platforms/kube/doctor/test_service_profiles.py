import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.kube.doctor.checks.service_profiles import check
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES, SERVICE_PROFILES
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import ROUTES, Document, route, seen


def profile(name: str, namespace: str = "run") -> Document:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"routes": []}}


def of(*profiles: Document) -> Finding:
    own = {HTTP_ROUTES: [route()], GRPC_ROUTES: [route(name="color")]}
    return check(seen(own=own, around={(SERVICE_PROFILES, ""): profiles}))


@pytest.mark.parametrize(("name", "beaten"), [("smiley", "HTTPRoute smiley"), ("color", "GRPCRoute color")])
def test_a_profile_of_a_routes_parent_beats_the_route(name: str, beaten: str) -> None:
    found = of(profile(f"{name}.run.svc.cluster.local"))
    assert found.result is Result.FAILED
    assert f"ServiceProfile {name}.run.svc.cluster.local beats {beaten}: its weights" in found.saw
    assert found.next == f"Delete it: `kubectl delete serviceprofile --namespace run {name}.run.svc.cluster.local`."


def test_one_in_the_callers_namespace_beats_it_as_well() -> None:
    found = of(profile("smiley.run.svc.cluster.local", "callers"))
    assert "--namespace callers" in found.next


def test_profiles_of_other_services_beat_nothing() -> None:
    found = of(profile("smiley.elsewhere.svc.cluster.local"), profile("smiley-canary.run.svc.cluster.local"))
    assert found == Finding(Result.OK, "2 ServiceProfiles, of other Services: the routes count")


def test_without_a_profile_all_is_well() -> None:
    assert of() == Finding(Result.OK, "there is none: the routes count")


def test_where_there_are_none_nothing_can_be_beaten() -> None:
    with pytest.raises(NotThere):
        check(seen(own={HTTP_ROUTES: [route()]}, absent=[SERVICE_PROFILES, GRPC_ROUTES]))
    with pytest.raises(NotThere, match="no route in namespace run has a Service as its parent"):
        check(seen(around={(SERVICE_PROFILES, ""): []}, absent=ROUTES))


def test_profiles_that_may_not_be_listed_are_not_said_to_be_absent() -> None:
    with pytest.raises(NotSeen):
        check(seen(own={HTTP_ROUTES: [route()]}, refused=[SERVICE_PROFILES], absent=[GRPC_ROUTES]))
