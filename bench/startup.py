"""How long until the first happy face, from `faces demo` typed to the first tile answered, on this machine.

Each round is measured beside a bare `python -c "import aiohttp, grpc, pydantic"`, the least that an app of these parts
can take, so that a slow machine shows as a slow machine: the ratio is what to compare.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

FACES = Path(sys.executable).with_name("faces")
ROUNDS = 7


async def first_happy_face() -> float:
    """Seconds from the start of `faces demo` to the first happy tile through the front door."""
    began = time.perf_counter()
    demo = await asyncio.create_subprocess_exec(
        *(FACES, "demo", "--no-browser", "--name", "bench-startup", "--port", "8971"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            while not await _happy(session):
                await asyncio.sleep(0.005)
        return time.perf_counter() - began
    finally:
        demo.terminate()
        await demo.wait()


async def _happy(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("http://127.0.0.1:8971/face/center/?row=1&col=1") as answer:
            tile = await answer.json()
            return answer.status == 200 and "errors" not in tile
    except (aiohttp.ClientError, ValueError):
        return False


def bare_imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp, grpc, pydantic"], check=True)
    return time.perf_counter() - began


async def main() -> None:
    # Once without counting: from then on Python has everything compiled.
    bare_imports()
    await first_happy_face()
    faces, bare = [], []
    for _ in range(ROUNDS):
        bare.append(bare_imports())
        faces.append(await first_happy_face())
    ratios = [a / b for a, b in zip(faces, bare, strict=True)]
    for name, figures in (("first happy face", faces), ("bare imports", bare)):
        low, middle, high = min(figures), statistics.median(figures), max(figures)
        print(f"{name:18} {low:5.2f} s min  {middle:5.2f} s median  {high:5.2f} s max")
    print(f"{'ratio':18} {min(ratios):5.1f}   min  {statistics.median(ratios):5.1f}   median  {max(ratios):5.1f}   max")


if __name__ == "__main__":
    asyncio.run(main())
