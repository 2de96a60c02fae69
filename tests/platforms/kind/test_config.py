import json
from pathlib import Path

import pytest
import yaml

from platforms.kind import config

KINDS = """\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  # use fixed sandbox image
  sandbox_image = "registry.example/pause:3.10"
  tolerate_missing_hugepages_controller = true
  # restrict_oom_score_adj needs to be true when running inside UserNS (rootless)
  restrict_oom_score_adj = false
"""


def test_the_homemade_cluster_is_one_node_that_pulls_nothing() -> None:
    made = yaml.safe_load(config.homemade(40123, Path("/p"), {"etcd": "3.6.5", "coredns": "1.14.7"}))
    assert (made["kind"], made["apiVersion"]) == ("Cluster", "kind.x-k8s.io/v1alpha4")
    assert made["networking"]["apiServerPort"] == 40123
    assert made["networking"]["disableDefaultCNI"] is True
    (node,) = made["nodes"]
    assert [mount["hostPath"] for mount in node["extraMounts"]] == ["/p"]
    patches = {patch["kind"]: patch for patch in map(yaml.safe_load, made["kubeadmConfigPatches"])}
    assert patches["KubeletConfiguration"]["failCgroupV1"] is False
    assert patches["InitConfiguration"]["patches"]["directory"] == node["extraMounts"][0]["containerPath"]
    cluster = patches["ClusterConfiguration"]
    assert cluster["imageRepository"] == config.IMAGES
    assert (cluster["etcd"]["local"]["imageTag"], cluster["dns"]["imageTag"]) == ("3.6.5", "1.14.7")


def test_the_upstream_cluster_is_kinds_own() -> None:
    assert yaml.safe_load(config.upstream()) == {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4"}


def test_what_kubeadm_makes_asks_for_a_hundredth_of_a_core_each() -> None:
    made = {name.partition("+")[0]: yaml.safe_load(text) for name, text in config.patches().items()}
    dns = made.pop("corednsdeployment")["spec"]
    assert dns["replicas"] == 1
    containers = {name: patch["spec"]["containers"] for name, patch in made.items()}
    assert set(containers) == {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
    for (container,) in (*containers.values(), dns["template"]["spec"]["containers"]):
        assert container["resources"]["requests"]["cpu"] == "10m"
    assert all([one["name"] for one in found] == [name] for name, found in containers.items())


def test_the_daemon_has_everything_in_its_box_but_the_socket_and_the_data() -> None:
    made = json.loads(config.daemon(Path("/f/docker.sock"), Path("/c/docker-1"), "faces-x", Path("/f/runc")))
    assert made["hosts"] == ["unix:///f/docker.sock"]
    assert made["data-root"] == "/c/docker-1"
    assert made["cgroup-parent"] == "/faces-x"
    assert made["exec-root"].startswith("/run/")
    assert made["pidfile"].startswith("/run/")
    assert made["runtimes"][made["default-runtime"]]["path"] == "/f/runc"


def test_containerd_is_configured_as_kind_does_but_for_two_lines() -> None:
    made = config.containerd(KINDS, "faces.dev/pause:1")
    changed = [(old, new) for old, new in zip(KINDS.splitlines(), made.splitlines(), strict=True) if old != new]
    assert [new for _, new in changed] == [
        '  sandbox_image = "faces.dev/pause:1"',
        "  restrict_oom_score_adj = true",
    ]


@pytest.mark.parametrize("missing", ["sandbox_image", "restrict_oom_score_adj ="])
def test_a_containerd_configuration_without_those_lines_is_noticed(missing: str) -> None:
    other = "\n".join(line for line in KINDS.splitlines() if not line.strip().startswith(missing))
    with pytest.raises(ValueError, match="no sandbox_image or no restrict_oom_score_adj"):
        config.containerd(other, "faces.dev/pause:1")


def test_containers_start_from_containerds_own_description_with_kinds_hook_and_without_limits() -> None:
    default = {"process": {"args": ["sh"], "rlimits": [{"type": "RLIMIT_NOFILE"}]}, "root": {}}
    made = json.loads(config.runtime_spec(json.dumps(default)))
    assert made["process"] == {"args": ["sh"]}
    assert [hook["path"] for hook in made["hooks"]["createContainer"]] == ["/kind/bin/mount-product-files.sh"]


def test_pods_have_a_network_of_their_own_on_the_node() -> None:
    made = json.loads(config.cni())
    assert [plugin["type"] for plugin in made["plugins"]] == ["ptp", "portmap"]
    (((pods,),),) = (made["plugins"][0]["ipam"]["ranges"],)
    assert pods["subnet"].startswith(config.POD_RANGE.rpartition(".0.0/")[0])
