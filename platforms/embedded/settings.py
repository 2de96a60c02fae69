"""What one run is started with, and where it keeps what it has: the only things CLI and supervisor share on disk."""

import fcntl
import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from seam.errors import UserError

_LONGEST_SOCKET = 103  # macOS; Linux takes four more
ENGINE = "embedded engine, after Argo Rollouts v1.10.1"


@dataclass(frozen=True, slots=True)
class Settings:
    """`port` None: 8080 or the next free one. `attached`: end when standard input does. `seed` makes names and
    faults repeatable. `services` are annotations that Services get on top of their own, by the Service's name.
    """

    manifests: str
    port: int | None = None
    attached: bool = False
    seed: int | None = None
    scrape_interval: str = "500ms"
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The one folder of one run. It is short, because the path of a socket may not be long."""

    path: Path

    @classmethod
    def at(cls, path: str) -> "RunFolder":
        return cls(Path(path))

    @classmethod
    def of(cls, name: str) -> "RunFolder":
        return cls(runs_folder() / name)

    @property
    def lock(self) -> Path:
        return self.path.with_suffix(".lock")

    @property
    def settings(self) -> Path:
        return self.path / "settings.json"

    @property
    def socket(self) -> Path:
        return self.path / "api.sock"

    @property
    def envoy_socket(self) -> Path:
        return self.path / "envoy.sock"

    def of_which_run(self) -> tuple[int, int] | None:
        """The same as long as this run is there; another once another run has its name, None when there is none."""
        try:
            found = self.settings.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    @property
    def ended(self) -> bool:
        """Whether it was taken down: a run that failed leaves its folder, for the logs."""
        return self._ending.exists() or not self.path.exists()

    def note_end(self) -> None:
        """It is being taken down, and its folder will be gone soon."""
        self._ending.touch()

    @property
    def _ending(self) -> Path:
        return self.path / "ending"

    @property
    def log(self) -> Path:
        """The supervisor's own."""
        return self.logs / "supervisor.log"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def write(self, settings: Settings) -> None:
        for folder in (self.path, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settings.write_text(json.dumps(asdict(settings)))

    def read(self) -> Settings:
        return Settings(**json.loads(self.settings.read_text()))


def runs_folder() -> Path:
    """Private to the user, because a run obeys everybody who can reach its sockets."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    usable = base and os.access(base, os.W_OK)  # after `su` it names somebody else's
    folder = Path(base or "") / "faces" if usable else Path(tempfile.gettempdir()) / f"faces-{os.getuid()}"
    return private_folder(folder)


def private_folder(folder: Path) -> Path:
    """Make it if need be. UserError where others can get in, or have put something else in its place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise UserError(f"{folder} is open to others, who could command your runs; remove it, or chmod 700 it.")
    return folder


def claim(name: str | None) -> tuple[RunFolder, int]:
    """Take a name for a new run: this one, or demo, demo-2, ... The run lives as long as somebody holds the lock's
    file descriptor, which is handed down to the supervisor; the kernel lets it go with the last process.
    """
    candidates = [name] if name else ["demo", *(f"demo-{number}" for number in range(2, 100))]
    for candidate in candidates:
        folder = RunFolder.of(_checked(candidate))
        handle = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        return folder, handle
    raise UserError(
        f"A run named {candidates[-1]!r} is up already; end it with `faces down`, or choose another --name."
    )


def _checked(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise UserError(f"{name!r} cannot name a run; use at most 40 lower case letters, digits and dashes.")
    socket = RunFolder.of(name).envoy_socket  # the longest of them
    if len(os.fsencode(socket)) > _LONGEST_SOCKET:
        raise UserError(f"{socket} is too long for a socket; set XDG_RUNTIME_DIR to a shorter folder.")
    return name


def is_running(folder: RunFolder) -> bool:
    """Whether anybody holds the run's lock."""
    try:
        with folder.lock.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def running_names() -> list[str]:
    return sorted(lock.stem for lock in runs_folder().glob("*.lock") if is_running(RunFolder.of(lock.stem)))
