"""Releases that somebody else pushes: told, and closed with their record."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from chaos.experiment import Session, follow_everything
from chaos.record import End, Line, Record
from tests.chaos.experiment.playing import ABORTED, CANARY, Platform
from tests.e2e_support.stubs import SMILEY

pytestmark = pytest.mark.timeout(20)
AT_30 = replace(CANARY, canary_weight=30, stable_weight=70, release="errors-40")
BACK = replace(CANARY, release="errors-40", **ABORTED)


@contextlib.asynccontextmanager
async def followed(session: Session) -> AsyncIterator[asyncio.Queue[Record]]:
    """The records with which releases are closed."""
    records: asyncio.Queue[Record] = asyncio.Queue()
    following = asyncio.create_task(follow_everything(session, records.put, after_s=0.1))
    await asyncio.sleep(0)
    yield records
    following.cancel()
    await asyncio.wait([following])


def sentences(lines: list[Line]) -> list[str]:
    return [line.sentence for line in lines]


async def until(lines: list[Line], sentence: str) -> None:
    while sentence not in sentences(lines):
        await asyncio.sleep(0.01)


async def test_each_release_is_told_and_closed_with_its_record(
    platform: Platform, session: Session, lines: list[Line]
) -> None:
    async with followed(session) as records:
        platform.show(AT_30)
        platform.show(BACK)
        record = await records.get()
    assert sentences(lines) == [
        "Release: smiley v2, errors-40.",
        "30 % of the traffic goes to v2.",
        "All traffic is back on v1.",
        "v2 was aborted: rolled back to v1.",
    ]
    assert (record.workload, record.version, record.release.name) == ("smiley", "v2", "errors-40")
    assert record.ended is End.SETTLED
    assert [seen.view.canary_weight for seen in record.views] == [30, 0]
    assert record.samples, "what visitors saw is in it"


async def test_a_record_ends_where_the_next_release_begins(
    platform: Platform, session: Session, lines: list[Line]
) -> None:
    async with followed(session) as records:
        platform.show(AT_30)
        platform.show(BACK)
        await until(lines, "v2 was aborted: rolled back to v1.")
        platform.show(replace(AT_30, current_version="v3", current_hash="ccc"))
        await until(lines, "30 % of the traffic goes to v3.")
        record = await records.get()
        assert record.ended_at == session.runs[1].released_at


async def test_what_is_in_no_catalogue_is_told_and_has_no_record(
    platform: Platform, session: Session, lines: list[Line]
) -> None:
    async with followed(session) as records:
        platform.show(replace(AT_30, release=None))
        platform.show(replace(BACK, release=None))
        await until(lines, "v2 was aborted: rolled back to v1.")
        # One that is closed comes after it, and is alone.
        third = replace(AT_30, current_version="v3", current_hash="ccc")
        platform.show(third)
        platform.show(replace(third, **ABORTED, canary_weight=0, stable_weight=100))
        assert (await records.get()).version == "v3"
        assert records.empty()
    assert sentences(lines)[0] == "Release: smiley v2, from a manifest."


async def test_what_was_out_before_is_nobodys_release(platform: Platform, session: Session, lines: list[Line]) -> None:
    async with followed(session):
        platform.show(replace(SMILEY, message="something else"))
        platform.show(AT_30)
        await until(lines, "30 % of the traffic goes to v2.")
    assert sentences(lines)[0] == "Release: smiley v2, errors-40."
