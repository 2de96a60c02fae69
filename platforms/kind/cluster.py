"""A kind cluster of our own: make it, find it, end it. From `kind create` on, both origins go the same way."""

import contextlib
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from platforms.install import contents, extras
from platforms.install.extras import Extra
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import Say, Toolbox
from platforms.kind import homemade
from platforms.kind.choosing import by_name
from platforms.kind.layout import Layout, Record
from platforms.kind.origin import Origin
from platforms.kind.program import Kind
from platforms.machine import box, cgroups
from seam.errors import NotRunning, PlatformFailed, UserError

DEFAULT = "kind"
DNS = "kube-system/coredns"
# kind waits so long for the node; the control plane has another four minutes before that, which are kubeadm's.
_READY_LIMIT_S = 120


@dataclass(frozen=True, slots=True)
class KindCluster:
    """A cluster that is up. Anything that talks to Kubernetes can use its kubeconfig."""

    layout: Layout
    kubectl: Path

    @classmethod
    def find(cls, name: str | None = None) -> "KindCluster":
        """The one of that name, or the only one that is up. Raises NotRunning, naming the command that helps."""
        up = clusters_up()
        if name is None and len(up) > 1:
            raise UserError(f"Several clusters are up ({', '.join(up)}); choose one with --cluster.")
        if not up or (name is not None and name not in up):
            which = "No kind cluster is" if name is None else f"No kind cluster named {name!r} is"
            raise NotRunning(f"{which} up; make one with `faces cluster up --on kind`.")
        layout = Layout.of(name or up[0])
        record = layout.read()
        assert record is not None, "it is ready"
        return cls(layout, record.kubectl)


def clusters_up() -> list[str]:
    return [name for name in Layout.names() if is_up(Layout.of(name))]


def is_up(layout: Layout) -> bool:
    """Whether it is ready, and its box has not died, if it has one. Nobody asks Docker, which may be far away."""
    record = layout.read()
    if record is None or not layout.ready.exists():
        return False
    return box.is_up(layout) or not layout.data_root.exists()


def up(name: str, origin: Origin, say: Say, extra: Iterable[str] = ()) -> KindCluster:
    """Make the cluster and return when it is ready. If that fails, or is interrupted, take it down again.

    `extra` names what it has on top (platforms/install/extras.py). Raises UserError if the host lacks something or a
    cluster of that name is up, PlatformFailed if a step fails.
    """
    layout, more = Layout.of(name), extras.chosen(extra)
    if is_up(layout) or box.is_up(layout):
        raise UserError(f"A cluster named {name!r} is up already; use it, or end it with `faces cluster down`.")
    tools = origin.prepare(more, say)
    down(name)  # what is left of one that nobody has taken down
    began = time.monotonic()
    with box.locked(layout) as lock:
        try:
            kubectl = _make(layout, origin, lock, tools, more, say)
            say(f"Kubernetes is ready after {time.monotonic() - began:.0f} s.")
            kind = _kind(layout, origin, tools["kind"])
            origin.load(kind, tools, more, say)
            contents.apply_addons(kubectl, tools, own_images=origin.own_images)
            say("Waiting for DNS, Argo Rollouts and Prometheus...")
            kubectl.wait_for((DNS, *contents.ADDONS))
            extras.apply(more, kubectl, tools, say, own_images=origin.own_images)
            layout.ready.touch()
            say(f"The cluster is ready after {time.monotonic() - began:.0f} s.")
        except BaseException as error:
            if isinstance(error, Exception):  # whoever presses Ctrl-C knows why it is not finished
                kept = box.new_folder(f"faces-{name}-logs")
                keep_logs(layout, kept)
                say(f"The logs of its programs are in {kept}/.")
            down(name)
            raise
    return KindCluster(layout, tools["kubectl"])


def _make(layout: Layout, origin: Origin, lock: int, tools: Toolbox, more: Sequence[Extra], say: Say) -> Kubectl:
    for folder in (layout.folder, layout.logs):
        folder.mkdir(mode=0o700, parents=True)
    layout.write(Record(origin.name, tools["kind"], tools["kubectl"]))
    ground = origin.lay(layout, lock, tools, more, say)
    layout.config.write_text(ground.config)
    layout.kubeconfig.touch(mode=0o600)
    say("Kubernetes is starting...")
    _kind(layout, origin, tools["kind"]).create(layout.config, ground.image, _READY_LIMIT_S, say)
    return Kubectl(tools["kubectl"], layout.kubeconfig)


def down(name: str) -> None:
    """End it: no process, mount, interface, rule, control group or file is left. If there is none, do nothing.

    Kept in the cache, because it makes the next one quick: the programs, and Docker's data with the node image.
    """
    layout = Layout.of(name)
    record = layout.read()
    if record is not None:
        origin = by_name(record.origin)
        origin.end(layout, _kind(layout, origin, record.kind))
    if layout.folder.exists():
        cgroups.remove(layout.cgroup)
        shutil.rmtree(layout.folder)
        layout.lock.unlink(missing_ok=True)
        homemade.forget(layout)


def keep_logs(layout: Layout, folder: Path) -> None:
    """Copy what the daemon and, if it still answers, the node logged: `down` removes it."""
    if layout.logs.is_dir():
        shutil.copytree(layout.logs, folder, dirs_exist_ok=True)
    record = layout.read()
    if record is not None and layout.config.exists():
        with contextlib.suppress(PlatformFailed):
            _kind(layout, by_name(record.origin), record.kind).export_logs(folder / "node")


def _kind(layout: Layout, origin: Origin, program: Path) -> Kind:
    return Kind(program, origin.docker(layout), layout.name, layout.kubeconfig)
