"""The programs of one Kubernetes node and its control plane: their command lines and configuration. Pure.

Every address is inside the cluster's own network namespace, so every cluster has the same ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from platforms.bare.host import CNI
from platforms.bare.layout import Layout
from platforms.bare.pki import Identity
from platforms.install.contents import PAUSE_IMAGE

NODE = "node"
NODE_IP = "10.250.0.1"
API_PORT = 6443
_ETCD, _ETCD_PEER = "https://127.0.0.1:2379", "https://127.0.0.1:2380"
POD_RANGE = "10.244.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"
DNS_IP = "10.96.0.10"
DOMAIN = "cluster.local"

_API_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{DOMAIN}")
# 127.0.0.1: the administrator connects to a forwarded port of the host's loopback.
IDENTITIES = (
    Identity("apiserver", "kube-apiserver", (), (*_API_NAMES, API_SERVICE_IP, NODE_IP, "127.0.0.1", "localhost")),
    Identity("apiserver-kubelet", "apiserver", ("system:masters",)),
    Identity("admin", "admin", ("system:masters",)),
    Identity("controller-manager", "system:kube-controller-manager"),
    Identity("scheduler", "system:kube-scheduler"),
    Identity("proxy", "system:kube-proxy"),
    Identity("kubelet", f"system:node:{NODE}", ("system:nodes",), (NODE, NODE_IP)),
)
ETCD_IDENTITIES = (Identity("etcd", "etcd", (), ("127.0.0.1",)), Identity("apiserver-etcd", "kube-apiserver"))


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    command: tuple[str, ...]


def components(layout: Layout, programs: Mapping[str, str]) -> tuple[Component, ...]:
    """In the order in which they are started. Each waits for those before it, or ends and is started again."""
    pki, config = layout.pki, layout.config
    return (
        Component(
            "etcd",
            (
                programs["etcd"],
                f"--data-dir={layout.folder / 'etcd'}",
                *etcd_flags(layout.pki, _ETCD, _ETCD_PEER),
                # Nobody needs the data of a cluster after a crash.
                "--unsafe-no-fsync",
                "--log-level=warn",
            ),
        ),
        Component("containerd", (programs["containerd"], "--config", str(config / "containerd.toml"))),
        Component("kube-apiserver", (programs["kube-apiserver"], *_apiserver(layout))),
        Component(
            "kube-controller-manager",
            (
                programs["kube-controller-manager"],
                f"--kubeconfig={config / 'controller-manager.kubeconfig'}",
                f"--root-ca-file={pki / 'ca.crt'}",
                f"--service-account-private-key-file={pki / 'service-account.key'}",
                "--use-service-account-credentials",
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
            ),
        ),
        Component(
            "kube-scheduler",
            (
                programs["kube-scheduler"],
                f"--kubeconfig={config / 'scheduler.kubeconfig'}",
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
            ),
        ),
        Component(
            "kubelet",
            (
                programs["kubelet"],
                f"--config={config / 'kubelet.yaml'}",
                f"--kubeconfig={config / 'kubelet.kubeconfig'}",
                f"--root-dir={layout.folder / 'kubelet'}",
                f"--cert-dir={layout.folder / 'kubelet-certificates'}",
                f"--hostname-override={NODE}",
                f"--node-ip={NODE_IP}",
            ),
        ),
        Component("kube-proxy", (programs["kube-proxy"], f"--config={config / 'kube-proxy.yaml'}")),
    )


def etcd_flags(pki: Path, client: str, peer: str) -> tuple[str, ...]:
    """The flags of an etcd that listens at `client`, and for other members at `peer`, with files of ETCD_IDENTITIES.

    Nobody gets in without a certificate: otherwise a pod with `hostNetwork` could read and write every object.
    """
    ca, certificate, key = (pki / file for file in ("etcd-ca.crt", "etcd.crt", "etcd.key"))
    return (
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--cert-file={certificate}",
        f"--key-file={key}",
        f"--trusted-ca-file={ca}",
        "--client-cert-auth",
        # There is no other member, but the port for them is open.
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        f"--peer-cert-file={certificate}",
        f"--peer-key-file={key}",
        f"--peer-trusted-ca-file={ca}",
        "--peer-client-cert-auth",
    )


def etcd_client_flags(pki: Path, etcd: str) -> tuple[str, ...]:
    """The flags of the API server whose etcd is at that address."""
    return (
        f"--etcd-servers={etcd}",
        f"--etcd-cafile={pki / 'etcd-ca.crt'}",
        f"--etcd-certfile={pki / 'apiserver-etcd.crt'}",
        f"--etcd-keyfile={pki / 'apiserver-etcd.key'}",
    )


def _apiserver(layout: Layout) -> tuple[str, ...]:
    pki = layout.pki
    return (
        *etcd_client_flags(pki, _ETCD),
        f"--advertise-address={NODE_IP}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        # Every user of this machine can connect to the forwarded port: without a certificate, not even a version.
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
        # No DNS knows the node's name.
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--audit-policy-file={layout.config / 'audit.yaml'}",
        f"--audit-log-path={layout.audit_log}",
    )


def config_files(layout: Layout) -> dict[str, str]:
    """{name: text} of each file in the folder `config`."""
    return {
        "containerd.toml": _containerd(layout),
        "cni/10-pods.conflist": json.dumps(_cni(layout), indent=2),
        "kubelet.yaml": yaml.safe_dump(_kubelet(layout)),
        "kube-proxy.yaml": yaml.safe_dump(_kube_proxy(layout)),
        "audit.yaml": yaml.safe_dump(_audit_policy()),
        # Pods ask CoreDNS, and CoreDNS asks nobody: no query leaves the cluster.
        "resolv.conf": "",
        **{
            f"{user}.kubeconfig": kubeconfig(layout, user, f"https://{NODE_IP}:{API_PORT}")
            for user in ("controller-manager", "scheduler", "kubelet", "proxy")
        },
    }


def kubeconfig(layout: Layout, user: str, server: str) -> str:
    """`user` is the file name of one of IDENTITIES."""
    cluster = {"server": server, "certificate-authority": str(layout.pki / "ca.crt")}
    credentials = {
        "client-certificate": str(layout.pki / f"{user}.crt"),
        "client-key": str(layout.pki / f"{user}.key"),
    }
    name = f"faces-{layout.name}"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": user, "user": credentials}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
            "current-context": name,
        }
    )


def _kubelet(layout: Layout) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(layout.pki / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{layout.folder / 'containerd.sock'}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [DNS_IP],
        "clusterDomain": DOMAIN,
        "resolvConf": str(layout.config / "resolv.conf"),
        "podLogsDir": str(layout.folder / "pod-logs"),
        "volumePluginDir": str(layout.folder / "volume-plugins"),
        # The disk is the host's: a pod is not evicted because it is full.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        # Shorter than the defaults, because people and tests wait for these.
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
    }


def _kube_proxy(layout: Layout) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": POD_RANGE,
        "hostnameOverride": NODE,
        "clientConnection": {"kubeconfig": str(layout.config / "proxy.kubeconfig")},
        "nftables": {"minSyncPeriod": "100ms"},
        # The size of the connection table is a setting of the whole machine: leave it alone.
        "conntrack": {"maxPerCore": 0, "min": 0},
    }


def _audit_policy() -> dict[str, Any]:
    """Log the requests of the ServiceAccounts that this project gives rights to: they show which rights are needed."""
    dns = "system:serviceaccount:kube-system:coredns"
    others = [f"system:serviceaccounts:{namespace}" for namespace in ("kube-system", "argo-rollouts", "argocd")]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "users": [dns]},
            {"level": "None", "userGroups": others},
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
            {"level": "None"},
        ],
    }


def _cni(layout: Layout) -> dict[str, Any]:
    """A point-to-point link per pod: the node routes every packet, so kube-proxy sees both directions."""
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(layout.folder / "pod-addresses"),
                    "ranges": [[{"subnet": POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }


def _containerd(layout: Layout) -> str:
    cri = "plugins.'io.containerd.grpc.v1.cri'"
    runc = f"{cri}.containerd.runtimes.runc"
    lines = [
        "version = 2",
        f"root = {_quoted(layout.folder / 'containerd')}",
        f"state = {_quoted('/run/containerd')}",
        "disabled_plugins = ["
        + ", ".join(_quoted(f"io.containerd.snapshotter.v1.{name}") for name in ("aufs", "btrfs", "devmapper", "zfs"))
        + "]",
        "[grpc]",
        f"address = {_quoted(layout.folder / 'containerd.sock')}",
        f"[{cri}]",
        f"sandbox_image = {_quoted(PAUSE_IMAGE)}",
        # Without CAP_SYS_RESOURCE, no process may get a lower oom_score_adj than containerd itself.
        "restrict_oom_score_adj = true",
        f"[{cri}.containerd]",
        "snapshotter = 'overlayfs'",
        f"[{runc}]",
        "runtime_type = 'io.containerd.runc.v2'",
        f"[{runc}.options]",
        "SystemdCgroup = false",
        f"[{cri}.cni]",
        f"bin_dir = {_quoted(CNI)}",
        f"conf_dir = {_quoted(layout.config / 'cni')}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    return f"'{value}'"
