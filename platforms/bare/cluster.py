"""A real Kubernetes on this machine, without Docker and not inside a container: start it, find it, end it."""

import datetime as dt
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platforms.bare import cgroups, host, kernel
from platforms.bare.components import API_PORT, ETCD_IDENTITIES, IDENTITIES, NODE_IP, config_files, kubeconfig
from platforms.bare.layout import Layout, clusters
from platforms.bare.pki import Authority, write_key_pair
from platforms.bare.reach import NodeReach
from platforms.install import contents, toolbox
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import Say, Toolbox
from seam.errors import NotRunning, PlatformFailed, UserError

DEFAULT = "bare"
MANIFESTS = Path(__file__).parent / "manifests"
DNS = "kube-system/coredns"
_READY_LIMIT_S = 90.0
_DOWN_LIMIT_S = 30.0
# The process that started a node has to wait for it, or it stays a zombie; other processes see it disappear.
_started: dict[str, subprocess.Popen[bytes]] = {}


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


def up(name: str, say: Say) -> BareCluster:
    """Build what is missing, start the cluster and return when it is ready. If that fails, take it down again.

    Raises UserError if the host lacks something or a cluster of that name is up, PlatformFailed if a step fails.
    """
    layout = Layout.of(name)
    host.check()
    tools = toolbox.build(say)
    began = time.monotonic()
    with _locked(layout) as lock:
        try:
            _start(layout, tools, lock)
            say("Kubernetes is starting...")
            _wait_until_ready(layout, tools)
            say(f"Kubernetes is ready after {time.monotonic() - began:.0f} s.")
            with contents.image_archive(tools, say) as archive:
                _import(layout, archive)
            _apply_addons(Kubectl(tools["kubectl"], layout.kubeconfig), tools, say)
            say(f"The cluster is ready after {time.monotonic() - began:.0f} s.")
        except BaseException:
            kept = _new_folder(f"faces-{name}-logs")
            keep_logs(layout, kept)
            say(f"The logs of its programs are in {kept}/.")
            down(name)
            raise
    return BareCluster(layout, tools["kubectl"])


def _import(layout: Layout, archive: Path) -> None:
    """Bring images into the node's containerd."""
    address = str(layout.folder / "containerd.sock")
    command = [host.find("ctr") or "ctr", "--address", address, "--namespace", "k8s.io", "images", "import"]
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
    _kill_init(layout)
    if name in _started:
        _started.pop(name).wait(_DOWN_LIMIT_S)
    cgroups.remove(layout.cgroup)
    if layout.folder.exists():
        shutil.rmtree(layout.folder)
    layout.lock.unlink(missing_ok=True)
    if not clusters():
        kernel.restore(_saved_settings(layout))


def keep_logs(layout: Layout, folder: Path) -> None:
    """Copy the logs of the components and the pods: `down` removes the cluster's own folder."""
    for source, place in ((layout.logs, folder), (layout.folder / "pod-logs", folder / "pods")):
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)


def _new_folder(name: str) -> Path:
    """One that was not there before: in a folder that others can write to, an existing one may be a trap for root."""
    for number in itertools.count(1):
        folder = Path(name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def is_up(layout: Layout) -> bool:
    """Whether its init is alive: it holds the lock, and the kernel releases that when it dies."""
    try:
        with layout.lock.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def _locked(layout: Layout) -> Iterator[int]:
    """Hold the cluster's lock. Yields its file descriptor, which the node's init inherits, so that it holds it, too."""
    layout.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with layout.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"A cluster named {layout.name!r} is up already; use it, or end it with `faces cluster down`."
            ) from None
        # Left over from a cluster that was not taken down, as when the machine was switched off.
        cgroups.remove(layout.cgroup)
        shutil.rmtree(layout.folder, ignore_errors=True)
        yield lock.fileno()


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
    programs = {name: str(path) for name, path in tools.programs.items()} | {"containerd": host.find("containerd")}
    (layout.config / "programs.json").write_text(json.dumps(programs))
    cgroups.make(layout.cgroup)
    kernel.save(_saved_settings(layout))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port, handle = listening.getsockname()[1], listening.fileno()
        layout.kubeconfig.touch(mode=0o600)
        layout.kubeconfig.write_text(kubeconfig(layout, "admin", f"https://127.0.0.1:{port}"))
        forward = [sys.executable, "-P", "-m", "platforms.bare.forward", str(handle), NODE_IP, str(API_PORT)]
        (layout.config / "forward.json").write_text(json.dumps(forward))
        _spawn(layout, handle, lock)


def _spawn(layout: Layout, listening: int, lock: int) -> None:
    unshare = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--net", "--propagation", "private"]
    init = [sys.executable, "-P", "-m", "platforms.bare.node", layout.name, str(listening)]
    search_path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    with (layout.logs / "node.log").open("wb") as log:
        parent = subprocess.Popen(
            [*unshare, *init],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, "PATH": search_path},
            pass_fds=(listening, lock),
            start_new_session=True,
        )
    _started[layout.name] = parent
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    deadline = time.monotonic() + _DOWN_LIMIT_S
    while not (born := children.read_text().split()):
        if parent.poll() is not None or time.monotonic() > deadline:
            raise PlatformFailed(f"The node could not be started: {_end_of_log(layout, 'node')}")
        time.sleep(0.01)
    layout.pid.write_text(born[0])


def _wait_until_ready(layout: Layout, tools: Toolbox) -> None:
    """Return when the node reports that it can run pods."""
    command = [str(tools["kubectl"]), "--kubeconfig", str(layout.kubeconfig), "get", "nodes", "-o", "json"]
    deadline = time.monotonic() + _READY_LIMIT_S
    while True:
        asked = subprocess.run(command, capture_output=True, check=False)
        nodes = json.loads(asked.stdout)["items"] if asked.returncode == 0 else []
        if any(c["type"] == "Ready" and c["status"] == "True" for node in nodes for c in node["status"]["conditions"]):
            return
        if not _alive(layout):
            raise PlatformFailed(f"The node exited: {_end_of_log(layout, 'node')}")
        if time.monotonic() > deadline:
            raise PlatformFailed(
                f"Kubernetes was not ready within {_READY_LIMIT_S:.0f} s: {_end_of_log(layout, 'kubelet')}"
            )
        time.sleep(0.3)


def _kill_init(layout: Layout) -> None:
    """Kill the init and wait for its end: the kernel kills every process of its namespace first."""
    if not is_up(layout) or not layout.pid.exists():
        return
    try:
        handle = os.pidfd_open(int(layout.pid.read_text()))
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        _wait_until_dead(handle, layout)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _wait_until_dead(handle: int, layout: Layout) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    if not poll.poll(_DOWN_LIMIT_S * 1000):
        raise PlatformFailed(f"The cluster {layout.name!r} is still running {_DOWN_LIMIT_S:.0f} s after it was killed.")


def _alive(layout: Layout) -> bool:
    return Path(f"/proc/{layout.pid.read_text()}").exists()


def _saved_settings(layout: Layout) -> Path:
    return layout.lock.parent / "kernel.json"


def _end_of_log(layout: Layout, component: str) -> str:
    log = layout.logs / f"{component}.log"
    return log.read_text(errors="replace").strip()[-500:] if log.exists() else "its log is missing"
