import ipaddress
import json
import re
import ssl
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import load_kube_config

from platforms.bare import components as described
from platforms.bare.cluster import MANIFESTS
from platforms.bare.components import API_PORT, API_SERVICE_IP, DNS_IP, IDENTITIES, NODE, NODE_IP, Component
from platforms.bare.host import CNI
from platforms.bare.layout import Layout
from platforms.bare.pki import Identity
from platforms.install.contents import PAUSE_IMAGE
from platforms.install.toolbox import Toolbox
from tests.platforms.bare.handshake import shake_hands

Commands = tuple[Component, ...]

# What is named before it is there: whoever runs makes it.
MADE_LATER = {
    "containerd",
    "containerd.sock",
    "etcd",
    "kubelet",
    "kubelet-certificates",
    "logs/audit.log",
    "pod-addresses",
    "pod-logs",
    "volume-plugins",
}

# Whom the bindings that the API server makes by itself (its bootstrap policy), its node authorizer and the group that
# may do everything stand for. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles
EXPECTED = {
    "apiserver": ("kube-apiserver", ()),
    "apiserver-kubelet": ("apiserver", ("system:masters",)),
    "admin": ("admin", ("system:masters",)),
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
    "proxy": ("system:kube-proxy", ()),
    "kubelet": (f"system:node:{NODE}", ("system:nodes",)),
}


def options(commands: Commands, name: str) -> dict[str, str]:
    (command,) = [component.command for component in commands if component.name == name]
    return {flag: value for flag, _, value in (word.partition("=") for word in command[1:])}


def config(layout: Layout, file: str) -> Any:
    return yaml.safe_load((layout.config / file).read_text())


def toml(layout: Layout) -> dict[str, Any]:
    return tomllib.loads((layout.config / "containerd.toml").read_text())


def cri(layout: Layout) -> dict[str, Any]:
    found: dict[str, Any] = toml(layout)["plugins"]["io.containerd.grpc.v1.cri"]
    return found


def test_every_file_that_is_named_is_there_when_the_node_starts(written: Layout, commands: Commands) -> None:
    files = [path for path in (*written.config.rglob("*"), written.kubeconfig) if path.is_file()]
    said = [word for component in commands for word in component.command] + [file.read_text() for file in files]
    inside = re.compile(re.escape(str(written.folder)) + r"/([\w./-]+)")
    named = {match for text in said for match in inside.findall(text)}
    assert {name for name in named if not (written.folder / name).exists()} == MADE_LATER
    assert "pki/ca.crt" in named  # the pattern finds something


def test_every_file_that_is_written_is_named_by_somebody(written: Layout, commands: Commands) -> None:
    """But for what `faces` itself reads, and the list of pod networks, of which a folder is named."""
    files = [path for path in written.folder.rglob("*") if path.is_file()]
    said = " ".join(word for component in commands for word in component.command)
    said += " ".join(path.read_text() for path in files if path.parent == written.config or path == written.kubeconfig)
    unnamed = {str(path.relative_to(written.folder)) for path in files if str(path) not in said}
    assert unnamed == {"kubeconfig", "config/programs.json", "config/forward.json", "config/cni/10-pods.conflist"}


def test_only_root_may_look_into_the_folder(written: Layout) -> None:
    for path in (written.folder, written.pki, written.config, written.logs):
        assert path.stat().st_mode & 0o777 == 0o700
    assert written.kubeconfig.stat().st_mode & 0o777 == 0o600


def test_each_component_is_a_program_that_was_built_or_found(commands: Commands, toolbox: Toolbox) -> None:
    known = {str(path) for path in toolbox.programs.values()} | {"/usr/bin/containerd"}
    assert {component.command[0] for component in commands} <= known
    assert [component.name for component in commands] == [Path(component.command[0]).name for component in commands]


