"""A real Kubernetes on this machine, without Docker and not inside a container: start it, find it, end it."""

import datetime as dt
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platforms.bare import host
from platforms.bare.components import API_PORT, ETCD_IDENTITIES, IDENTITIES, NODE_IP, config_files, kubeconfig
from platforms.bare.layout import Layout, clusters
from platforms.bare.pki import Authority, write_key_pair
from platforms.bare.reach import NodeReach
from platforms.install import contents, extras, toolbox
from platforms.install.host import find
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import Say, Toolbox
from platforms.machine import box, cgroups, kernel, places
from platforms.machine.box import is_up
from seam.errors import NotRunning, PlatformFailed, UserError

DEFAULT = "bare"
MANIFESTS = Path(__file__).parent / "manifests"
DNS = "kube-system/coredns"
_READY_LIMIT_S = 90.0


@dataclass(frozen=True, slots=True)
class BareCluster:
    """A cluster that is up. Anything that talks to Kubernetes can use its kubeconfig."""

    layout: Layout
    kubectl: Path

    @classmethod
    def find(cls, name: str | None = None) -> "BareCluster":
        """The one of that name, or the only one that is up. Raises NotRunning, naming the command that helps."""
        up = [candidate for candidate in clusters() if is_up(Layout.of(candidate))]
        if name is None and len(up) > 1:
            raise UserError(f"Several clusters are up ({', '.join(up)}); choose one with --cluster.")
        if not up or (name is not None and name not in up):
            which = "No bare cluster is" if name is None else f"No bare cluster named {name!r} is"
            raise NotRunning(f"{which} up; make one with `faces cluster up --on bare`.")
        layout = Layout.of(name or up[0])
        programs = json.loads((layout.config / "programs.json").read_text())
        return cls(layout, Path(programs["kubectl"]))

    @property
    def kubeconfig(self) -> Path:
        return self.layout.kubeconfig

    def reach(self) -> NodeReach:
        """Forwards to its Services and pods; close it after use."""
        return NodeReach(int(self.layout.pid.read_text()), self.kubectl, self.kubeconfig)


def up(name: str, say: Say, extra: Iterable[str] = ()) -> BareCluster:
    """Build what is missing, start the cluster and return when it is ready. If that fails, take it down again.

    `extra` names what it has on top (platforms/install/extras.py). Raises UserError if the host lacks something or a
    cluster of that name is up, PlatformFailed if a step fails.
    """
    layout = Layout.of(name)
    more = extras.chosen(extra)
    extras.made_here(more)
    host.NEEDS.check()
    tools = toolbox.build(say, extras.tools(more))
    began = time.monotonic()
    with box.locked(layout) as lock:
        try:
            _start(layout, tools, lock)
            say("Kubernetes is starting...")
            _wait_until_ready(layout, tools)
            say(f"Kubernetes is ready after {time.monotonic() - began:.0f} s.")
            with contents.image_archive(tools, say, extras.images(more, tools, say)) as archive:
                bring(layout, archive)
            kubectl = Kubectl(tools["kubectl"], layout.kubeconfig)
            _apply_addons(kubectl, tools, say)
            extras.apply(more, kubectl, tools, say)
            say(f"The cluster is ready after {time.monotonic() - began:.0f} s.")
        except BaseException:
            kept = box.new_folder(f"faces-{name}-logs")
            keep_logs(layout, kept)
            say(f"The logs of its programs are in {kept}/.")
            down(name)
            raise
    return BareCluster(layout, tools["kubectl"])


def bring(layout: Layout, archive: Path) -> None:
    """Bring images into the node's containerd."""
    address = str(layout.folder / "containerd.sock")
    command = [find("ctr") or "ctr", "--address", address, "--namespace", "k8s.io", "images", "import"]
    done = subprocess.run([*command, "--digests", str(archive)], capture_output=True, check=False, text=True)
    if done.returncode:
        raise PlatformFailed(f"ctr images import failed: {(done.stderr or done.stdout).strip()[-600:]}")


