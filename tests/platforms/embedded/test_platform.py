import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.embedded import platform as client
from platforms.embedded.api import command_app, status_app
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import RunFolder, Settings, claim
from seam.errors import NotRunning, PlatformFailed, RunEnded, UserError
from seam.releases import PodChange
from seam.views import PlatformView, RolloutView

if TYPE_CHECKING:
    from platforms.embedded.platform_run import PlatformRun

SMILEY = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Healthy",
    message="",
    revision=1,
    stable_hash="aaa",
    current_hash="aaa",
    stable_version="v1",
    current_version="v1",
    current_step_index=None,
    steps=(),
    canary_weight=0,
    stable_weight=100,
    aborted=False,
)


@dataclass
class FakeRun:
    """What the API asks of a run: it notes what is asked, and fails as it is told."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)
    fails: Exception | None = None
    rollouts: tuple[RolloutView, ...] = (SMILEY,)
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def view(self) -> PlatformView:
        return PlatformView("embedded", "engine", "http://gui", "http://prometheus", self.rollouts)

    async def measured(self) -> None:
        self._note("measured")

    def controller(self, name: str) -> "FakeRun":
        self.asked.append(("controller", name))
        return self

    async def release(self, name: str, change: PodChange, version: str | None) -> str:
        self._note("release", name, change, version)
        return "v2"

    async def undo(self, revision: int | None) -> None:
        self._note("undo", revision)

    async def promote(self, *, full: bool) -> None:
        self._note("promote", full)

    @property
    def controllers(self) -> dict[str, "FakeRun"]:
        return {"smiley": self}

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        self.listeners.append(listener)
        yield

    def change(self, **changes: Any) -> None:
        self.rollouts = (replace(self.rollouts[0], **changes),)
        for listener in self.listeners:
            listener()

    def _note(self, *words: Any) -> None:
        self.asked.append(words)
        if self.fails is not None:
            raise self.fails


@dataclass
class Served:
    run: FakeRun
    platform: EmbeddedPlatform
    folder: RunFolder
    lock: int
    runner: web.AppRunner


@pytest.fixture(autouse=True)
def short_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield folder


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A run of the real name, socket and API, with nothing behind them."""
    folder, lock = claim("mine")
    folder.write(Settings("manifests"))
    run, down = FakeRun(), asyncio.Event()
    runner = web.AppRunner(command_app(cast("PlatformRun", run), down), shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(folder.socket)).start()

    async def end() -> None:
        await down.wait()
        folder.note_end()
        await runner.cleanup()
        shutil.rmtree(folder.path)
        os.close(lock)

    ending = asyncio.create_task(end())
    async with EmbeddedPlatform.find(None) as platform:
        yield Served(run, platform, folder, lock, runner)
    down.set()
    await ending


async def test_a_run_is_found_by_its_name_or_because_it_is_the_only_one(served: Served) -> None:
    for name in (None, "mine"):
        async with EmbeddedPlatform.find(name) as found:
            assert found.folder == served.folder
    with pytest.raises(NotRunning, match=r"^No run named 'other' is up; start one with `faces up` or `faces demo`\.$"):
        EmbeddedPlatform.find("other")


async def test_with_several_runs_one_has_to_be_chosen(served: Served) -> None:
    del served
    second = claim("second")[1]
    with pytest.raises(UserError, match=r"^Several runs are up \(mine, second\); choose one with --name\.$"):
        EmbeddedPlatform.find(None)
    os.close(second)


async def test_what_is_asked_reaches_the_run_and_the_answer_comes_back(served: Served) -> None:
    assert await served.platform.view() == served.run.view()
    assert await served.platform.rollout("smiley") == SMILEY
    assert await served.platform.release("smiley", "hang", PodChange({"FAULTS": "{}"})) == "v2"
    await served.platform.promote("smiley", full=True)
    await served.platform.undo("smiley", 3)
    assert [asked for asked in served.run.asked if asked[0] != "controller"] == [
        ("release", "hang", PodChange({"FAULTS": "{}"}), None),
        ("promote", True),
        ("undo", 3),
    ]


async def test_an_unknown_rollout_is_refused_with_those_that_there_are(served: Served) -> None:
    with pytest.raises(UserError, match=r"^There is no Rollout 'smily'; there are smiley\.$"):
        await served.platform.rollout("smily")


