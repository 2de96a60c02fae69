from dataclasses import replace

import pytest

from platforms.doctor.checking import Look, NotThere
from platforms.doctor.measured import Sample
from platforms.kube.doctor.checks.callers import check
from platforms.kube.resources import REPLICA_SETS, ROLLOUTS
from seam.doctor import Result
from tests.platforms.kube.doctor.seeing import MEASURED, Document, routed, seen
from tests.platforms.kube.objects import replica_set, rollout


@pytest.mark.parametrize(("one", "told"), [(routed(), "failed"), (rollout(), "not there")])
def test_only_who_calls_a_rollout_that_splits_its_traffic_has_to_be_in_the_mesh(one: Document, told: str) -> None:
    samples = [Sample({"rollouts_pod_template_hash": "aaa", "tls": "no_identity"}, 100.0)]
    looked = seen(
        own={ROLLOUTS: [one], REPLICA_SETS: [replica_set("aaa")]},
        measured=replace(MEASURED, callers=Look(samples)),
    )
    if told == "failed":
        assert check(looked).result is Result.FAILED
    else:
        with pytest.raises(NotThere):
            check(looked)
