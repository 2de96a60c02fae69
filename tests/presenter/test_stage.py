import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chaos.experiment import running
from chaos.record import Line, Record, Tone
from presenter import stage as staging
from presenter.actions import Abort, Clear, Freeze, Grid, Inject, Load, Promote, Release, Replay, Reset, Retry
from presenter.replaying import Replaying
from presenter.stage import Stage
from seam.errors import UserError
from tests.presenter.conftest import Crowd, Played

pytestmark = pytest.mark.timeout(10)


async def test_acts_are_played_one_after_the_other_and_going_back_undoes_nothing(
    stage: Stage, platform: Played
) -> None:
    await stage.to_act(1)
    assert platform.asked == [("release", "smiley", "errors-40", "v2")]
    await stage.to_act(0)
    assert stage.shown.act == 0
    await stage.to_act(1)
    assert platform.verbs() == ["release"], "it is still out, and is not pushed twice"
    await stage.to_act(2)
    await stage.to_act(3)
    assert platform.verbs()[1:] == ["undo", "clear", "clear"]
    await stage.to_act(4)
    assert platform.asked[-1] == ("release", "smiley", "good", "v2"), "after a reset, numbers begin anew"


async def test_before_the_first_and_after_the_last_act_there_is_none(stage: Stage) -> None:
    with pytest.raises(UserError, match="first act"):
        await stage.to_act(-1)
    stage.shown.act = 5
    with pytest.raises(UserError, match="last act"):
        await stage.to_act(6)
    assert stage.shown.act == 5


async def test_an_act_that_cannot_be_played_leaves_the_one_before(
    stage: Stage, platform: Played, lines: list[Line]
) -> None:
    platform.refuses = "Nothing is possible here."
    with pytest.raises(UserError):
        await stage.to_act(1)
    assert stage.shown.act == 0
    assert lines[-1] == Line("Nothing is possible here.", Tone.BAD)
    assert stage.shown.busy == ""


async def test_each_verb_goes_to_what_was_released_last(stage: Stage, platform: Played) -> None:
    await stage.do(Release(release="good", workload="smiley"))
    await stage.do(Abort())
    await stage.do(Retry())
    await stage.do(Promote(full=True))
    await stage.do(Inject(release="errors-40", version="v2"))
    await stage.do(Clear(workload="smiley"))
    assert platform.asked[1:] == [
        ("abort", "smiley"),
        ("retry", "smiley"),
        ("promote", "smiley", True),
        ("inject", "smiley", {"error": {"fraction": 40}}, "v2"),
        ("clear", "smiley"),
    ]


async def test_a_release_without_faults_cannot_be_injected(stage: Stage) -> None:
    with pytest.raises(UserError, match="good has no faults that can be switched on"):
        await stage.do(Inject(release="good"))


async def test_an_unknown_workload_changes_nothing(stage: Stage, platform: Played) -> None:
    with pytest.raises(UserError, match="no Rollout 'smily'"):
        await stage.do(Release(workload="smily"))
    assert platform.asked == []


async def test_a_release_that_ended_is_told_with_its_record(
    stage: Stage, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SETTLING_S", 0)
    monkeypatch.setattr(staging, "AFTER_S", 0)
    await stage.do(Release(release="good"))
    await stage.do(Promote(full=True))
    while not records:
        await asyncio.sleep(0.01)
    assert [(one.release.name, one.version) for one in records] == [("good", "v2")]


async def test_reset_is_a_new_beginning(stage: Stage, platform: Played, crowd: Crowd) -> None:
    await stage.do(Load(rate=80))
    await stage.do(Release(release="good"))
    await stage.do(Promote(full=True))
    await stage.do(Freeze())
    assert stage.shown.frozen
    await stage.do(Reset())
    assert platform.smiley.stable_hash == platform.smiley.current_hash == "aaa"
    assert (stage.shown.epoch, stage.shown.frozen) == (1, False)
    assert [said.line.tone for said in stage.shown.said] == [Tone.GOOD], "what was said before is forgotten"
    while crowd.wanted != [(80, "steady"), (40, "steady")]:
        await asyncio.sleep(0.01)


async def test_visitors_that_take_long_to_come_hold_up_nobody_and_the_last_wish_counts(
    stage: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    come = asyncio.Event()

    async def slowly(rate: float, shape: str) -> Crowd:
        await come.wait()
        crowd.wanted.append((rate, shape))
        return crowd

    monkeypatch.setattr(crowd, "change", slowly)
    for rate in (50, 60, 70):
        await stage.do(Load(rate=rate))
    come.set()
    while not crowd.wanted or crowd.wanted[-1] != (70, "steady"):
        await asyncio.sleep(0.01)
    assert len(crowd.wanted) <= 2


async def test_every_change_is_heard(stage: Stage) -> None:
    states = stage.states()
    assert (await anext(states))["act"] == 0
    heard = asyncio.ensure_future(anext(states))
    await asyncio.sleep(0)
    stage.blank()
    assert (await heard)["blank"]
    await stage.do(Grid(rows=10, cols=20))
    assert (await anext(states))["grid"] == {"rows": 10, "cols": 20}


async def test_the_last_release_is_shown_again_until_something_is_done_to_what_is_live(
    stage: Stage, platform: Played, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SETTLING_S", 0)
    monkeypatch.setattr(staging, "AFTER_S", 0)
    with pytest.raises(UserError, match="no release has ended"):
        await stage.do(Replay())
    await stage.do(Release(release="good", workload="smiley"))
    await stage.do(Promote(full=True))
    while not records:
        await asyncio.sleep(0.01)

    live = stage.shown.epoch
    await stage.do(Replay(speed=4))
    assert stage.shown.replay_at == "http://replay/v2/4/faces/"
    assert (stage.shown.replay, stage.shown.epoch) == ("smiley v2, good, again", live + 1)
    await stage.do(Grid(rows=2, cols=3))
    assert stage.shown.replay_at is not None, "the grid is of what is shown"
    await stage.do(Replay())
    assert (stage.shown.replay_at, stage.shown.replay, stage.shown.epoch) == (None, "", live + 2)

    await stage.do(Replay())
    await stage.do(Release(release="errors-40", workload="smiley"))
    assert stage.shown.replay_at is None, "what goes out is shown"
    assert platform.asked[-1] == ("release", "smiley", "errors-40", "v3")


async def test_a_release_that_cannot_be_shown_again_says_why(
    stage: Stage, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def refuses(record: Record, speed: float) -> AsyncIterator[str]:
        raise UserError(f"{record.version} at {speed:g}: no port is free.")
        yield ""

    monkeypatch.setattr(running, "SETTLING_S", 0)
    monkeypatch.setattr(staging, "AFTER_S", 0)
    monkeypatch.setattr(stage, "_replaying", Replaying(refuses))
    await stage.do(Release(release="good", workload="smiley"))
    await stage.do(Promote(full=True))
    while not records:
        await asyncio.sleep(0.01)
    with pytest.raises(UserError, match="v2 at 1: no port is free"):
        await stage.do(Replay())
    assert stage.shown.replay_at is None
