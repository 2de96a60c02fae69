"""kubectl, as the administrator of a cluster that is being made."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seam.errors import PlatformFailed


@dataclass(frozen=True, slots=True)
class Kubectl:
    """The program, and whom it speaks to."""

    program: Path
    kubeconfig: Path

    def __call__(self, *arguments: str, text: str | None = None) -> str:
        """What it printed. Raises PlatformFailed with what it said if it fails."""
        given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, capture_output=True, check=False, text=True, **given)
        if done.returncode:
            what = arguments[-1] if text is None else arguments[0]
            raise PlatformFailed(f"kubectl {what} failed: {(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    def apply(self, documents: Iterable[dict[str, Any]]) -> None:
        """Server-side, because some CRDs are too large for the annotation of a client-side apply."""
        self("apply", "--server-side", "--filename=-", text=yaml.safe_dump_all(documents))

    def wait_for(self, workloads: Iterable[str], limit_s: int = 90) -> None:
        """Return when all of them are available. Raises PlatformFailed for one that is not.

        They are Deployments (NAMESPACE/NAME), or of the kind that is named (NAMESPACE/statefulset/NAME).
        """
        for one in workloads:
            namespace, _, name = one.partition("/")
            target = name if "/" in name else f"deployment/{name}"
            self("rollout", "status", f"--namespace={namespace}", f"--timeout={limit_s}s", target)
