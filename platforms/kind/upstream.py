"""The origin for a machine with Docker and the internet: the images that the projects publish.

No run has shown this one yet: it was written on a machine without either. kind's node image is pinned by the digest
that kind's own release names; the others by the tags that their manifests name.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from platforms.install import contents, extras, rootfs, toolbox, versions
from platforms.install.extras import Extra
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import KIND, Say, Toolbox
from platforms.kind import config
from platforms.kind.docker import Docker
from platforms.kind.layout import Layout
from platforms.kind.origin import Ground
from platforms.kind.program import Kind
from seam.errors import UserError

_NODE = versions.read().parts["kind-node"]
NODE_IMAGE = f"{_NODE.image}:{_NODE.version}@{_NODE.digest}"


class Upstream:
    name = "upstream"
    own_images = False

    def __init__(self, *, preload: bool = False) -> None:
        """`preload`: fetch every image before the cluster is made, so that it works without the internet afterwards."""
        self._preload = preload

    def prepare(self, more: Sequence[Extra], say: Say) -> Toolbox:
        for extra in more:
            if self._preload and extra.published is None:
                raise UserError(f"{extra.title} cannot be fetched beforehand: leave out --preload, or {extra.title}.")
        for program in ("docker", "kubectl", *(program for extra in more for program in extra.programs)):
            if shutil.which(program) is None:
                raise UserError(
                    f"A kind cluster from upstream images needs {program}, which is missing: install it so that it is "
                    "on PATH, or use --from registries."
                )
        if not Docker().runs():
            raise UserError(
                "A kind cluster from upstream images needs a Docker daemon, and none answers: start it, or use "
                "--from registries."
            )
        built = toolbox.build(say, (KIND,))
        programs = {**built.programs, "kubectl": Path(shutil.which("kubectl") or "kubectl")}
        # Their manifests are read in the modules; nothing more is built.
        return Toolbox(programs, {**built.modules, **toolbox.modules(extras.tools(more))})

    def lay(self, layout: Layout, lock: int, tools: Toolbox, more: Sequence[Extra], say: Say) -> Ground:
        del layout, lock
        docker = self.docker_of_this_machine()
        say(f"Building the app's image {contents.APP_IMAGE}...")
        _build(docker)
        for image in self._wanted(tools, more):
            if not docker.has(image):
                say(f"Fetching {image}...")
                docker("pull", "--quiet", image)
        return Ground(docker, NODE_IMAGE, config.upstream())

    def load(self, kind: Kind, tools: Toolbox, more: Sequence[Extra], say: Say) -> None:
        say("Loading images onto the node...")
        kind.load_images(contents.APP_IMAGE, *(image for image in self._wanted(tools, more) if image != NODE_IMAGE))

    def docker(self, layout: Layout) -> Docker:
        del layout
        return self.docker_of_this_machine()

    def end(self, layout: Layout, kind: Kind) -> None:
        del layout
        kind.delete()

    @staticmethod
    def docker_of_this_machine() -> Docker:
        return Docker()

    def _wanted(self, tools: Toolbox, more: Sequence[Extra]) -> list[str]:
        """What is fetched before the cluster is made. kind would fetch the node's image by itself, without a word."""
        if not self._preload:
            return [NODE_IMAGE]
        # Kustomize speaks to no cluster.
        addons = contents.addon_images(Kubectl(tools["kubectl"], Path("/dev/null")), tools)
        return [NODE_IMAGE, *addons, *(image for extra in more if extra.published for image in extra.published(tools))]


def _build(docker: Docker) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        rootfs.app_context(Path(temporary))
        docker("build", "--quiet", f"--tag={contents.APP_IMAGE}", f"--file={rootfs.CONTAINERFILE}", temporary)
