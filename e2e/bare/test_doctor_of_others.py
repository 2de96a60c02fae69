"""What a doctor says of what is not the run itself: nodes, policies, a mesh. Provoked with real objects."""

import datetime as dt
import secrets
from typing import Any

import pytest
import yaml

from e2e.bare.administrator import Administrator
from e2e.bare.test_doctor import applied, control_plane, examined
from seam.doctor import Result

pytestmark = [pytest.mark.timeout(120), pytest.mark.alone]


@pytest.mark.parametrize(
    ("ahead_s", "result", "saw"),
    [(60, Result.FAILED, "ahead of"), (-60, Result.FAILED, "behind"), (10, Result.WARNING, "ahead of")],
)
async def test_a_node_whose_clock_is_wrong_is_told(
    admin: Administrator, ahead_s: int, result: Result, saw: str
) -> None:
    """As its kubelet would note it in its lease: no clock of this machine is turned."""
    renewed = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead_s)
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "elsewhere", "namespace": "kube-node-lease"},
        "spec": {
            "holderIdentity": "elsewhere",
            "leaseDurationSeconds": 40,
            "renewTime": f"{renewed:%Y-%m-%dT%H:%M:%S.%f}Z",
        },
    }
    with applied(admin, lease):
        found = (await examined(admin, "nowhere"))["clocks"]
        assert found.result is result, found
        assert found.saw.startswith("the clock of node elsewhere is at least ")
        assert saw in found.saw
    assert (await examined(admin, "nowhere"))["clocks"].result is Result.OK


async def test_a_policy_between_argo_rollouts_and_prometheus_is_told(admin: Administrator) -> None:
    policy: dict[str, Any] = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "own-namespace-only", "namespace": "monitoring"},
        "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]},
    }
    with applied(admin, policy):
        found = (await examined(admin, "nowhere"))["policies"]
        assert found.result is Result.FAILED
        assert found.saw == (
            "NetworkPolicy own-namespace-only in namespace monitoring lets nobody in from namespace argo-rollouts"
        )
        controllers = {"kubernetes.io/metadata.name": "argo-rollouts"}
        policy["spec"]["ingress"][0]["from"].append({"namespaceSelector": {"matchLabels": controllers}})
        admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(policy))
        assert (await examined(admin, "nowhere"))["policies"].result is Result.OK


async def test_a_mesh_that_nobody_has_tried_and_a_pod_that_is_not_in_it_are_told(admin: Administrator) -> None:
    name, namespace = f"doctor-{secrets.token_hex(3)}", "linkerd"
    old = control_plane(namespace)
    old["metadata"]["annotations"] = {"linkerd.io/created-by": "linkerd/cli stable-2.10.2"}
    metadata = {"name": name, "annotations": {"linkerd.io/inject": "enabled"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": name},
        "spec": {"containers": [{"name": "alone", "image": "faces.dev/pause:1"}], "terminationGracePeriodSeconds": 1},
    }
    with (
        applied(admin, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        applied(admin, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}),
    ):
        admin.kubectl("apply", "--filename=-", given=yaml.safe_dump_all([old, pod]))
        admin.kubectl("wait", f"--namespace={name}", "--for=condition=Ready", "--timeout=60s", "pod/alone")
        found = await examined(admin, name)
        assert found["versions"].result is Result.WARNING
        assert "Linkerd stable-2.10.2" in found["versions"].saw
        assert found["mesh"].result is Result.FAILED
        assert found["mesh"].saw == ("1 of 1 pod without a proxy: alone; what they call they call without weights")
