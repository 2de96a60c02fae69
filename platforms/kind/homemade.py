"""The origin for a machine without Docker or without the internet: everything comes from package registries.

kind and kubeadm are built from their Go modules, the node image from the distribution's packages and kind's base files,
and the distribution's Docker daemon runs in a box of its own.
"""

import contextlib
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from platforms.install import contents, extras, rootfs, toolbox
from platforms.install.extras import Extra
from platforms.install.host import Needs
from platforms.install.toolbox import KIND, KUBEADM, Say, Toolbox
from platforms.kind import config, control_plane, data_root, node_image, runc
from platforms.kind.data_root import DataRoot
from platforms.kind.docker import Docker
from platforms.kind.host import NEEDS
from platforms.kind.layout import Layout
from platforms.kind.origin import Ground
from platforms.kind.program import Kind
from platforms.machine import box, cgroups, kernel, places
from seam.errors import PlatformFailed

_DOCKER_LIMIT_S = 30.0
_END_GRACE_S = 15.0
_REPOSITORY = "faces.dev/kind-node"
_IN_THE_IMAGE = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "coredns", "pause"),
    *("kubeadm", "kubelet", "kubectl"),
)
# kind mounts it into every node, and Docker makes it on a machine that has none.
_MODULES = Path("/lib/modules")


class HomeMade:
    name = "registries"
    own_images = True

    def __init__(self, needs: Needs = NEEDS) -> None:
        self._needs = needs

    def prepare(self, more: Sequence[Extra], say: Say) -> Toolbox:
        extras.made_here(more)
        self._needs.check()
        return toolbox.build(say, (*extras.tools(more), KUBEADM, KIND))

    def lay(self, layout: Layout, lock: int, tools: Toolbox, more: Sequence[Extra], say: Say) -> Ground:
        del more  # it is loaded later
        say("Starting a Docker daemon in namespaces of its own...")
        port = _start(layout, lock)
        docker = self.docker(layout)
        _wait_until_it_runs(layout, docker)
        image = _image(docker, tools, say)
        DataRoot(Path(layout.data_root.read_text())).used.touch()
        versions = {name: contents.VERSIONS[name].removeprefix("v") for name in ("etcd", "coredns")}
        return Ground(docker, image, config.homemade(port, layout.patches, versions))

    def load(self, kind: Kind, tools: Toolbox, more: Sequence[Extra], say: Say) -> None:
        with contents.image_archive(tools, say, extras.images(more, tools, say)) as archive:
            say("Loading the images of the app and of the addons, about 15 seconds...")
            kind.load_archive(archive)

    def docker(self, layout: Layout) -> Docker:
        return Docker(layout.socket)

    def end(self, layout: Layout, kind: Kind) -> None:
        root = DataRoot(Path(layout.data_root.read_text())) if layout.data_root.exists() else None
        clean = root is None or not root.used.exists()
        if not clean and box.is_up(layout):
            with contextlib.suppress(PlatformFailed):
                kind.delete()
                clean = True
        box.end(layout, _END_GRACE_S if clean else 0)
        cgroups.remove(layout.cgroup)
        if root is not None:
            root.release(clean=clean)


def forget(layout: Layout) -> None:
    """When the last cluster has gone: the machine is as it was before the first, whichever kind that was of."""
    if not layout.names() and _made_modules(layout).exists():
        with contextlib.suppress(OSError):  # somebody else has put something into it
            _MODULES.rmdir()
        _made_modules(layout).unlink()
    if places.nobody(layout.root()):
        kernel.restore(layout.settings)


def _start(layout: Layout, lock: int) -> int:
    """Start the box. Returns the port at which the API server will be reached."""
    layout.patches.mkdir()
    for name, text in config.patches().items():
        (layout.patches / name).write_text(text)
    cgroups.make(layout.cgroup)
    kernel.save(layout.settings)
    if not _MODULES.exists():
        _made_modules(layout).touch()
        _MODULES.mkdir()
    layout.runc.write_text(f'#!/bin/sh\nexec {sys.executable} -IS {runc.__file__} "$@"\n')
    layout.runc.chmod(0o755)
    with data_root.claimed() as (root, held), socket.create_server(("127.0.0.1", 0)) as listening:
        layout.data_root.write_text(str(root.folder))
        layout.daemon.write_text(config.daemon(layout.socket, root.folder, layout.cgroup, layout.runc))
        handle, port = listening.fileno(), int(listening.getsockname()[1])
        init = [sys.executable, "-P", "-m", "platforms.kind.box", layout.name, str(handle), str(port)]
        box.start(layout, init, (handle, lock, held), "box")
    return port


def _wait_until_it_runs(layout: Layout, docker: Docker) -> None:
    deadline = time.monotonic() + _DOCKER_LIMIT_S
    while not (layout.socket.exists() and docker.runs()):
        if not box.alive(layout):
            said = box.end_of_log(layout, "dockerd") or box.end_of_log(layout, "box")
            raise PlatformFailed(f"The Docker daemon ended: {said}")
        if time.monotonic() > deadline:
            raise PlatformFailed(
                f"The Docker daemon did not answer within {_DOCKER_LIMIT_S:.0f} s: {box.end_of_log(layout, 'dockerd')}"
            )
        time.sleep(0.2)


def _image(docker: Docker, tools: Toolbox, say: Say) -> str:
    """The node's image, made if Docker has none of just this content; older ones are removed."""
    version = KUBEADM.version
    base = rootfs.distribution_layer("kind-node", node_image.PACKAGES, 60, say)
    module = tools.modules[KIND.folder] / "images" / "base" / "files"
    files = node_image.added(module, tools, version, contents.PAUSE_IMAGE)
    programs = [tools[name] for name in _IN_THE_IMAGE]
    image = f"{_REPOSITORY}:{version}-{node_image.key(base, files, programs)}"
    if docker.has(image):
        return image
    say("Making the node's image, about 30 seconds...")
    began = time.monotonic()
    for older in docker("image", "ls", "--quiet", "--filter", f"reference={_REPOSITORY}").split():
        docker("image", "rm", "--force", older)
    versions = {name: contents.VERSIONS[name].removeprefix("v") for name in ("etcd", "coredns")}
    with (
        control_plane.archive(tools, {**versions, "kubernetes": version}) as images,
        docker.importing(image, *node_image.CHANGES) as out,
    ):
        node_image.write(out, base, files, images)
    say(f"  made in {time.monotonic() - began:.0f} s.")
    return image


def _made_modules(layout: Layout) -> Path:
    return layout.root() / "made-modules"
