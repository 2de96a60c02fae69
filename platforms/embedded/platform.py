"""The embedded platform from the outside: starts a supervisor, or finds one that runs, and speaks to it."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import aiohttp

from platforms.embedded.launch import DOWN_LIMIT_S, hang_up, launch, wait_until_ready
from platforms.embedded.settings import RunFolder, Settings, is_running, running_names
from seam.errors import NotRunning, PlatformFailed, RunEnded, UserError
from seam.releases import PodChange
from seam.views import EventView, PlatformView, RolloutView
from seam.wire import platform_from_json

Say = Callable[[str], None]


class EmbeddedPlatform:
    """One run. `start` makes it, `find` picks up one that is there; close() only hangs up, down() ends the run."""

    def __init__(self, folder: RunFolder, supervisor: subprocess.Popen[bytes] | None = None) -> None:
        self.folder = folder
        self._which = folder.of_which_run()
        self._supervisor = supervisor
        self._taken_down = False
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(folder.socket)),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    @classmethod
    async def start(cls, settings: Settings, name: str | None = None, progress: Say = lambda _: None) -> Self:
        """Start a run, and return when everybody is served."""
        launched = launch(settings, name)
        await wait_until_ready(launched, progress)
        return cls(launched.folder, launched.process)

    @classmethod
    def find(cls, name: str | None) -> Self:
        """The run of this name, or the only one there is. Raises NotRunning, or UserError if there are several."""
        names = running_names()
        if name is None and len(names) > 1:
            raise UserError(f"Several runs are up ({', '.join(names)}); choose one with --name.")
        if not names or (name is not None and name not in names):
            which = "No run is" if name is None else f"No run named {name!r} is"
            raise NotRunning(f"{which} up; start one with `faces up` or `faces demo`.")
        return cls(RunFolder.of(name or names[0]))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()
        if self._supervisor is not None and self._supervisor.poll() is not None:
            hang_up(self._supervisor)

    @property
    def name(self) -> str:
        return self.folder.path.name

    @property
    def supervisor(self) -> subprocess.Popen[bytes] | None:
        """The process this object started, if it did."""
        return self._supervisor

    async def down(self) -> None:
        self._taken_down = True
        with contextlib.suppress(PlatformFailed):  # it may be gone, or going, already
            await self._post("down")
        try:
            async with asyncio.timeout(DOWN_LIMIT_S):
                # Polled, because a thread that waits could not be cancelled.
                while self._is_there():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            name = self.folder.path.name
            raise PlatformFailed(f"The run {name!r} is still there after {DOWN_LIMIT_S:.0f} s.") from None
        if self._supervisor is not None:
            hang_up(self._supervisor)

    def _is_there(self) -> bool:
        """A run that has taken this one's name in the meantime is another one."""
        if self._supervisor is not None and self._supervisor.poll() is None:
            return True
        return is_running(self.folder) and self.folder.of_which_run() in (self._which, None)

    async def view(self) -> PlatformView:
        return platform_from_json(await self._get("view"))

    async def rollout(self, name: str) -> RolloutView:
        return _pick(await self.view(), name)

    async def watch(self, name: str) -> AsyncIterator[RolloutView]:
        sent = None
        async for platform in self.watch_all():
            view = _pick(platform, name)
            if view != sent:
                sent = view
                yield view

    async def watch_all(self, *, addresses: bool = True) -> AsyncIterator[PlatformView]:
        """Ends only when this object itself takes the run down; else RunEnded or PlatformFailed says why it ended."""
        del addresses  # they are known, and lead to this very machine
        try:
            async with self._session.get("http://run/watch") as stream:
                # Views outgrow the line limit of `async for line in content`, so lines are cut here.
                rest = b""
                async for chunk in stream.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        yield platform_from_json(json.loads(line))
        except aiohttp.ClientError as error:
            if not self._taken_down:
                raise self._gone(error) from error
        if not self._taken_down:
            raise self._gone(None)

    async def measured(self) -> None:
        await self._get("measured")

    async def apply(self, directory: Path) -> None:
        await self._post("apply", {"directory": str(directory.resolve())})

    async def release(self, workload: str, name: str, change: PodChange, version: str | None = None) -> str:
        order = {"name": name, "change": change.to_json(), "version": version}
        answer = await self._post(f"release/{workload}", order)
        return str(answer["version"])

    async def promote(self, name: str, *, full: bool = False) -> None:
        await self._post(f"promote/{name}", {"full": full})

    async def abort(self, name: str) -> None:
        await self._post(f"abort/{name}")

    async def retry(self, name: str) -> None:
        await self._post(f"retry/{name}")

    async def undo(self, name: str, revision: int | None = None) -> None:
        await self._post(f"undo/{name}", {"revision": revision})

    async def events(self, name: str) -> tuple[EventView, ...]:
        return tuple(EventView(**event) for event in await self._get(f"events/{name}"))

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        answer = await self._post(f"inject/{name}", {"faults": dict(faults), "version": version})
        return list(answer["pods"])

    async def clear(self, name: str, version: str | None = None, kinds: Sequence[str] = ()) -> list[str]:
        answer = await self._post(f"clear/{name}", {"version": version, "kinds": list(kinds)})
        return list(answer["pods"])

    async def pod_metrics(self, name: str) -> dict[str, str]:
        view, pages = await self.rollout(name), {}
        # Not by the run's own session, which knows one Unix socket and nothing else.
        async with aiohttp.ClientSession() as session:
            for pod in (pod for replica_set in view.replica_sets for pod in replica_set.pods):
                if pod.ready and pod.admin is not None:
                    with contextlib.suppress(aiohttp.ClientError):  # it went away just now
                        async with session.get(f"{pod.admin}/metrics") as page:
                            pages[pod.name] = await page.text()
        return pages

    async def _get(self, path: str) -> Any:
        return await self._ask("GET", path, None)

    async def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._ask("POST", path, body or {})

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            async with self._session.request(method, f"http://run/{path}", json=body) as answer:
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, json.JSONDecodeError) as error:
            raise self._gone(error) from error
        if answer.status == 422:
            raise UserError(said["error"])
        if answer.status == 503:
            raise PlatformFailed(said["error"])
        if answer.status >= 400:
            raise PlatformFailed(f"The run {self.folder.path.name!r} answered {answer.status} to {path}.")
        return said

    def _gone(self, error: Exception | None) -> PlatformFailed:
        """Why there is no answer any more."""
        name = self.folder.path.name
        if self.folder.ended:
            return RunEnded(f"The run {name!r} was ended by somebody else.")
        why = f": {error}" if error is not None else ""
        return PlatformFailed(f"The run {name!r} does not answer{why}. Its logs are in {self.folder.logs}.")


def _pick(platform: PlatformView, name: str) -> RolloutView:
    for view in platform.rollouts:
        if view.name == name:
            return view
    known = ", ".join(view.name for view in platform.rollouts)
    raise UserError(f"There is no Rollout {name!r}; there are {known}.")
