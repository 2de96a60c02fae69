import asyncio
import contextlib
import hashlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from platforms.machine.forward import forward

Address = tuple[str, int]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ROOT = Path(__file__).parents[3]
MEGABYTE = 1 << 20
needs_linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux ties a process to its parent")


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[Address]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def forwarded(target: Address) -> AsyncIterator[Connect]:
    """What connects to a forwarder that leads to `target`."""
    listening = socket.create_server(("127.0.0.1", 0))
    place: Address = listening.getsockname()
    forwarding = asyncio.create_task(forward(listening, *target))
    opened: list[asyncio.StreamWriter] = []

    async def connect() -> Streams:
        reader, writer = await asyncio.open_connection(*place)
        opened.append(writer)
        return reader, writer

    try:
        yield connect
    finally:
        forwarding.cancel()
        for writer in opened:
            writer.close()
        # Every conversation ends when its client has gone: nothing is cancelled that would end by itself.
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        for _ in range(3):  # transports close a moment later
            await asyncio.sleep(0)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


@pytest.fixture
def nobody() -> Iterator[Address]:
    """An address that refuses: it is taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


async def test_bytes_go_both_ways_as_they_are_said() -> None:
    async with served(echo) as target, forwarded(target) as connect:
        reader, writer = await connect()
        for said in (b"one", b"\x00\xff", b"three\n"):
            writer.write(said)
            assert await reader.readexactly(len(said)) == said


async def test_who_has_said_everything_still_hears_the_answer() -> None:
    async def listen_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"heard " + await reader.read())

    async with served(listen_to_the_end) as target, forwarded(target) as connect:
        reader, writer = await connect()
        writer.write(b"everything")
        writer.write_eof()
        assert await reader.read() == b"heard everything"


async def test_whom_the_target_has_told_everything_may_still_speak() -> None:
    heard = asyncio.get_running_loop().create_future()

    async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"all I have to say")
        writer.write_eof()
        heard.set_result(await reader.read())

    async with served(speak_first) as target, forwarded(target) as connect:
        reader, writer = await connect()
        assert await reader.read() == b"all I have to say"
        writer.write(b"and now I")
        writer.write_eof()
        assert await heard == b"and now I"


async def test_a_slow_reader_holds_the_sender_back_and_gets_every_byte() -> None:
    sent, block = 0, random.Random(1).randbytes(MEGABYTE)
    total = 48

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _number in range(total):
            writer.write(block)
            await writer.drain()
            sent += 1

    async with served(pour) as target, forwarded(target) as connect:
        reader, _ = await connect()
        before = -1
        while sent != before:  # until nothing moves
            before = sent
            await asyncio.sleep(0.2)
        # What the kernel takes in, and a little of ours; most of it waits where it is made.
        assert 0 < sent < total / 2
        digest, length = hashlib.sha256(), 0
        while data := await reader.read(1 << 18):
            digest.update(data)
            length += len(data)
            await asyncio.sleep(0)
        assert length == total * MEGABYTE
        assert digest.hexdigest() == hashlib.sha256(block * total).hexdigest()


async def test_many_at_once_each_get_their_own_answer() -> None:
    async with served(echo) as target, forwarded(target) as connect:

        async def converse(number: int) -> None:
            said = random.Random(number).randbytes(100_000)
            reader, writer = await connect()
            writer.write(said)
            writer.write_eof()
            assert await reader.read() == said

        await asyncio.gather(*(converse(number) for number in range(50)))


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n"], ids=["silent", "asking"])
async def test_where_the_target_refuses_the_client_is_refused(nobody: Address, said: bytes) -> None:
    async with forwarded(nobody) as connect:
        for _ in range(2):  # the first does no harm to the next
            reader, writer = await connect()
            writer.write(said)
            with pytest.raises(ConnectionResetError):
                await reader.read()


async def test_when_the_target_dies_in_the_middle_the_client_hears_the_end() -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await reader.readexactly(3)
        reset(writer)

    async with served(die) as target, forwarded(target) as connect:
        reader, writer = await connect()
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.write(b"now")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_when_the_client_dies_in_the_middle_the_target_hears_the_end() -> None:
    ended = asyncio.Event()

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(bytes(MEGABYTE))
                await writer.drain()
        finally:
            ended.set()

    async with served(pour) as target, forwarded(target) as connect:
        reader, writer = await connect()
        await reader.readexactly(10)
        reset(writer)
        await ended.wait()


def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# As it is really started.

START = """
import os, socket, subprocess, sys, time
with socket.create_server(("127.0.0.1", 0)) as listening:
    handle = str(listening.fileno())
    command = [sys.executable, "-m", "platforms.machine.forward", handle, *sys.argv[1:], str(os.getpid())]
    subprocess.Popen(command, pass_fds=(listening.fileno(),))
    print(listening.getsockname()[1], flush=True)
time.sleep(60)
"""


@asynccontextmanager
async def parent(target: Address) -> AsyncIterator[tuple[asyncio.subprocess.Process, Address]]:
    """A process that starts a forwarder and lets go of its socket; and where that one listens."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", START, target[0], str(target[1])),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert started.stdout is not None
        yield started, ("127.0.0.1", int(await started.stdout.readline()))
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.wait()


async def answers(place: Address) -> bool:
    try:
        _, writer = await asyncio.open_connection(*place)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


@needs_linux
async def test_the_process_serves_on_the_socket_it_inherits_and_ends_with_its_parent() -> None:
    async with served(echo) as target, parent(target) as (process, place):
        for said in (b"first", b"second"):
            reader, writer = await asyncio.open_connection(*place)
            writer.write(said)
            writer.write_eof()
            assert await reader.read() == said
            writer.close()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        # Nobody else has the socket: when it refuses, the forwarder is gone.
        while await answers(place):
            await asyncio.sleep(0.02)


@needs_linux
def test_the_process_whose_parent_is_dead_already_does_not_stay() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handle = listening.fileno()
        stranger = os.getppid()
        command = [sys.executable, "-m", "platforms.machine.forward", str(handle), "127.0.0.1", "9", str(stranger)]
        assert subprocess.run(command, cwd=ROOT, pass_fds=(handle,), check=False, timeout=15).returncode == 0
