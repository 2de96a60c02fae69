"""The tiles of a grid, asked for at a steady beat for everybody who looks at it: each tile one real request per beat.

Many look at the same: two hundred phones in a room cost the app what one costs. Nobody looks: nothing is asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from faces.tiles import Grid

PERIOD_S = 0.5
_FLUSH_S = 0.1
_TURN_S = 0.025
# More are not under way at a time: when every tile hangs, the app is not asked for more of them than it can bear.
MOST_IN_FLIGHT = 512
# A tile that waits for so long is told of before its answer comes.
WAITING_S = 0.5
# Somebody who reads so slowly has missed what is older.
_MOST_UNREAD = 50
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one tile: the status, and as much of the body as a page looks at, as text."""

    status: int
    body: str


# Asks for the tile at this row and column, and always says what came of it.
AskTile = Callable[[int, int], Awaitable[Said]]


class _Shown(msgspec.Struct, omit_defaults=True):
    """What a page looks at of a tile's answer; each value is passed on as it came, unread."""

    smiley: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    color: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    versions: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    pod: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    pods: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    status: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    errors: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_READ, _WRITE = msgspec.json.Decoder(_Shown).decode, msgspec.json.Encoder().encode


def shortened(body: bytes) -> str:
    """Without what no page looks at: an answer also echoes the headers of its request. No JSON object: as it came."""
    try:
        return _WRITE(_READ(body)).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body[:_LONGEST_TEXT].decode("utf-8", "replace")


@dataclass(slots=True)
class Batch:
    """What has happened since the last one. Answers that are alike stand in it once."""

    answers: dict[tuple[int, str], int] = field(default_factory=dict)
    tiles: list[tuple[int, int, int]] = field(default_factory=list)
    waiting: list[tuple[int, int]] = field(default_factory=list)

    def add(self, tile: int, said: Said, ms: int) -> None:
        number = self.answers.setdefault((said.status, said.body), len(self.answers))
        self.tiles.append((tile, number, ms))

    def __bool__(self) -> bool:
        return bool(self.tiles or self.waiting)

    def event(self) -> bytes:
        """As a server-sent event: tiles as [tile, number of its answer, ms], answers as [status, body]."""
        said: dict[str, Any] = {"answers": list(self.answers), "tiles": self.tiles}
        if self.waiting:
            said["waiting"] = self.waiting
        return b"data: " + msgspec.json.encode(said) + b"\n\n"


class Polling:
    """One grid, asked for as long as somebody looks. Tiles count row by row, from 0."""

    def __init__(self, grid: Grid, ask: AskTile, clock: Callable[[], float] = time.monotonic) -> None:
        self.grid, self._ask, self._clock = grid, ask, clock
        self._readers: set[asyncio.Queue[bytes]] = set()
        self._batch = Batch()
        self._count = grid.rows * grid.columns
        self._asked: dict[int, float] = {}
        self._told: set[int] = set()
        self._asking: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return not self._readers

    @contextmanager
    def reading(self) -> Iterator[asyncio.Queue[bytes]]:
        """Events from now on."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._readers.add(queue)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield queue
        finally:
            self._readers.discard(queue)
            if self.idle:
                self._stop()

    def _stop(self) -> None:
        for task in (self._task, *self._asking):
            if task is not None:
                task.cancel()
        self._task = None
        self._asking.clear()
        self._asked.clear()
        self._told.clear()
        self._batch = Batch()

    async def _run(self) -> None:
        began = flushed = self._clock()
        # When each tile is due: spread evenly over one period, so that the app sees a stream and not bursts.
        due = [began + index * PERIOD_S / self._count for index in range(self._count)]
        while True:
            now = self._clock()
            for index in range(self._count):
                if due[index] <= now and index not in self._asked and len(self._asked) < MOST_IN_FLIGHT:
                    # In its own beat, however late it is.
                    due[index] += PERIOD_S * max(1, -(-(now - due[index]) // PERIOD_S))
                    self._begin(index, now)
            if now - flushed >= _FLUSH_S:
                flushed = now
                self._flush(now)
            await asyncio.sleep(_TURN_S)

    def _begin(self, index: int, now: float) -> None:
        self._asked[index] = now
        task = asyncio.create_task(self._tile(index, now))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _tile(self, index: int, since: float) -> None:
        said = await self._ask(*divmod(index, self.grid.columns))
        self._asked.pop(index, None)
        self._told.discard(index)
        self._batch.add(index, said, round((self._clock() - since) * 1000))

    def _flush(self, now: float) -> None:
        for index, since in self._asked.items():
            if now - since >= WAITING_S and index not in self._told:
                self._told.add(index)
                self._batch.waiting.append((index, round((now - since) * 1000)))
        if not self._batch:
            return
        event, self._batch = self._batch.event(), Batch()
        for reader in self._readers:
            if reader.qsize() >= _MOST_UNREAD:
                while not reader.empty():
                    reader.get_nowait()
            reader.put_nowait(event)