def _apply_addons(kubectl: Kubectl, tools: Toolbox, say: Say) -> None:
    """What every cluster holds, and DNS, which nobody else installs here. Return when all are available."""
    contents.apply_addons(kubectl, tools)
    kubectl.apply(contents.documents((MANIFESTS / "coredns.yaml").read_text()))
    labels = (f"{mode}={standard}" for mode, standard in contents.RESTRICTED.items())
    kubectl("label", "--overwrite", "namespace", "kube-system", *labels)
    say("Waiting for DNS, Argo Rollouts and Prometheus...")
    kubectl.wait_for((DNS, *contents.ADDONS))


def down(name: str) -> None:
    """End it: no process, mount, interface, rule, control group or file is left. If there is none, do nothing."""
    layout = Layout.of(name)
    box.end(layout)
    cgroups.remove(layout.cgroup)
    if layout.folder.exists():
        shutil.rmtree(layout.folder)
    layout.lock.unlink(missing_ok=True)
    if places.nobody(layout.root()):
        kernel.restore(layout.settings)


def keep_logs(layout: Layout, folder: Path) -> None:
    """Copy the logs of the components and the pods: `down` removes the cluster's own folder."""
    for source, place in ((layout.logs, folder), (layout.folder / "pod-logs", folder / "pods")):
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)


def _start(layout: Layout, tools: Toolbox, lock: int) -> None:
    for folder in (layout.folder, layout.pki, layout.config, layout.config / "cni", layout.logs):
        folder.mkdir(mode=0o700, parents=True)
    now = dt.datetime.now(dt.UTC)
    for ca, identities in (("ca", IDENTITIES), ("etcd-ca", ETCD_IDENTITIES)):
        authority = Authority(layout.pki, now, ca)
        for identity in identities:
            authority.issue(identity)
    write_key_pair(layout.pki, "service-account")
    for file, text in config_files(layout).items():
        (layout.config / file).write_text(text)
    programs = {name: str(path) for name, path in tools.programs.items()} | {"containerd": find("containerd")}
    (layout.config / "programs.json").write_text(json.dumps(programs))
    cgroups.make(layout.cgroup)
    kernel.save(layout.settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port, handle = listening.getsockname()[1], listening.fileno()
        layout.kubeconfig.touch(mode=0o600)
        layout.kubeconfig.write_text(kubeconfig(layout, "admin", f"https://127.0.0.1:{port}"))
        forward = [sys.executable, "-P", "-m", "platforms.machine.forward", str(handle), NODE_IP, str(API_PORT)]
        (layout.config / "forward.json").write_text(json.dumps(forward))
        _spawn(layout, handle, lock)


def _spawn(layout: Layout, listening: int, lock: int) -> None:
    init = [sys.executable, "-P", "-m", "platforms.bare.node", layout.name, str(listening)]
    box.start(layout, init, (listening, lock), "node")


def _wait_until_ready(layout: Layout, tools: Toolbox) -> None:
    """Return when the node reports that it can run pods."""
    command = [str(tools["kubectl"]), "--kubeconfig", str(layout.kubeconfig), "get", "nodes", "-o", "json"]
    deadline = time.monotonic() + _READY_LIMIT_S
    while True:
        asked = subprocess.run(command, capture_output=True, check=False)
        nodes = json.loads(asked.stdout)["items"] if asked.returncode == 0 else []
        if any(c["type"] == "Ready" and c["status"] == "True" for node in nodes for c in node["status"]["conditions"]):
            return
        if not box.alive(layout):
            raise PlatformFailed(f"The node exited: {box.end_of_log(layout, 'node')}")
        if time.monotonic() > deadline:
            raise PlatformFailed(
                f"Kubernetes was not ready within {_READY_LIMIT_S:.0f} s: {box.end_of_log(layout, 'kubelet')}"
            )
        time.sleep(0.3)
