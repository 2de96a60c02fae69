"""The app's image from its Containerfile, by whichever builder this machine has: docker, podman or buildah.

python -m platforms.install.builders [--arch amd64,arm64] [--from registries] [--tag faces:dev]

With a registry, it stands on the images that the Containerfile names; without one, on bases that are made here of the
distribution's packages, which buildah alone can start from.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platforms.install import rootfs
from platforms.install.contents import APP_IMAGE
from platforms.install.host import Needs
from platforms.install.images import ARCHITECTURES, Image, this_architecture, write_archive
from seam.errors import PlatformError, PlatformFailed, UserError

NEEDS = Needs("An image without a registry", {"buildah": "buildah", "mmdebstrap": "mmdebstrap"})
_PROGRAMS = ("docker", "podman", "buildah")
# A proxy may have a certificate of its own, which pip inside does not know.
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
Say = rootfs.Say


@dataclass(frozen=True, slots=True)
class Builder:
    """`options` come before the verb of each command."""

    program: str
    options: tuple[str, ...] = ()

    def build(self, tag: str, architecture: str, arguments: Mapping[str, str]) -> None:
        """Raises PlatformFailed with what the builder said."""
        with tempfile.TemporaryDirectory() as folder:
            rootfs.app_context(Path(folder))
            self(*building(self.program, tag, architecture, arguments), f"--file={rootfs.CONTAINERFILE}", folder)

    def __call__(self, *words: str) -> str:
        command = [self.program, *self.options, *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-800:]
            raise PlatformFailed(f"{Path(self.program).name} {words[0]} failed: {said}")
        return done.stdout.strip()

    def size(self, tag: str) -> str:
        """Unpacked: `119 MB`."""
        if self.program == "buildah":
            return self("images", "--noheading", "--format={{.Size}}", tag)
        return f"{int(self('image', 'inspect', '--format={{.Size}}', tag)) / 1e6:.0f} MB"

    def write(self, tag: str, file: Path) -> None:
        """As an OCI archive, which containerd imports; the image in it is called `tag`."""
        if self.program == "buildah":
            self("push", "--quiet", tag, f"oci-archive:{file}:{tag}")
        else:
            self("save", f"--output={file}", tag)


def building(program: str, tag: str, architecture: str, arguments: Mapping[str, str]) -> list[str]:
    """The words that build, but for the Containerfile and the folder."""
    words = ["build", f"--tag={tag}", f"--platform=linux/{architecture}"]
    if program == "buildah":
        # In the namespaces of this machine: it may have no right to make others. Layers are kept, for the next time.
        words += ["--isolation=chroot", "--layers", f"--build-arg=BUILDPLATFORM=linux/{this_architecture()}"]
        if _AUTHORITIES.exists():
            words += [f"--volume={_AUTHORITIES}:{_AUTHORITIES}:ro"]
    return words + [f"--build-arg={name}={value}" for name, value in arguments.items()]


def homemade(builder: Builder, architecture: str, say: Say) -> dict[str, str]:
    """The arguments of the Containerfile: bases that are made here, and pulled from no registry."""
    other = "" if architecture == this_architecture() else architecture
    return {
        "BUILDER": _base(builder, rootfs.builder_layer(say), this_architecture()),
        "BASE": _base(builder, rootfs.base_layer(say, other), architecture),
    }


def _base(builder: Builder, layer: Path, architecture: str) -> str:
    """Its ID: by a name, buildah does not find what is for another architecture."""
    with tempfile.TemporaryDirectory(dir=layer.parent) as folder:
        archive = Path(folder) / "base.tar"
        write_archive(archive, [Image("", (layer,), (), "0", architecture=architecture)])
        return builder("pull", "--quiet", f"oci-archive:{archive}")


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m platforms.install.builders", description="Build the app's image.")
    parser.add_argument("--arch", default=this_architecture(), help="amd64, arm64, or both with a comma")
    parser.add_argument("--from", dest="origin", choices=("upstream", "registries"), default="upstream")
    parser.add_argument("--tag", default=APP_IMAGE, help=f"its name (default: {APP_IMAGE})")
    asked = parser.parse_args(given)
    try:
        for architecture in asked.arch.split(","):
            if architecture not in ARCHITECTURES.values():
                raise UserError(f"--arch {architecture}: choose {', '.join(ARCHITECTURES.values())}.")
            tag = asked.tag if architecture == this_architecture() else f"{asked.tag}-{architecture}"
            made(chosen(asked.origin, print), tag, architecture, asked.origin, print)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def chosen(origin: str, say: Say) -> Builder:
    """Raises UserError if this machine has none."""
    if origin == "registries":
        NEEDS.install(say)
        NEEDS.check()
        return Builder("buildah")
    found = next((program for program in _PROGRAMS if shutil.which(program)), None)
    if found is None:
        raise UserError("An image needs docker, podman or buildah, and none is here: install one, and try again.")
    return Builder(found)


def made(builder: Builder, tag: str, architecture: str, origin: str, say: Say) -> None:
    began = time.monotonic()
    builder.build(tag, architecture, homemade(builder, architecture, say) if origin == "registries" else {})
    took, size = time.monotonic() - began, builder.size(tag)
    say(f"{tag} for linux/{architecture}: {size} unpacked, built by {builder.program} in {took:.0f} s.")


if __name__ == "__main__":
    sys.exit(main())
