import pytest

from chaos.catalogue import RELEASES
from chaos.catalogue.possible import check_faults
from seam.errors import UserError
from seam.releases import FaultPlan, Outcome, Release


def release(workload: str | None) -> Release:
    plan = FaultPlan({"reset": {"fraction": 10}}, workload=workload)
    return Release("resets", "Resets connections.", Outcome.ROLLED_BACK, (plan,))


@pytest.mark.parametrize(("plans", "released"), [(None, "color"), ("color", "smiley")])
def test_a_fault_that_its_workload_cannot_have_is_refused_before_the_release(plans: str | None, released: str) -> None:
    with pytest.raises(UserError, match=r"^resets cannot be released on color: reset cannot be made over gRPC"):
        check_faults(release(plans), released)


@pytest.mark.parametrize(("plans", "released"), [(None, "smiley"), ("smiley", "color")])
def test_a_fault_that_it_can_have_is_not(plans: str | None, released: str) -> None:
    check_faults(release(plans), released)


@pytest.mark.parametrize("shipped", RELEASES, ids=lambda one: one.name)
def test_what_is_shipped_can_be_released_where_it_is_made_for(shipped: Release) -> None:
    check_faults(shipped, shipped.scene.workload)
