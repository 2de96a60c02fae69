"""Children seen from the supervisor: started, signalled and awaited through the nursery."""

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from platforms.embedded.processes.program import Program, spawn_order, start_nursery

# The code of a child that went with its nursery: no signal has this number.
NURSERY_LOST = -1000


@dataclass(eq=False, slots=True)
class Child:
    """One process: `pid` resolves when it runs, `code` when it is gone (negative: the signal)."""

    id: str
    pid: asyncio.Future[int]
    code: asyncio.Future[int]
    log: Path
    signalled: set[int] = field(default_factory=set)

    @property
    def alive(self) -> bool:
        return not self.code.done()


class Processes:
    """Owns the nursery. Where the nursery is lost, every child is lost with it, and the next start makes a new one."""

    def __init__(self, logs: Path, nursery: subprocess.Popen[bytes] | None = None) -> None:
        """`nursery`: one that was started already; without it the first start makes one."""
        self._logs = logs
        self._nursery = nursery
        self._listener: asyncio.Task[None] | None = None
        self._children: dict[str, Child] = {}  # of this nursery, as another one knows nothing of them
        self._numbers = itertools.count(1)
        self._closed = False

    async def open(self) -> None:
        """Have a nursery that is listened to."""
        if self._listener is not None and not self._listener.done():
            return
        if self._nursery is None or self._listener is not None:
            self._nursery = start_nursery(self._logs)
            self._children = {}
        self._listener = asyncio.create_task(self._listen(self._nursery, self._children))

    @property
    def nursery_pid(self) -> int | None:
        return self._nursery.pid if self._nursery is not None else None

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def adopt(self, program: Program) -> Child:
        """A program that the nursery was ordered to start before this object listened to it."""
        assert program.started is not None
        child = _new_child(program.started, self.log_of(program.name))
        self._children[child.id] = child
        return child

    async def spawn_app(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> Child:
        return await self._spawn(name, "app", argv, env)

    async def spawn_program(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child:
        return await self._spawn(name, "program", argv, os.environ if env is None else env)

    async def _spawn(
        self, name: str, run: Literal["app", "program"], argv: Sequence[str], env: Mapping[str, str]
    ) -> Child:
        child = _new_child(f"{name}#{next(self._numbers)}", self.log_of(name))
        if self._closed:  # a Daemon may try to restart its program until it is stopped itself
            child.code.set_result(NURSERY_LOST)
            return child
        await self.open()
        self._children[child.id] = child
        self._send(spawn_order(child.id, run, argv, env, child.log))
        await asyncio.wait([child.pid, child.code], return_when=asyncio.FIRST_COMPLETED)
        return child

    def signal(self, child: Child, number: int) -> None:
        if child.alive:
            child.signalled.add(number)
            self._send({"do": "signal", "id": child.id, "signal": number})

    async def stop(self, child: Child, *, grace: float) -> None:
        """TERM, then KILL after `grace` seconds; returns when the process is gone."""
        self.signal(child, 15)
        done, _ = await asyncio.wait([child.code], timeout=grace)
        if not done:
            self.signal(child, 9)
            await asyncio.wait([child.code])

    async def close(self) -> None:
        """End the nursery and with it every child that is still there. Nothing can be started afterwards."""
        self._closed = True
        if self._nursery is None:
            return
        _hang_up(self._nursery)
        if self._listener is not None:
            await self._listener
        await asyncio.to_thread(self._nursery.wait)

    def _send(self, order: Mapping[str, object]) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        if self._nursery.stdin.closed:
            return  # the listener is about to notice that it is lost
        with contextlib.suppress(BrokenPipeError):  # the listener notices it as well
            self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
            self._nursery.stdin.flush()

    async def _listen(self, nursery: subprocess.Popen[bytes], children: dict[str, Child]) -> None:
        assert nursery.stdout is not None
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), nursery.stdout)
        async for line in reader:
            message = json.loads(line)
            child = children[message["id"]]
            if "pid" in message:
                child.pid.set_result(message["pid"])
            else:
                del children[child.id]
                child.code.set_result(message["code"])
        transport.close()
        _hang_up(nursery)
        await asyncio.to_thread(nursery.wait)
        for child in children.values():
            child.code.set_result(NURSERY_LOST)


def _new_child(child: str, log: Path) -> Child:
    loop = asyncio.get_running_loop()
    return Child(child, loop.create_future(), loop.create_future(), log)


def _hang_up(nursery: subprocess.Popen[bytes]) -> None:
    assert nursery.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # what was not sent will not be
        nursery.stdin.close()
