"""The Docker daemon's data, kept in the cache: it holds the node image, which takes half a minute to bring in.

Only one daemon at a time can use a folder, so further clusters at the same time have further ones, which are removed
with them. A folder in which a node was not deleted in good order is removed as well: nobody can say what is in it.
"""

import fcntl
import itertools
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platforms.install.cache import cache_folder

# A daemon's last process may still be on its way out.
_END_LIMIT_S = 2.0


@dataclass(frozen=True, slots=True)
class DataRoot:
    """The folder is there for the daemon; its lock and its mark lie beside it."""

    folder: Path

    @property
    def used(self) -> Path:
        """The mark: is there as long as a node may be in it."""
        return self.folder.with_name(f"{self.folder.name}.used")

    @property
    def lock(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.lock")

    @property
    def first(self) -> bool:
        """The first one is kept when its cluster ends."""
        return self.folder.name.endswith("-1")

    def release(self, *, clean: bool) -> None:
        """After the daemon has ended. `clean`: the node was deleted by Docker itself.

        If the daemon was killed, another one may have claimed the folder since; then it is that one's.
        """
        handle = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _locked_within(handle, _END_LIMIT_S):
                return
            if not (clean and self.first):
                shutil.rmtree(self.folder, ignore_errors=True)
            self.used.unlink(missing_ok=True)
            if not self.first:
                self.lock.unlink(missing_ok=True)
        finally:
            os.close(handle)


@contextmanager
def claimed() -> Iterator[tuple[DataRoot, int]]:
    """The first that nobody uses, and the file descriptor of its lock, for the daemon's box to inherit."""
    for number in itertools.count(1):
        found = DataRoot(cache_folder("kind") / f"docker-{number}")
        found.folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(found.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _locked_within(handle, 0):
                continue
            if found.used.exists():  # left by a cluster that nobody has taken down
                shutil.rmtree(found.folder, ignore_errors=True)
                found.used.unlink()
            found.folder.mkdir(mode=0o700, exist_ok=True)
            yield found, handle
            return
        finally:
            os.close(handle)


def _locked_within(handle: int, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
            return True
