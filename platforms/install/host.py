"""What a cluster wants of this machine: Linux, root, and a few programs of its distribution."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seam.errors import PlatformFailed, UserError

_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
# Asked by packages before they start a service; 101 is "do not". Debian's policy manual, section 9.3.3.
_POLICY = Path("/usr/sbin/policy-rc.d")
_LOCK_LIMIT_S = 300
_NOTHING_STARTS = "#!/bin/sh\nexit 101\n"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Needs:
    """What `who` (`The bare cluster`) needs. `programs` is {program: the Debian and Ubuntu package that has it}."""

    who: str
    programs: Mapping[str, str]

    def check(self) -> None:
        """Raise UserError if something is missing; it names the command that helps."""
        if sys.platform != "linux":
            raise UserError(f"{self.who} needs Linux; on this system use `faces demo`, which needs no cluster.")
        if os.geteuid() != 0:
            raise UserError(f"{self.who} needs root, because it makes namespaces and mounts: try again with sudo.")
        missing = self.missing_packages()
        if missing:
            raise UserError(
                f"{self.who} needs programs that are missing here: add --install, or run apt-get install "
                f"--no-install-recommends {' '.join(missing)}"
            )

    def install(self, say: Say) -> None:
        """Install what is missing, on Debian or Ubuntu and as root. Otherwise do nothing: `check` says what is missing.

        No service is started: a daemon of the distribution would run beside the cluster, in the host's own namespaces.
        """
        missing = self.missing_packages()
        if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
            return
        say(f"Installing {', '.join(missing)}...")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with _nothing_starts():
            for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
                # Somebody else may be installing: a new machine does so by itself.
                waiting = ["apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={_LOCK_LIMIT_S}", *command]
                done = subprocess.run(waiting, env=environment, capture_output=True, check=False)
                if done.returncode:
                    said = done.stderr.decode(errors="replace").strip()[-400:]
                    raise PlatformFailed(f"apt-get {command[0]} failed: {said}")

    def missing_packages(self) -> list[str]:
        """Each once, in the order of the programs."""
        return list(dict.fromkeys(package for program, package in self.programs.items() if find(program) is None))


def find(program: str) -> str | None:
    """Like `which`, but also looks in sbin, which is not always on root's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SBIN])
    return shutil.which(program, path=path)


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Whoever has a policy of their own keeps it."""
    if _POLICY.exists() or not _POLICY.parent.is_dir():
        yield
        return
    _POLICY.write_text(_NOTHING_STARTS)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
