"""What one tile costs: CPU by workload, latency by hop, of two variants side by side.

    bench/tile.py                      this tree, without the mesh beside with it
    bench/tile.py --against FOLDER     this tree beside another checkout that `make setup` has set up
    bench/tile.py --against FOLDER --mesh     the same, both on the embedded platform
    bench/tile.py --against 'gui=CMD {port}' 'face=CMD {port}' ...     beside other programs; who is not named is ours

Other programs are told where to listen and whom to ask by the variables of the README's table; `{port}` is for those
that want their port as an argument.

Both variants are up all the time and are asked in turn, so a machine that is slow for a while is slow for both: the
ratio is what to compare. CPU is what the kernel charged to all threads of a process. The latency of a tile is what the
visitor waited; a hop's is what the caller waited less what the callee took, in the mean, as the workloads' own metrics
have it (other programs have none).

Measured on 2026-11-30 on two cores with much going on, beside the reference demo in Go (BuoyantIO/faces-demo at its
main branch, ENABLE_PROMETHEUS=false, without the mesh): CPU here / there, seven rounds of three seconds, the median and
in brackets the least and the most of a round. Before smiley answered without a router it was at 1.58 on a calmer
machine, and an empty handler of aiohttp's own application at 1.05 to 1.2.

    gui     1.19 (0.94 to 1.47)     face    0.95 (0.77 to 1.16)
    smiley  1.24 (1.06 to 1.53)     color   1.08 (0.88 to 1.23)     whole   1.07 (0.89 to 1.21)

In the mesh, beside f0cd9a0, the commit before it had two sides and mutual TLS, seven rounds of three seconds: the P50
of a tile grew by 0.49 ms (0.01 to 0.97), Envoy's CPU was 1.98 (1.79 to 2.07), that of the whole 1.07 (0.98 to 1.17).
"""

import argparse
import asyncio
import itertools
import json
import os
import shlex
import socket
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import uvloop

ROOT = Path(__file__).parents[1]
WORKLOADS = ("color", "smiley", "face", "gui")  # who is asked is there before who asks
ROWS = ("gui", "face", "smiley", "color", "envoy")
WARM_UP_S = 2.0
VISITOR = {"X-Faces-User": "bench", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) bench/tile.py"}
DURATION = "faces_request_duration_seconds"


@dataclass(frozen=True)
class Running:
    """`pids` by row of the table; `admins` are the addresses that have /metrics, by workload."""

    url: str
    pids: Mapping[str, Sequence[int]]
    admins: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    name: str
    start: Callable[[], "AsyncIterator[Running]"]


@dataclass(frozen=True)
class Round:
    """Milliseconds: of CPU a tile by row, and of latency by what was waited for."""

    cpu: Mapping[str, float]
    latency: Mapping[str, float]


async def directly(commands: Mapping[str, Sequence[str]], folder: Path) -> AsyncIterator[Running]:
    """The four workloads, each asking the next one itself."""
    ports = dict(zip(itertools.product(WORKLOADS, ("PORT", "ADMIN_PORT", "HTTP_PORT")), free_ports(12), strict=True))
    services = {f"{name.upper()}_SERVICE": f"127.0.0.1:{ports[name, 'PORT']}" for name in WORKLOADS}
    pids: dict[str, list[int]] = {}
    async with AsyncExitStack() as stack:
        for name in WORKLOADS:
            own = {variable: str(port) for (whose, variable), port in ports.items() if whose == name}
            settings = {**os.environ, **services, **own, "LOG_LEVEL": "warning", "DRAIN_SECONDS": "0"}
            command = [part.replace("{port}", own["PORT"]) for part in commands[name]]
            process = await asyncio.create_subprocess_exec(
                *command, cwd=folder, env=settings, stdout=subprocess.DEVNULL
            )
            stack.push_async_callback(ended, process)
            pids[name] = [process.pid]
        admins = {name: [f"http://127.0.0.1:{ports[name, 'ADMIN_PORT']}"] for name in WORKLOADS}
        yield Running(f"http://127.0.0.1:{ports['gui', 'PORT']}", pids, admins)


