"""A whole experiment, and what is left of one that was interrupted."""

import asyncio
from dataclasses import replace

import pytest

from chaos.catalogue import find
from chaos.experiment import Experiment, Session, run
from chaos.record import End, Line
from tests.chaos.experiment.playing import ABORTED, CANARY, Platform

pytestmark = pytest.mark.timeout(20)
AT_30 = replace(CANARY, canary_weight=30, stable_weight=70)


async def test_an_experiment_tells_its_story_and_gives_its_record(
    platform: Platform, session: Session, lines: list[Line]
) -> None:
    platform.after("release", AT_30, replace(CANARY, **ABORTED))
    record = await run(Experiment(find("errors-40"), rate=20, before_s=0.1, after_s=0.1), session)
    assert record.ended is End.SETTLED
    assert [line.sentence for line in lines] == [
        "Visitors send 20 requests a second.",
        "Prometheus measures all that the analyses ask for.",
        "Release: smiley v2, errors-40. Fails 40 % of its requests.",
        "30 % of the traffic goes to v2.",
        "All traffic is back on v1.",
        "v2 was aborted: rolled back to v1.",
    ]
    # The visitors were watched long enough after its end to know whether they are well.
    assert record.samples[-1].t - record.views[-1].t > 2


async def test_an_experiment_that_is_interrupted_gives_what_was_seen_until_then(
    platform: Platform, session: Session
) -> None:
    platform.after("release", AT_30)
    running = asyncio.create_task(run(Experiment(find("good"), before_s=0), session))
    while not session.runs or session.runs[0].last is None:
        await asyncio.sleep(0.01)
    running.cancel()
    record = await running
    assert record.ended is End.INTERRUPTED
    assert record.reason.startswith("Interrupted before")
    assert [seen.view.canary_weight for seen in record.views] == [30]


async def test_before_the_release_there_is_nothing_to_keep(platform: Platform, session: Session) -> None:
    running = asyncio.create_task(run(Experiment(find("good"), before_s=5), session))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert platform.asked == []
