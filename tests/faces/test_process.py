"""What faults do to a process, measured on a process."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from faces.faults import HEALTHY, Condition
from faces.process import MB, Burner, Leak, Process, owed

pytestmark = pytest.mark.timeout(60)  # processes start, on a machine that may be busy
needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc")


@asynccontextmanager
async def replica(faults: str, **environ: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """A smiley in a process of its own, and its ports, which it logs."""
    ports = {"PORT": "0", "ADMIN_PORT": "0", "CONTROL_PORT": "0", "BIND_ADDRESS": "127.0.0.1", "CONTROL_TOKEN": "t"}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faces", "smiley"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **ports, "FAULTS": faults, **environ},
    )
    assert child.stdout is not None
    try:
        line = {"event": ""}
        while line["event"] != "serving":
            line = json.loads(await child.stdout.readline())
        yield child, {name: int(line[name]) for name in ("main", "admin", "control")}
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def ask(client: aiohttp.ClientSession, port: int) -> int:
    async with client.get(f"http://127.0.0.1:{port}/center/") as answer:
        return answer.status


async def switch(client: aiohttp.ClientSession, port: int, kind: str, settings: str) -> int:
    url, token = f"http://127.0.0.1:{port}/faults/{kind}", {"Authorization": "Bearer t"}
    async with client.put(url, data=settings, headers=token) as answer:
        return answer.status


def private_mb(pid: int | str = "self") -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Private_\w+: +(\d+) kB$", rollup, re.MULTILINE))) * 1024 / MB


async def test_a_crash_has_its_exit_code_and_last_words_and_loses_what_it_was_answering(
    client: aiohttp.ClientSession,
) -> None:
    faults = '{"crash": {"after_requests": 3, "exit_code": 7}, "hang": {"fraction": 100, "user": "patient"}}'
    async with replica(faults) as (child, ports):
        patient = asyncio.create_task(
            client.get(f"http://127.0.0.1:{ports['main']}/", headers={"X-Faces-User": "patient"})
        )
        assert [await ask(client, ports["main"]) for _ in range(2)] == [200, 200]
        assert await child.wait() == 7
        with pytest.raises(aiohttp.ClientError):
            await patient
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(client, ports["main"])
        assert child.stdout is not None
        last = json.loads((await child.stdout.read()).splitlines()[-1])
        assert (last["event"], last["exit_code"]) == ("ends at once, as a fault wants it", 7)


async def test_below_its_load_it_does_not_crash_and_above_it_does(client: aiohttp.ClientSession) -> None:
    async with replica('{"crash": {"above": 20}}') as (child, ports):
        assert [await ask(client, ports["main"]) for _ in range(35)] == [200] * 35
        await asyncio.sleep(0.3)
        assert child.returncode is None

        async def keep_asking() -> None:
            with contextlib.suppress(aiohttp.ClientError):
                while True:
                    await ask(client, ports["main"])

        await asyncio.gather(*(keep_asking() for _ in range(10)))
        assert await child.wait() == 1


async def test_whoever_switches_a_crash_on_is_answered_before(client: aiohttp.ClientSession) -> None:
    async with replica("{}") as (child, ports):
        assert await switch(client, ports["control"], "crash", "{}") == 200
        assert await child.wait() == 1


@pytest.mark.parametrize("drops", [False, True])
async def test_at_term_it_answers_everybody_or_nobody(client: aiohttp.ClientSession, *, drops: bool) -> None:
    faults = {"delay": {"buckets_ms": [1000]}} | ({"drop_on_shutdown": {}} if drops else {})
    async with replica(json.dumps(faults), DRAIN_SECONDS="0") as (child, ports):
        asked = [asyncio.create_task(ask(client, ports["main"])) for _ in range(20)]
        injected = ""
        while 'kind="delay"' not in injected or float(injected.split('kind="delay"')[1].split()[1]) < 20:
            async with client.get(f"http://127.0.0.1:{ports['admin']}/metrics") as page:
                injected = await page.text()
        child.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        lost = [answer for answer in answers if isinstance(answer, aiohttp.ClientError)]
        assert (len(lost), answers.count(200)) == ((20, 0) if drops else (0, 20))
        assert await child.wait() == (143 if drops else 0)


@needs_proc
@pytest.mark.parametrize(("mb_per_s", "most"), [(5, 2), (40, 20), (100, 100)])
async def test_memory_grows_as_fast_as_asked_up_to_what_was_asked_and_is_given_back(
    mb_per_s: float, most: float
) -> None:
    now = [0.0]
    process = Process(lambda: now[0])
    before = private_mb()
    await process.become(Condition(leaks_mb_per_s=mb_per_s, leaks_mb=most))
    for share in (0, 0.1, 0.5, 1, 2):
        now[0] = share * most / mb_per_s
        wanted = min(share, 1) * most
        async with asyncio.timeout(10):
            while abs(private_mb() - before - wanted) > max(0.1 * wanted, 1):
                await asyncio.sleep(0.01)
    await process.become(HEALTHY)
    assert abs(private_mb() - before) < 1
    await process.close()


@needs_proc
async def test_a_replica_grows_until_it_is_killed(client: aiohttp.ClientSession) -> None:
    async with replica("{}") as (child, ports):
        before = private_mb(child.pid)
        assert await switch(client, ports["control"], "memory", '{"mb_per_s": 100, "up_to_mb": 60}') == 200
        while private_mb(child.pid) - before < 54:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert private_mb(child.pid) - before < 66
        assert await ask(client, ports["main"]) == 200


def test_a_leak_takes_whole_pages_and_never_less_than_it_has() -> None:
    leak = Leak()
    leak.grow_to(10)
    assert leak._held == 0
    leak.grow_to(50_000)
    leak.grow_to(40_000)
    assert leak._held == 50_000
    leak.end()


def test_a_period_owes_its_share_and_corrects_what_was_too_much_but_makes_up_for_nothing() -> None:
    assert owed(0, 0.5) == pytest.approx(0.025)
    assert owed(-0.01, 0.5) == pytest.approx(0.015)
    assert owed(0.02, 0.5) == pytest.approx(0.025)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_a_burner_takes_its_share_of_a_core_and_no_more(share: float) -> None:
    began, burner = time.monotonic(), Burner(share)
    assert burner.ident is not None
    clock = time.pthread_getcpuclockid(burner.ident)
    while time.clock_gettime(clock) < 0.2:  # a busy machine may take longer to give it
        time.sleep(0.01)
    used, elapsed = time.clock_gettime(clock), time.monotonic() - began
    burner.ended.set()
    burner.join()
    # Within 10 %, and what one period has may be burned before that is over.
    assert used <= share * (elapsed + 0.05) * 1.1


async def test_cores_are_threads_that_go_when_it_is_switched_off() -> None:
    def burners() -> int:
        return sum(thread.name == "burner" for thread in threading.enumerate())

    process = Process(time.monotonic)
    for cores, threads in ((0.5, 1), (1, 1), (2.5, 3), (0, 0), (0.1, 1)):
        await process.become(Condition(burns_cores=cores))
        assert burners() == threads
    await process.close()
    assert burners() == 0


async def test_it_ends_once_it_is_told_to_and_at_term_only_if_it_drops() -> None:
    left: list[int] = []
    process = Process(time.monotonic, left.append)
    process.terminated()
    await process.become(Condition(ready=False))
    assert left == []
    await process.become(Condition(drops=True))
    process.terminated()
    await process.become(Condition(exits=0))
    assert left == [143, 0]
