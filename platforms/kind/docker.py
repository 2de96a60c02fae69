"""The `docker` command, as one that speaks to a daemon of ours or to the one that this machine has."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seam.errors import PlatformFailed

# What leads programs to another daemon, or a box without a way out to a proxy.
_MISLEADING = ("DOCKER_HOST", "DOCKER_CONTEXT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_ASKING_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Docker:
    """`socket` None: the daemon that the command would speak to by itself."""

    socket: Path | None = None

    def environment(self) -> dict[str, str]:
        """For the command, and for programs that call it, as kind does."""
        if self.socket is None:
            return dict(os.environ)
        misleading = {*_MISLEADING, *(name.lower() for name in _MISLEADING)}
        kept = {name: value for name, value in os.environ.items() if name not in misleading}
        return {**kept, "DOCKER_HOST": f"unix://{self.socket}"}

    def __call__(self, *arguments: str) -> str:
        """What it printed. Raises PlatformFailed with what it said if it fails."""
        done = subprocess.run(
            ["docker", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            env=self.environment(),
        )
        if done.returncode:
            raise PlatformFailed(f"docker {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        """Whether it does within some seconds; False as well where there is no such command."""
        if shutil.which("docker") is None:
            return False
        command = ["docker", *arguments]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                env=self.environment(),
                timeout=_ASKING_LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def runs(self) -> bool:
        return self.succeeds("version")

    def has(self, image: str) -> bool:
        return self.succeeds("image", "inspect", image)

    @contextmanager
    def importing(self, image: str, *changes: str) -> Iterator[IO[bytes]]:
        """Takes the image's root file system, as a tar. There is no such image before the end of it."""
        options = [part for change in changes for part in ("--change", change)]
        with subprocess.Popen(
            ["docker", "import", *options, "-", image],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self.environment(),
            start_new_session=True,
        ) as importing:
            assert importing.stdin is not None
            assert importing.stderr is not None
            try:
                with contextlib.suppress(BrokenPipeError):  # it has ended before; what it said is told below
                    yield importing.stdin
                    importing.stdin.close()
                said = importing.stderr.read().decode(errors="replace")
                importing.wait()
            except BaseException:
                importing.kill()  # before its input is closed, which it would take for the end of the image
                raise
        if importing.returncode:
            raise PlatformFailed(f"docker import failed: {said.strip()[-600:]}")
