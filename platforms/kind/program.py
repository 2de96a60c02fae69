"""The `kind` command, for one cluster."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platforms.install.toolbox import Say
from platforms.kind.docker import Docker
from seam.errors import PlatformFailed

_STEP = re.compile(r"^ \u2022 (.*?)\s*[^\x00-\x7f]*\s*\.\.\.$")
_END_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Kind:
    """`kubeconfig` is a file of the cluster's own: nobody's ~/.kube/config is touched."""

    program: Path
    docker: Docker
    cluster: str
    kubeconfig: Path

    def create(self, config: Path, image: str, limit_s: int, say: Say) -> None:
        """Make the cluster, and return when its node is ready. Tells each step that kind tells."""
        # `--retain`, because whoever looks for the cause of a failure wants the node's logs.
        options = ("--retain", f"--config={config}", f"--image={image}", f"--wait={limit_s}s")
        told: list[str] = []
        with self._running("create", "cluster", *options, f"--kubeconfig={self.kubeconfig}") as process:
            assert process.stderr is not None
            for line in process.stderr:
                told.append(line)
                step = _STEP.match(line.rstrip("\n"))
                if step:
                    say(f"  kind: {step[1].rstrip()}...")
        if process.returncode:
            raise PlatformFailed(f"kind create cluster failed: {_errors(told)}")

    def load_archive(self, archive: Path) -> None:
        """Bring the images of an archive onto the node."""
        self._run("load", "image-archive", str(archive))

    def load_images(self, *images: str) -> None:
        """Bring images of the Docker daemon onto the node."""
        self._run("load", "docker-image", *images)

    def export_logs(self, folder: Path) -> None:
        """What the node's programs, containers and pods logged."""
        self._run("export", "logs", str(folder), limit_s=_END_LIMIT_S)

    def delete(self) -> None:
        self._run("delete", "cluster", f"--kubeconfig={self.kubeconfig}", limit_s=_END_LIMIT_S)

    def _run(self, *words: str, limit_s: float | None = None) -> None:
        with self._running(*words) as process:
            try:
                _, said = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                raise PlatformFailed(f"kind {' '.join(words[:2])} did not end within {limit_s:.0f} s.") from None
        if process.returncode:
            raise PlatformFailed(f"kind {' '.join(words[:2])} failed: {_errors([said])}")

    @contextmanager
    def _running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Killed if this process has something else to do, such as to clean up after a Ctrl-C."""
        with subprocess.Popen(
            [str(self.program), *words[:2], f"--name={self.cluster}", *words[2:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.docker.environment(), "KIND_EXPERIMENTAL_PROVIDER": "docker"},
            start_new_session=True,
        ) as process:
            try:
                yield process
                process.wait()
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # with the docker commands that it waits for
                raise


def _errors(told: list[str]) -> str:
    """From the first line that is an error on: before it stand the steps, after it many words of other programs."""
    text = "".join(told)
    found = text.find("ERROR:")
    return text[max(found, 0) :].strip()[:800]
