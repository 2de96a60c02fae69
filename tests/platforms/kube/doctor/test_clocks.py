import pytest

from platforms.doctor.checking import Look
from platforms.doctor.measured import Clock
from platforms.kube.doctor.checks.clocks import check
from platforms.kube.doctor.clocks import of_api_server, of_nodes
from platforms.kube.objects import seconds
from platforms.kube.resources import Object
from seam.doctor import Result
from tests.platforms.kube.doctor.seeing import Document, seen

DATE, AT = "Sun, 29 Nov 2026 10:00:00 GMT", seconds("2026-11-29T10:00:00Z")


@pytest.mark.parametrize(
    ("ours", "ahead"),
    [(0.5, 0.0), (0.0, 0.0), (1.05, 0.0), (2.5, -1.4), (-3.0, 3.0)],
)
def test_the_api_servers_clock_is_known_to_a_second(ours: float, ahead: float) -> None:
    """An answer that took a tenth of a second may be of any moment in it."""
    clock = of_api_server(DATE, AT + ours - 0.1, AT + ours)
    assert clock.ahead_s == pytest.approx(ahead, abs=0.001)


def lease(renewed: str, came_in: str = "2026-11-29T10:00:00Z", node: str = "node-1") -> Document:
    fields = [{"manager": "kubelet", "time": "2026-11-28T00:00:00Z"}, {"manager": "kubelet", "time": came_in}]
    return {"metadata": {"name": node, "managedFields": fields}, "spec": {"renewTime": renewed}}


def of(*leases: Object) -> list[Clock]:
    server = Look(of_api_server(DATE, AT + 0.4, AT + 0.5))
    return [look.value() for look in of_nodes(Look(list(leases)), server)]


@pytest.mark.parametrize(
    ("renewed", "ahead"),
    [
        ("2026-11-29T10:00:00.300000Z", 0.0),
        ("2026-11-29T10:00:31.000000Z", 29.5),
        ("2026-11-29T09:59:20.000000Z", -39.4),
    ],
)
def test_a_nodes_clock_is_known_by_the_lease_that_it_renews(renewed: str, ahead: float) -> None:
    (clock,) = of(lease(renewed))
    assert (clock.whose, clock.ahead_s) == ("node node-1", pytest.approx(ahead, abs=1.0))


def test_a_lease_that_says_nothing_is_passed_over() -> None:
    assert of({"metadata": {"name": "node-1"}, "spec": {}}) == []


def test_leases_that_may_not_be_listed_are_said_to_be_unseen() -> None:
    server = of_api_server(DATE, AT, AT)
    clocks = [Look(server), *of_nodes(Look(hidden="jane may not list leases"), Look(server))]
    found = check(seen(clocks=clocks))
    assert (found.result, found.saw.endswith("; not looked at: jane may not list leases")) == (Result.WARNING, True)


def test_a_node_that_is_behind_is_named() -> None:
    server = of_api_server(DATE, AT + 0.4, AT + 0.5)
    found = check(seen(clocks=[Look(server), *map(Look, of(lease("2026-11-29T09:59:20.000000Z")))]))
    assert found.result is Result.FAILED
    assert found.saw.startswith("the clock of node node-1 is at least 39.")
    assert found.saw.endswith(" s behind this machine's")
