"""git, as far as a delivery needs it: a clone for a moment, a commit, a push. The clone is gone afterwards."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from platforms.delivery.repository import Commit
from seam.errors import PlatformFailed, UserError

_LIMIT_S = 120.0
# A release file is compared byte by byte, and a clone is gone before it would have to be cleaned up.
_ALWAYS = ("-c", "core.autocrlf=false", "-c", "gc.auto=0")
# Whatever the person's own configuration says: nobody is there to sign, and the repository is behind `kubectl exec`.
_OWN = (
    *("-c", "protocol.ext.allow=always", "-c", "commit.gpgSign=false"),
    *("-c", "user.name=faces", "-c", "user.email=faces@localhost"),
)


class Rejected(PlatformFailed):
    """Somebody else has pushed meanwhile."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where this machine reaches a repository. `own`: it is the run's, so its commits are made in faces' name."""

    address: str
    branch: str
    own: bool


@dataclass(frozen=True, slots=True)
class Clone:
    """Its files are in `folder`."""

    folder: Path
    remote: Remote

    def read(self, path: str) -> str:
        """UserError if there is no such file."""
        try:
            return (self.folder / path).read_text()
        except OSError as error:
            raise UserError(
                f"The repository has no {path} on its branch {self.remote.branch} ({error.strerror}); is it the one "
                "that `faces gitops up` has made?"
            ) from error

    async def commit(self, files: Mapping[str, str], message: str) -> Commit:
        """Write these files and commit them. Nothing is pushed yet."""
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        await self._git("add", "--all", "--", *files)
        await self._git("commit", "--quiet", "--allow-empty", "--message", message)
        return await self.head()

    async def revert(self, commit: str) -> Commit:
        """Take one commit back, in a new one. UserError if later ones have changed the same lines."""
        try:
            await self._git("revert", "--no-edit", commit)
        except PlatformFailed as error:
            raise UserError(
                f"Commit {commit[:7]} cannot be taken back by itself: what it changed was changed again. Release what "
                "you want instead, or revert by hand."
            ) from error
        return await self.head()

    async def head(self) -> Commit:
        return _commit(await self._git("log", "-1", "--format=%H %s"))

    async def log(self, path: str) -> list[Commit]:
        """The commits that changed a file, the newest first."""
        return [_commit(line) for line in (await self._git("log", "--format=%H %s", "--", path)).splitlines()]

    async def push(self) -> None:
        """Raises Rejected if somebody else was quicker."""
        try:
            await self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{self.remote.branch}")
        except PlatformFailed as error:
            if any(word in str(error) for word in ("[rejected]", "[remote rejected]", "fetch first")):
                raise Rejected(f"Somebody else has pushed to {self.remote.branch} meanwhile; try again.") from error
            raise

    async def _git(self, *arguments: str) -> str:
        return await _run(self.remote, ("-C", str(self.folder), *arguments))


@asynccontextmanager
async def cloned(remote: Remote) -> AsyncIterator[Clone]:
    """A clone of the branch; one without a commit if the repository is empty."""
    with tempfile.TemporaryDirectory(prefix="faces-git-") as scratch:
        folder = Path(scratch) / "repository"
        await _run(remote, ("clone", "--quiet", "--no-checkout", remote.address, str(folder)))
        clone = Clone(folder, remote)
        heads = await _run(remote, ("-C", str(folder), "branch", "--remotes", "--list", f"origin/{remote.branch}"))
        if heads.strip():
            await _run(remote, ("-C", str(folder), "checkout", "--quiet", "-B", remote.branch, heads.split()[-1]))
        else:
            await _run(remote, ("-C", str(folder), "symbolic-ref", "HEAD", f"refs/heads/{remote.branch}"))
        yield clone


async def _run(remote: Remote, arguments: tuple[str, ...]) -> str:
    """What git printed. PlatformFailed has what it said."""
    git = shutil.which("git")
    if git is None:
        raise UserError("git is needed to deliver by commits, and is missing here: install git, and try again.")
    process = await asyncio.create_subprocess_exec(
        *(git, *_ALWAYS, *(_OWN if remote.own else ()), *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        start_new_session=True,
    )
    try:
        told, said = await asyncio.wait_for(process.communicate(), _LIMIT_S)
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise PlatformFailed(f"git {_verb(arguments)} was not done within {_LIMIT_S:.0f} s.") from None
        raise
    if process.returncode:
        why = (said or told).decode(errors="replace").strip()[-500:]
        raise PlatformFailed(f"git {_verb(arguments)} failed: {why}")
    return told.decode(errors="replace")


def _commit(line: str) -> Commit:
    sha, _, subject = line.strip().partition(" ")
    return Commit(sha, subject)


def _verb(arguments: tuple[str, ...]) -> str:
    return arguments[2] if arguments[0] == "-C" else arguments[0]
