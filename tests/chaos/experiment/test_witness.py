import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from chaos.experiment.witness import Witness
from seam.errors import PlatformFailed, RunEnded
from seam.views import PlatformView, RolloutView
from tests.e2e_support.stubs import SMILEY, StubPlatform

COLOR = replace(SMILEY, name="color")


def at(weight: int) -> RolloutView:
    return replace(SMILEY, canary_weight=weight)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_every_change_of_each_rollout_is_remembered_once() -> None:
    platform, witness = StubPlatform(at(0), COLOR), Witness()
    async with witness.watching(platform):  # type: ignore[arg-type]
        platform.show(at(30), COLOR)
        platform.show(at(30), COLOR)
        platform.show(at(30), replace(COLOR, phase="Paused"))
        await settled()
    assert [(one.number, one.view.name, one.view.canary_weight) for one in witness.seen] == [
        (0, "smiley", 0),
        (1, "color", 0),
        (2, "smiley", 30),
        (3, "color", 0),
    ]
    latest = witness.latest("color")
    assert latest is not None
    assert latest.view.phase == "Paused"
    assert witness.latest("gui") is None


async def test_who_follows_gets_what_was_seen_and_then_what_comes() -> None:
    platform, witness = StubPlatform(at(0), COLOR), Witness()
    async with witness.watching(platform):  # type: ignore[arg-type]
        platform.show(at(30), COLOR)
        await settled()
        following = witness.following("smiley", 0)
        assert [(await anext(following)).view.canary_weight for _ in range(2)] == [0, 30]
        later = asyncio.ensure_future(anext(following))
        await settled()
        assert not later.done()
        platform.show(at(50), COLOR)
        assert (await later).view.canary_weight == 50


async def test_who_follows_from_a_number_is_told_nothing_older() -> None:
    platform, witness = StubPlatform(at(0)), Witness()
    async with witness.watching(platform):  # type: ignore[arg-type]
        for weight in (30, 50, 70):
            platform.show(at(weight))
        await settled()
        assert (await anext(witness.following("smiley", 2))).view.canary_weight == 50


async def test_who_follows_hears_of_the_end_of_the_platform_after_all_that_was_seen() -> None:
    platform, witness = StubPlatform(at(0)), Witness()
    async with witness.watching(platform):  # type: ignore[arg-type]
        platform.go_away()
        following = witness.following("smiley", 0)
        assert (await anext(following)).view.canary_weight == 0
        with pytest.raises(PlatformFailed, match="The run went away"):
            await anext(following)


async def test_a_run_that_somebody_else_took_down_is_one_sentence() -> None:
    class Ended(StubPlatform):
        async def watch_all(self) -> AsyncIterator[PlatformView]:
            yield self.now
            raise RunEnded("The run 'demo' was taken down by somebody else.")

    witness = Witness()
    async with witness.watching(Ended(at(0))):  # type: ignore[arg-type]
        following = witness.following("smiley", 0)
        await anext(following)
        with pytest.raises(RunEnded, match=r"^The run 'demo' was taken down by somebody else\.$"):
            await anext(following)


def test_a_watch_that_fails_while_it_is_ended_leaves_no_traceback_behind(caplog: pytest.LogCaptureFixture) -> None:
    class Unreachable(StubPlatform):
        async def watch_all(self) -> AsyncIterator[PlatformView]:
            try:
                await asyncio.sleep(60)
            finally:
                raise PlatformFailed("svc/front, port 80, could not be reached in 30 s.")
            yield

    async def watched() -> None:
        async with Witness().watching(Unreachable()):  # type: ignore[arg-type]
            await settled()

    asyncio.run(watched())
    gc.collect()  # asyncio complains of an error that nobody has asked for when its task is forgotten
    assert caplog.text == ""