@pytest.mark.parametrize("user", ["controller-manager", "scheduler", "kubelet", "proxy", "admin"])
async def test_the_official_client_loads_each_kubeconfig_and_is_whom_it_should_be(written: Layout, user: str) -> None:
    file = written.kubeconfig if user == "admin" else written.config / f"{user}.kubeconfig"
    loaded = Configuration()
    await load_kube_config(str(file), client_configuration=loaded, persist_config=False)
    assert loaded.ssl_ca_cert == str(written.pki / "ca.crt")
    assert (loaded.cert_file, loaded.key_file) == tuple(str(written.pki / f"{user}.{end}") for end in ("crt", "key"))
    subject = x509.load_pem_x509_certificate(Path(str(loaded.cert_file)).read_bytes()).subject
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [EXPECTED[user][0]]
    if user != "admin":
        assert loaded.host == f"https://{NODE_IP}:{API_PORT}"


def test_the_administrator_comes_through_a_port_of_loopback_that_leads_to_the_api(written: Layout) -> None:
    server = config(written, "../kubeconfig")["clusters"][0]["cluster"]["server"]
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+", server)
    forward = json.loads((written.config / "forward.json").read_text())
    assert forward[:4] == [sys.executable, "-P", "-m", "platforms.machine.forward"]
    assert int(forward[4]) > 2
    assert forward[5:] == [NODE_IP, str(API_PORT)]


def test_the_api_server_is_where_everybody_looks_for_it(commands: Commands) -> None:
    asked = options(commands, "kube-apiserver")
    assert asked["--advertise-address"] == NODE_IP
    assert asked["--secure-port"] == str(API_PORT)
    (server,) = [identity for identity in IDENTITIES if identity.file == "apiserver"]
    assert {NODE_IP, API_SERVICE_IP, "127.0.0.1", "kubernetes.default.svc"} <= set(server.addresses)
    etcd = options(commands, "etcd")
    assert asked["--etcd-servers"] == etcd["--listen-client-urls"] == etcd["--advertise-client-urls"]


def test_each_certificate_that_is_named_has_its_own_key_beside_it(commands: Commands, written: Layout) -> None:
    asked = options(commands, "kube-apiserver")
    kubelet = config(written, "kubelet.yaml")
    for certificate, key in (
        (asked["--tls-cert-file"], asked["--tls-private-key-file"]),
        (asked["--kubelet-client-certificate"], asked["--kubelet-client-key"]),
        (asked["--etcd-certfile"], asked["--etcd-keyfile"]),
        (kubelet["tlsCertFile"], kubelet["tlsPrivateKeyFile"]),
    ):
        assert Path(certificate).with_suffix(".key") == Path(key)


def test_tokens_are_signed_with_one_key_and_checked_with_its_other_half(commands: Commands) -> None:
    asked = options(commands, "kube-apiserver")
    signing = asked["--service-account-signing-key-file"]
    assert options(commands, "kube-controller-manager")["--service-account-private-key-file"] == signing
    assert Path(asked["--service-account-key-file"]) == Path(signing).with_suffix(".pub")


def test_the_names_are_those_that_kubernetes_gives_its_roles_to() -> None:
    assert {one.file: (one.user, one.groups) for one in IDENTITIES} == EXPECTED


def test_the_node_has_one_name_and_one_address(commands: Commands, written: Layout) -> None:
    asked = options(commands, "kubelet")
    assert (asked["--hostname-override"], asked["--node-ip"]) == (NODE, NODE_IP)
    assert config(written, "kube-proxy.yaml")["hostnameOverride"] == NODE
    (kubelet,) = [identity for identity in IDENTITIES if identity.file == "kubelet"]
    assert set(kubelet.addresses) == {NODE, NODE_IP}


def test_services_pods_and_the_node_have_addresses_of_their_own(commands: Commands, written: Layout) -> None:
    services = ipaddress.ip_network(described.SERVICE_RANGE)
    pods = ipaddress.ip_network(described.POD_RANGE)
    assert options(commands, "kube-apiserver")["--service-cluster-ip-range"] == str(services)
    # The API server's own Service gets the first one, whatever anybody asks for.
    assert ipaddress.ip_address(API_SERVICE_IP) == services[1]
    assert ipaddress.ip_address(DNS_IP) in services
    assert DNS_IP != API_SERVICE_IP
    assert not pods.overlaps(services)
    assert ipaddress.ip_address(NODE_IP) not in pods
    assert ipaddress.ip_address(NODE_IP) not in services
    assert config(written, "kube-proxy.yaml")["clusterCIDR"] == str(pods)


