"""What kind, kubeadm, the Docker daemon and the node's containerd are told. Pure.

A home-made cluster has one node, whose network is two of the standard CNI plugins: kind's own, kindnetd, is in no
package registry. Control plane and CoreDNS ask for little CPU, because kubeadm would give them half of a small machine.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

IMAGES = "faces.dev"
POD_RANGE = "10.244.0.0/16"
_NODE_PODS = "10.244.0.0/24"
_PATCHES = "/kind/patches"
_CPU = {"requests": {"cpu": "10m"}}
_CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def homemade(api_port: int, patches: Path, versions: Mapping[str, str]) -> str:
    """The cluster's configuration. `versions` are those of etcd and CoreDNS, without a v.

    `patches` is a folder of this machine.
    """
    node = {
        "role": "control-plane",
        "extraMounts": [{"hostPath": str(patches), "containerPath": _PATCHES, "readOnly": True}],
    }
    kubeadm: list[dict[str, Any]] = [
        # Otherwise the kubelet ends at once on a machine with control groups of version 1.
        {"kind": "KubeletConfiguration", "failCgroupV1": False},
        {"kind": "InitConfiguration", "patches": {"directory": _PATCHES}},
        {
            "kind": "ClusterConfiguration",
            "imageRepository": IMAGES,
            "etcd": {"local": {"imageTag": versions["etcd"]}},
            "dns": {"imageTag": versions["coredns"]},
        },
    ]
    networking = {
        "disableDefaultCNI": True,
        "kubeProxyMode": "nftables",
        "podSubnet": POD_RANGE,
        # Free on this machine, whose loopback forwards it into the box: kind's own kubeconfig is right as it is.
        "apiServerPort": api_port,
    }
    return _cluster(
        nodes=[node], networking=networking, kubeadmConfigPatches=[yaml.safe_dump(patch) for patch in kubeadm]
    )


def upstream() -> str:
    """The configuration for kind's own node image: nothing is changed."""
    return _cluster()


def _cluster(**fields: Any) -> str:
    return yaml.safe_dump({"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", **fields})


def patches() -> dict[str, str]:
    """{name: text} of the files with which kubeadm changes what it makes."""
    files: dict[str, Any] = {
        f"{name}+strategic.yaml": {"spec": {"containers": [{"name": name, "resources": _CPU}]}}
        for name in _CONTROL_PLANE
    }
    dns = {"name": "coredns", "resources": _CPU}
    files["corednsdeployment+strategic.yaml"] = {
        "spec": {"replicas": 1, "template": {"spec": {"containers": [dns]}}},
    }
    return {name: yaml.safe_dump(patch) for name, patch in files.items()}


def daemon(socket: Path, data_root: Path, cgroup: str, runc: Path) -> str:
    """The Docker daemon's configuration. Its run-time state is in /run, which is the box's own."""
    return json.dumps(
        {
            "hosts": [f"unix://{socket}"],
            "group": "root",
            "data-root": str(data_root),
            "exec-root": "/run/docker",
            "pidfile": "/run/docker.pid",
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "cgroup-parent": f"/{cgroup}",
            "runtimes": {"faces": {"path": str(runc)}},
            "default-runtime": "faces",
            # A lower one than its own takes a capability that not every machine grants.
            "oom-score-adjust": 0,
        },
        indent=2,
    )


def cni() -> str:
    """A point-to-point link per pod: the node routes every packet, so kube-proxy sees both directions."""
    link = {
        "type": "ptp",
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "dataDir": "/run/cni-ipam-state",
            "ranges": [[{"subnet": _NODE_PODS}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [link, ports]}, indent=2)


def containerd(kinds: str, pause: str) -> str:
    """Kind's own configuration of containerd, with our pause image.

    Raises ValueError if it has not got the lines that are to be changed.
    """
    lines = []
    changed = set()
    for line in kinds.splitlines():
        key, _, _ = line.partition("=")
        wanted = {
            "sandbox_image": json.dumps(pause),
            # Without CAP_SYS_RESOURCE, no process may get a lower oom_score_adj than containerd itself.
            "restrict_oom_score_adj": "true",
        }.get(key.strip())
        if wanted is not None:
            line = f"{key.rstrip()} = {wanted}"  # noqa: PLW2901
            changed.add(key.strip())
        lines.append(line)
    if len(changed) != 2:
        raise ValueError("kind's config.toml of containerd has no sandbox_image or no restrict_oom_score_adj")
    return "\n".join(lines) + "\n"


def runtime_spec(default: str) -> str:
    """The description that containers of the node start from: containerd's own, changed as kind's image recipe does."""
    spec = json.loads(default)
    spec.setdefault("hooks", {}).setdefault("createContainer", []).append({"path": "/kind/bin/mount-product-files.sh"})
    spec["process"].pop("rlimits", None)
    return json.dumps(spec, indent=2)