async def meshed(faces: Path, name: str) -> AsyncIterator[Running]:
    """The embedded platform as it ships."""
    await output(faces, "up", "--name", name, "--port", str(*free_ports(1)))
    try:
        status = json.loads(await output(faces, "status", "--name", name, "--json"))
        pods = {
            rollout["name"]: [pod for one in rollout["replicaSets"] for pod in one["pods"]]
            for rollout in status["rollouts"]
        }
        pids = {workload: [pod["pid"] for pod in its] for workload, its in pods.items()}
        admins = {workload: [pod["admin"] for pod in its] for workload, its in pods.items()}
        url = status["gui"].removesuffix("/faces/")
        yield Running(url, {**pids, "envoy": [status["processes"]["envoy"]]}, admins)
    finally:
        await output(faces, "down", "--name", name)


async def ended(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


async def output(*command: str | Path) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, complaint = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{shlex.join(map(str, command))} failed: {complaint.decode().strip()}")
    return said


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def measured(running: Running, session: aiohttp.ClientSession, rate: float, seconds: float) -> Round:
    spent, inside = cpu_seconds(running), await durations(running, session)
    waited = await tiles(running, session, rate, seconds)
    spent_then, inside_then = cpu_seconds(running), await durations(running, session)
    cpu = {row: (spent_then[row] - spent[row]) / len(waited) * 1000 for row in spent}
    cpu["whole"] = sum(cpu.values())
    quantiles = statistics.quantiles(waited, n=100)
    return Round(
        cpu,
        {"tile P50": quantiles[49] * 1000, "tile P99": quantiles[98] * 1000}
        | hops(statistics.mean(waited), {name: mean_since(inside[name], inside_then[name]) for name in inside}),
    )


def cpu_seconds(running: Running) -> dict[str, float]:
    return {row: sum(map(cpu_seconds_of, running.pids[row])) for row in ROWS if row in running.pids}


def cpu_seconds_of(pid: int) -> float:
    # /proc/PID/stat has hundredths of a second only. This is the clock that clock_getcpuclockid(3) gives.
    return time.clock_gettime(~pid << 3 | 2)


async def durations(running: Running, session: aiohttp.ClientSession) -> dict[str, tuple[float, float]]:
    """Seconds that a workload has spent on requests, and their number; nothing of one that does not tell."""
    try:
        return {workload: await totals(session, admins) for workload, admins in running.admins.items()}
    except aiohttp.ClientError:
        return {}


async def totals(session: aiohttp.ClientSession, admins: Sequence[str]) -> tuple[float, float]:
    seconds, number = 0.0, 0.0
    for admin in admins:
        async with session.get(f"{admin}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if line.startswith(f"{DURATION}_sum"):
                    seconds += float(line.rpartition(" ")[2])
                elif line.startswith(f"{DURATION}_count"):
                    number += float(line.rpartition(" ")[2])
    return seconds, number


def mean_since(before: tuple[float, float], after: tuple[float, float]) -> float:
    return (after[0] - before[0]) / (after[1] - before[1])


def hops(tile: float, inside: Mapping[str, float]) -> dict[str, float]:
    if not inside:
        return {}
    parts = max(inside["smiley"], inside["color"])  # asked at the same time
    means = {
        "visitor to gui": tile - inside["gui"],
        "gui to face": inside["gui"] - inside["face"],
        "face to parts": inside["face"] - parts,
        "smiley": inside["smiley"],
        "color": inside["color"],
    }
    return {name: seconds * 1000 for name, seconds in means.items()}


async def tiles(running: Running, session: aiohttp.ClientSession, rate: float, seconds: float) -> list[float]:
    """Seconds that each of the tiles took. They set out at equal distances, however slow the answers are."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        asked = []
        for number in range(round(rate * seconds)):
            await asyncio.sleep(began + number / rate - loop.time())
            asked.append(group.create_task(tile(running, session, number)))
    return [one.result() for one in asked]


async def tile(running: Running, session: aiohttp.ClientSession, number: int) -> float:
    cell = "edge" if number % 4 else "center"  # as on the page of four by four
    began = time.perf_counter()  # uvloop's own clock has milliseconds
    async with session.get(f"{running.url}/face/{cell}/?row={number % 4}&col=1", headers=VISITOR) as answer:
        body = await answer.read()
        if answer.status != 200 or b'"errors"' in body:
            raise SystemExit(f"A tile failed with status {answer.status}: {body.decode('utf-8', 'replace')}")
    return time.perf_counter() - began


async def until_served(running: Running, session: aiohttp.ClientSession) -> None:
    for attempt in itertools.count(1):
        try:
            await tile(running, session, 0)
        except (aiohttp.ClientError, SystemExit):
            if attempt == 200:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def compared(variants: Sequence[Variant], rate: float, seconds: float, rounds: int) -> list[list[Round]]:
    results: list[list[Round]] = [[] for _ in variants]
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        running = [await stack.enter_async_context(asynccontextmanager(one.start)()) for one in variants]
        for one in running:
            await until_served(one, session)
            await tiles(one, session, rate, WARM_UP_S)
        for number in range(rounds):
            # The one that began the last round ends this one: neither always has the machine that the other left.
            for index in (0, 1) if number % 2 == 0 else (1, 0):
                results[index].append(await measured(running[index], session, rate, seconds))
    return results


def show(names: Sequence[str], results: Sequence[Sequence[Round]]) -> None:
    ours, theirs = results
    print(f"{'CPU, ms a tile':16} {names[0]:>12} {names[1]:>12}   {names[0]} / {names[1]}")
    for row in (*ROWS, "whole"):
        pair = [[one.cpu[row] for one in rounds if row in one.cpu] for rounds in (ours, theirs)]
        if all(pair):
            ratios = [a / b for a, b in zip(*pair, strict=True)]
            print(f"{row:16} {both(pair)}   {spread(ratios, '.2f')}")
        elif any(pair):
            print(f"{row:16} {both(pair)}")
    print(f"\n{'latency, ms':16} {names[0]:>12} {names[1]:>12}   {names[0]} - {names[1]}")
    for row in dict.fromkeys((*ours[0].latency, *theirs[0].latency)):
        pair = [[one.latency[row] for one in rounds if row in one.latency] for rounds in (ours, theirs)]
        grown = [a - b for a, b in zip(*pair, strict=True)] if all(pair) else []
        print(f"{row:16} {both(pair)}   {spread(grown, '+.2f') if grown else ''}".rstrip())


def both(pair: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{statistics.median(figures):12.3f}" if figures else f"{'-':>12}" for figures in pair)


def spread(figures: Sequence[float], form: str) -> str:
    middle = statistics.median(figures)
    return f"{middle:{form}} median  {min(figures):{form}} min  {max(figures):{form}} max"


def ours(folder: Path) -> dict[str, list[str]]:
    return {name: [str(folder / ".venv/bin/python"), "-m", "faces", name] for name in WORKLOADS}


def chosen(against: Sequence[str], *, mesh: bool) -> list[Variant]:
    here = Variant("here", partial(directly, ours(ROOT), ROOT))
    in_mesh = partial(meshed, ROOT / ".venv/bin/faces", "bench-tile")
    if not against:
        return [Variant("mesh", in_mesh), Variant("direct", here.start)]
    if len(against) == 1 and (other := Path(against[0]).resolve()).is_dir():
        if mesh:
            there = partial(meshed, other / ".venv/bin/faces", "bench-tile-there")
            return [Variant("here", in_mesh), Variant("there", there)]
        return [here, Variant("there", partial(directly, ours(other), other))]
    commands = dict(one.split("=", 1) for one in against if "=" in one)
    if len(commands) < len(against) or not commands.keys() <= set(WORKLOADS) or mesh:
        raise SystemExit(
            "--against wants the folder of a checkout, or WORKLOAD=COMMAND, which the mesh does not start."
        )
    programs = ours(ROOT) | {name: shlex.split(command) for name, command in commands.items()}
    return [here, Variant("there", partial(directly, programs, ROOT))]


def main() -> None:
    arguments = argparse.ArgumentParser(description="CPU and latency of a tile, two variants side by side.")
    arguments.add_argument("--against", nargs="+", default=[], metavar="FOLDER or WORKLOAD=COMMAND")
    arguments.add_argument("--mesh", action="store_true", help="with a FOLDER: both on the embedded platform")
    arguments.add_argument("--rate", type=float, default=100, help="tiles a second")
    arguments.add_argument("--seconds", type=float, default=10, help="of each variant in each round")
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    variants = chosen(given.against, mesh=given.mesh)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results = runner.run(compared(variants, given.rate, given.seconds, given.rounds))
    show([one.name for one in variants], results)


if __name__ == "__main__":
    main()
