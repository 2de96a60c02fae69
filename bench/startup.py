"""How long until the first happy face, from `faces demo` typed to the first tile answered, on this machine.

    bench/startup.py                      this tree
    bench/startup.py --against CHECKOUT   this tree beside another one that `make setup` has set up

Each round is measured beside a bare `python -c "import aiohttp, grpc, pydantic"`, the least that an app of these parts
can take, so that a slow machine shows as a slow machine; two checkouts begin by turns. The ratios are what to compare.
CPU is what all processes of the run have used by then, memory what they hold a second later (Linux: proportional set
size, so that what forks share counts once).

Measured on 2026-11-29 beside f0cd9a0, the commit before the mesh with two sides came, seven rounds on two quiet cores:
here / there, the median of the rounds, and of the minima. The first face came after 1.27 s, there after 1.21 s.

    first happy face  1.05, 1.01     CPU until then  0.97, 0.95     memory  1.04, 1.04
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[1]
PORT = 8971
SETTLED_S = 1.0
ROUNDS = 7


@dataclass(frozen=True)
class Start:
    """Seconds to the first happy tile, seconds of CPU by then, and MiB of memory (0 where there is no /proc)."""

    face: float
    cpu: float
    memory: float


async def start(faces: Path) -> Start:
    """`faces demo` until the first happy tile comes through the front door."""
    began = time.perf_counter()
    demo = await asyncio.create_subprocess_exec(
        *(faces, "demo", "--no-browser", "--name", "bench-startup", "--port", str(PORT)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            while not await _happy(session):
                if demo.returncode is not None:
                    raise SystemExit(f"{faces} demo ended with exit code {demo.returncode} before its first face.")
                await asyncio.sleep(0.005)
        face = time.perf_counter() - began
        cpu = sum(map(_cpu_seconds, family(demo.pid)))
        await asyncio.sleep(SETTLED_S)
        return Start(face, cpu, sum(map(_memory, family(demo.pid))))
    finally:
        with contextlib.suppress(ProcessLookupError):
            demo.terminate()
        await demo.wait()


async def _happy(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{PORT}/face/center/?row=1&col=1") as answer:
            tile = await answer.json()
            return answer.status == 200 and "errors" not in tile
    except (aiohttp.ClientError, ValueError):
        return False


def family(pid: int) -> Iterator[int]:
    """The process and all that come from it."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):  # this process's clock, as clock_getcpuclockid(3) gives it
        return time.clock_gettime(~pid << 3 | 2)
    return 0.0


def _memory(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def bare_imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp, grpc, pydantic"], check=True)
    return time.perf_counter() - began


async def measured(checkouts: Sequence[Path], rounds: int) -> tuple[list[float], list[list[Start]]]:
    commands = [checkout / ".venv/bin/faces" for checkout in checkouts]
    # Once without counting: from then on Python has everything compiled.
    bare_imports()
    for command in commands:
        await start(command)
    bare: list[float] = []
    starts: list[list[Start]] = [[] for _ in commands]
    for number in range(rounds):
        bare.append(bare_imports())
        order = range(len(commands)) if number % 2 == 0 else reversed(range(len(commands)))
        for which in order:
            starts[which].append(await start(commands[which]))
    return bare, starts


def show(name: str, figures: Sequence[float], unit: str) -> None:
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    print(f"{name:28} {low:7.2f} {unit:3} min  {middle:7.2f} {unit:3} median  {high:7.2f} {unit:3} max")


def show_ratio(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    if all(theirs):
        show(name, [a / b for a, b in zip(ours, theirs, strict=True)], "")
        print(f"{'':28} {min(ours) / min(theirs):7.2f}     of the minima")


ROWS: tuple[tuple[str, str, Callable[[Start], float]], ...] = (
    ("first happy face", "s", lambda one: one.face),
    ("CPU until then", "s", lambda one: one.cpu),
    ("memory", "MiB", lambda one: one.memory),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Seconds to the first happy face, of one checkout or of two.")
    arguments.add_argument("--against", type=Path, metavar="CHECKOUT")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    there = [] if given.against is None else [given.against.resolve()]
    bare, starts = asyncio.run(measured([ROOT, *there], given.rounds))
    show("bare imports", bare, "s")
    for row, unit, of in ROWS:
        figures = [[of(one) for one in its] for its in starts]
        for name, its in zip(("here", "there"), figures, strict=False):
            show(f"{row}, {name}" if there else row, its, unit)
        if there:
            show_ratio("  here / there", figures[0], figures[1])
    show_ratio("first happy face / imports", [one.face for one in starts[0]], bare)


if __name__ == "__main__":
    main()
