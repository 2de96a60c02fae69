"""Roles that the whole cluster has but once: with a verb less, everybody would notice, so nobody else is there."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaos.experiment import Visitors
from e2e.bare.administrator import Administrator
from platforms.bare.cluster import DNS
from platforms.install.kubectl import Kubectl
from seam.errors import PlatformFailed, UserError

pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]


async def test_a_prometheus_that_may_not_see_pods_measures_nothing_and_the_harness_says_so(
    admin: Administrator, tmp_path: Path
) -> None:
    with without(admin, "faces-prometheus", {"list", "watch"}, "monitoring/prometheus"):
        async with await admin.run(f"unmeasured-{secrets.token_hex(3)}") as run:
            visitors = await Visitors.start((await run.view()).gui, 40, "steady", tmp_path / "visitors.ndjson")
            try:
                with pytest.raises(UserError, match="Prometheus has had no such series"):
                    await run.measured()
            finally:
                await visitors.stop()
                await run.down(wait=False)


def test_a_dns_that_may_not_watch_services_is_not_ready_and_the_harness_says_so(admin: Administrator) -> None:
    with (
        without(admin, "faces-coredns", {"watch"}, "kube-system/coredns"),
        pytest.raises(PlatformFailed, match="coredns"),
    ):
        Kubectl(admin.cluster.kubectl, admin.cluster.kubeconfig).wait_for([DNS], limit_s=15)


@contextmanager
def without(admin: Administrator, role: str, verbs: set[str], deployment: str) -> Iterator[None]:
    """A ClusterRole with these verbs less, its Deployment (NAMESPACE/NAME) started anew; as before afterwards."""
    namespace, _, name = deployment.partition("/")
    rules = admin.get("clusterrole", role)["rules"]
    less = [{**rule, "verbs": [verb for verb in rule["verbs"] if verb not in verbs]} for rule in rules]
    less = [rule for rule in less if rule["verbs"]]  # Kubernetes takes no rule without a verb
    assert less != rules

    def put(wanted: object) -> None:
        admin.kubectl("patch", "clusterrole", role, "--type=merge", f"--patch={json.dumps({'rules': wanted})}")
        # Not `rollout restart`: that one would wait for the new pod to be ready before it ends the old one.
        admin.kubectl("delete", "pods", f"--namespace={namespace}", f"--selector=app={name}", "--grace-period=1")

    put(less)
    try:
        yield
    finally:
        put(rules)
        admin.kubectl("rollout", "status", f"--namespace={namespace}", f"deployment/{name}", "--timeout=60s")