@pytest.mark.parametrize("error", [UserError("Yours."), PlatformFailed("Ours.")])
async def test_whose_fault_it_is_survives_the_socket(served: Served, error: Exception) -> None:
    served.run.fails = error
    with pytest.raises(type(error)) as told:
        await served.platform.measured()
    assert type(told.value) is type(error)
    assert str(told.value) == str(error)


async def test_watching_gives_the_present_view_and_then_each_change_of_that_rollout(served: Served) -> None:
    watching = served.platform.watch("smiley")
    assert await anext(watching) == SMILEY
    served.run.change(canary_weight=30)
    assert (await anext(watching)).canary_weight == 30
    served.run.change()
    # Longer than any buffer on the way.
    served.run.change(message="x" * 300_000)
    assert len((await anext(watching)).message) == 300_000
    await watching.aclose()  # type: ignore[attr-defined]


async def test_down_returns_when_the_run_is_gone(served: Served) -> None:
    await served.platform.down()
    with pytest.raises(NotRunning):
        EmbeddedPlatform.find("mine")
    await served.platform.down()


async def test_a_run_that_somebody_else_takes_down_is_one_sentence_for_all_who_use_it(served: Served) -> None:
    watching = served.platform.watch("smiley")
    assert await anext(watching) == SMILEY
    async with EmbeddedPlatform.find("mine") as other:
        await other.down()
    sentence = r"^The run 'mine' was ended by somebody else\.$"
    with pytest.raises(RunEnded, match=sentence):
        await anext(watching)
    for verb in (served.platform.view(), served.platform.promote("smiley"), served.platform.measured()):
        with pytest.raises(RunEnded, match=sentence):
            await verb


async def test_the_watch_of_who_takes_the_run_down_just_ends(served: Served) -> None:
    watching = served.platform.watch("smiley")
    assert await anext(watching) == SMILEY
    await served.platform.down()
    assert [view async for view in watching] == []


async def test_a_supervisor_that_is_gone_without_a_word_has_failed_and_its_logs_are_named(served: Served) -> None:
    watching = served.platform.watch("smiley")
    assert await anext(watching) == SMILEY
    assert served.runner.server is not None
    for connection in served.runner.server.connections:
        assert connection.transport is not None
        connection.transport.abort()
    sentence = rf"^The run 'mine' does not answer.*\. Its logs are in {served.folder.logs}\.$"
    with pytest.raises(PlatformFailed, match=sentence) as gone:
        await anext(watching)
    assert not isinstance(gone.value, RunEnded)


async def test_a_run_that_does_not_go_down_is_told_and_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, lock = claim("stuck")
    monkeypatch.setattr(client, "DOWN_LIMIT_S", 0.1)
    async with EmbeddedPlatform(folder) as platform:
        with pytest.raises(PlatformFailed, match=r"^The run 'stuck' is still there after 0 s\.$"):
            await platform.down()
    os.close(lock)


async def test_a_run_that_took_the_name_in_the_meantime_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DOWN_LIMIT_S", 5)
    folder, lock = claim("reused")
    folder.write(Settings("manifests"))
    async with EmbeddedPlatform(folder) as platform:
        going = asyncio.create_task(platform.down())
        await asyncio.sleep(0.1)
        assert not going.done(), "its lock is held"
        shutil.rmtree(folder.path)
        await asyncio.sleep(0.1)
        assert not going.done(), "its folder is gone, and its processes are not"
        folder.write(Settings("others"))
        await going
    os.close(lock)


async def test_the_status_page_answers_to_its_own_address_alone() -> None:
    run = cast("PlatformRun", FakeRun())
    async with TestServer(status_app(run, 18099)) as server, aiohttp.ClientSession() as session:
        for host, status in (("127.0.0.1:18099", 200), ("rebound.example:18099", 403), ("127.0.0.1:1", 403)):
            async with session.get(server.make_url("/rollouts"), headers={"Host": host}) as answer:
                assert answer.status == status


async def test_a_run_whose_socket_is_silent_is_told(short_folder: str) -> None:
    del short_folder
    folder, lock = claim("silent")
    folder.write(Settings("manifests"))
    async with EmbeddedPlatform(folder) as platform:
        with pytest.raises(PlatformFailed, match=r"^The run 'silent' does not answer: "):
            await platform.view()
    os.close(lock)