def test_dns_is_where_pods_ask_for_it_and_knows_the_domain(written: Layout) -> None:
    documents = list(yaml.safe_load_all((MANIFESTS / "coredns.yaml").read_text()))
    (service,) = [document for document in documents if document["kind"] == "Service"]
    (corefile,) = [document["data"]["Corefile"] for document in documents if document["kind"] == "ConfigMap"]
    kubelet = config(written, "kubelet.yaml")
    assert kubelet["clusterDNS"] == [DNS_IP] == [service["spec"]["clusterIP"]]
    assert f"kubernetes {kubelet['clusterDomain']} " in corefile
    # An empty one: CoreDNS asks nobody, and a pod with `dnsPolicy: Default` neither.
    assert Path(kubelet["resolvConf"]).read_text() == ""


def test_containerd_listens_where_the_kubelet_asks_and_finds_its_networks(written: Layout) -> None:
    runtime, plugin = toml(written), cri(written)
    assert config(written, "kubelet.yaml")["containerRuntimeEndpoint"] == f"unix://{runtime['grpc']['address']}"
    assert runtime["version"] == 2
    assert plugin["sandbox_image"] == PAUSE_IMAGE
    assert plugin["containerd"]["snapshotter"] == "overlayfs"
    assert "io.containerd.snapshotter.v1.overlayfs" not in runtime["disabled_plugins"]
    assert plugin["cni"]["bin_dir"] == str(CNI)
    (networks,) = Path(plugin["cni"]["conf_dir"]).iterdir()
    (link,) = json.loads(networks.read_text())["plugins"]
    assert link["ipam"]["ranges"] == [[{"subnet": described.POD_RANGE}]]


def test_kubelet_and_containerd_agree_on_who_keeps_the_control_groups(written: Layout) -> None:
    kubelet = config(written, "kubelet.yaml")
    assert kubelet["cgroupDriver"] == "cgroupfs"
    assert kubelet["cgroupRoot"] == f"/{written.cgroup}"
    assert cri(written)["containerd"]["runtimes"]["runc"]["options"] == {"SystemdCgroup": False}


def test_nobody_gets_in_without_a_name(commands: Commands, written: Layout) -> None:
    kubelet = config(written, "kubelet.yaml")
    assert kubelet["authentication"]["anonymous"] == {"enabled": False}
    assert kubelet["authorization"] == {"mode": "Webhook"}
    assert kubelet.get("readOnlyPort", 0) == 0
    asked = options(commands, "kube-apiserver")
    assert asked["--authorization-mode"] == "Node,RBAC"
    assert asked["--anonymous-auth"] == "false"
    etcd = options(commands, "etcd")
    assert {"--client-cert-auth", "--peer-client-cert-auth"} <= set(etcd)
    listening = [value for flag, value in etcd.items() if flag.startswith("--listen-")]
    assert listening
    assert all(value.startswith("https://127.0.0.1:") for value in listening)


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler"])
def test_pods_cannot_reach_what_answers_only_to_probes(commands: Commands, name: str) -> None:
    assert options(commands, name)["--bind-address"] == "127.0.0.1"


def test_etcd_lets_the_api_server_in(commands: Commands) -> None:
    asked = options(commands, "kube-apiserver")
    shaken_hands(commands, asked["--etcd-certfile"], asked["--etcd-keyfile"])


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.file)
def test_etcd_lets_none_of_kubernetes_users_in(commands: Commands, written: Layout, identity: Identity) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unknown.ca|verify failed"):
        shaken_hands(commands, str(written.pki / f"{identity.file}.crt"), str(written.pki / f"{identity.file}.key"))


def test_etcd_lets_nobody_in_without_a_certificate(commands: Commands) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate"):
        shaken_hands(commands)


def shaken_hands(commands: Commands, *client: str) -> None:
    """A handshake between etcd and the API server as their command lines say, with the certificate of `client`."""
    etcd = options(commands, "etcd")
    answering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=etcd["--trusted-ca-file"])
    answering.verify_mode = ssl.CERT_REQUIRED
    answering.load_cert_chain(etcd["--cert-file"], etcd["--key-file"])
    asking = ssl.create_default_context(cafile=options(commands, "kube-apiserver")["--etcd-cafile"])
    if client:
        asking.load_cert_chain(*client)
    shake_hands(asking, answering, "127.0.0.1")
