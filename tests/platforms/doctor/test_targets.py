from platforms.doctor.checks.targets import check
from platforms.doctor.measured import Target
from seam.doctor import Finding, Result

NEXT = "Apply it."


def target(pod: str, error: str = "") -> Target:
    return Target("proxies", f"http://{pod}:4191/metrics", {"namespace": "run", "pod": pod}, up=not error, error=error)


def of(*targets: Target, pods: tuple[str, ...] = ("a", "b")) -> Finding:
    return check(targets, [("run", pod) for pod in pods], next_step=NEXT)


def test_each_proxy_that_is_scraped_is_well() -> None:
    assert of(target("a"), target("b"), target("other", "down")) == Finding(Result.OK, "2 targets, all up")


def test_proxies_that_are_no_targets_are_named() -> None:
    found = of(target("a"), pods=("a", "b", "c", "d", "e"))
    assert found == Finding(Result.FAILED, "Prometheus has no target for 4 proxy pods: b, c, d and 1 more", NEXT)


def test_a_pod_of_the_same_name_in_another_namespace_is_another_one() -> None:
    elsewhere = Target("proxies", "http://a", {"namespace": "elsewhere", "pod": "a"}, up=True)
    assert of(elsewhere, pods=("a",)).result is Result.FAILED


def test_one_that_is_down_is_told_with_its_error() -> None:
    found = of(target("a"), target("b", "connection refused."))
    assert found.saw == "1 of 2 targets down: http://b:4191/metrics: connection refused"


def test_one_that_refuses_prometheus_does_so_by_a_policy() -> None:
    found = of(target("a"), target("b", "server returned HTTP status 403 Forbidden"))
    assert (found.result, found.next.startswith("A policy refuses Prometheus")) == (Result.FAILED, True)


def test_where_nobody_knows_the_proxies_there_has_to_be_a_target() -> None:
    assert of(target("a"), pods=()).result is Result.OK
    assert of(pods=()) == Finding(Result.FAILED, "Prometheus has no target at all", NEXT)
    assert of(target("a", "gone"), pods=()).result is Result.FAILED
