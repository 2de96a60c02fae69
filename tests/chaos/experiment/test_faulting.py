"""Which faults are on at which moment: from the start, from a weight, after a time, off again, alternating."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.experiment.faulting import Pods, begins, faults_at, is_on, need_switching, next_change
from seam.releases import FaultPlan

ERROR = {"error": {"fraction": 40}}
HANG = {"hang": {"fraction": 1}}
RELEASED = 100.0
WEIGHTS = ((101.0, 0), (102.0, 30), (110.0, 50), (120.0, 100), (121.0, 0))
SMILEY, COLOR = Pods("smiley", every_version=False), Pods("color", every_version=True)


@pytest.mark.parametrize(
    ("plan", "on"),
    [
        (FaultPlan(ERROR), [100, 101, 110, 120, 121, 500]),
        (FaultPlan(ERROR, from_weight=50), [110, 120, 121, 500]),
        (FaultPlan(ERROR, from_weight=40), [110, 120, 121, 500]),
        (FaultPlan(ERROR, after_s=10), [110, 120, 121, 500]),
        (FaultPlan(ERROR, after_s=1, for_s=9.5), [101, 110]),
        (FaultPlan(ERROR, from_weight=50, for_s=10), [110]),
        (FaultPlan(ERROR, for_s=1, every_s=10), [100, 110, 120, 500]),
    ],
)
def test_when_a_fault_is_on(plan: FaultPlan, on: list[float]) -> None:
    moments = [99, 100, 101, 110, 120, 121, 500]
    begin = begins(RELEASED, WEIGHTS)(plan)
    assert [t for t in moments if is_on(plan, begin, t)] == on


def test_a_weight_that_has_not_come_switches_nothing_on() -> None:
    plan = FaultPlan(ERROR, from_weight=50)
    begin = begins(RELEASED, WEIGHTS[:2])
    assert begin(plan) is None
    assert faults_at([plan], begin, 500, "smiley") == {SMILEY: {}}
    assert next_change([plan], begin, 500) is None


def test_faults_of_one_workload_come_together_and_each_workload_has_its_own() -> None:
    plans = [FaultPlan(ERROR), FaultPlan(HANG, after_s=10), FaultPlan(HANG, workload="color")]
    begin = begins(RELEASED, ())
    assert faults_at(plans, begin, 105, "smiley") == {SMILEY: ERROR, COLOR: HANG}
    assert faults_at(plans, begin, 115, "smiley") == {SMILEY: ERROR | HANG, COLOR: HANG}


def test_only_what_the_pod_template_cannot_say_needs_somebody_to_switch_it() -> None:
    assert not need_switching([])
    assert not need_switching([FaultPlan(ERROR)])
    for plan in (FaultPlan(ERROR, workload="color"), FaultPlan(ERROR, after_s=1), FaultPlan(ERROR, for_s=1)):
        assert need_switching([FaultPlan(HANG), plan])


@given(
    after=st.none() | st.floats(0, 20),
    for_s=st.floats(0.5, 5),
    rest=st.none() | st.floats(0.5, 5),
)
def test_the_clock_switches_exactly_at_the_moments_that_are_announced(
    after: float | None, for_s: float, rest: float | None
) -> None:
    plan = FaultPlan(ERROR, after_s=after, for_s=for_s, every_s=for_s + rest if rest is not None else None)
    begin = begins(RELEASED, ())
    moments = [RELEASED - 1]
    while len(moments) < 8 and (at := next_change([plan], begin, moments[-1])) is not None:
        assert at > moments[-1]
        moments.append(at)
    for earlier, later in pairwise(moments):
        if later - earlier < 1e-6:
            continue
        middle = [earlier + (later - earlier) * part for part in (0.25, 0.5, 0.75)]
        assert len({is_on(plan, begin(plan), t) for t in middle}) == 1
    assert len(moments) == (8 if rest is not None else 3)


def test_faults_of_every_version_are_apart_from_those_of_the_new_one() -> None:
    begin = begins(100, [])
    plans = [FaultPlan(ERROR), FaultPlan(HANG, every_version=True)]
    everybody = Pods("smiley", every_version=True)
    assert faults_at(plans, begin, 100, "smiley") == {SMILEY: ERROR, everybody: HANG}
