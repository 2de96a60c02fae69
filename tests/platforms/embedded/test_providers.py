import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.bare.pki import Authority, Identity
from platforms.embedded import providers
from platforms.embedded.providers import outcome_of
from rollouts.analysis import Metric, Outcome

Measure = Callable[[Metric], Awaitable[Outcome]]
# A thousand times a thousand times a thousand: half an hour.
ENDLESS = "let many = 1..1000; all(many, {all(many, {all(many, {# > 0})})})"


def metric(condition: str, path: str = "/value") -> Metric:
    web_metric = {"url": f"http://metrics.example{path}", "jsonPath": "{$.value}"}
    return Metric.model_validate({"name": "x", "successCondition": condition, "provider": {"web": web_metric}})


@pytest.fixture
async def measure() -> AsyncIterator[Measure]:
    async def value(_request: web.Request) -> web.Response:
        return web.json_response({"value": 7})

    async def long(_request: web.Request) -> web.Response:
        return web.json_response({"value": "x" * 1000})

    app = web.Application()
    app.router.add_get("/value", value)
    app.router.add_get("/long", long)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        hosts = {"metrics.example": f"127.0.0.1:{server.port}"}
        yield lambda metric: outcome_of(metric, session, "http://nobody", hosts)


async def test_a_host_that_the_clusters_dns_would_know_is_asked_and_its_answer_judged(measure: Measure) -> None:
    assert str((await measure(metric("result > 5"))).phase) == "Successful"
    assert str((await measure(metric("result > 9"))).phase) == "Failed"
    broken = await measure(metric("result > nobody"))
    assert str(broken.phase) == "Error"


HTTPS = """
import asyncio, os, ssl, sys
from platforms.embedded.importing import fast_imports
with fast_imports():
    import aiohttp
    from aiohttp import web
from platforms.embedded.providers import outcome_of
from rollouts.analysis import Metric

async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[1])
    async def value(request):
        return web.json_response({"value": 7})
    app = web.Application()
    app.router.add_get("/", value)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}/"
    provider = {"web": {"url": url, "jsonPath": "{$.value}"}}
    metric = Metric.model_validate({"name": "x", "successCondition": "result > 5", "provider": provider})
    async with aiohttp.ClientSession() as session:
        outcome = await outcome_of(metric, session, "", {})
    print(outcome.phase, outcome.message)
    await runner.cleanup()

asyncio.run(main())
"""


# In a process of its own, because the condition goes on for as long as its process does.
PROGRAM = """
import asyncio, json, sys, time
from platforms.embedded.providers import outcome_of, _beside_the_loop
from rollouts.analysis import Metric
from rollouts.providers import HttpResponse, interpret

async def main():
    metric = Metric.model_validate_json(sys.argv[1])
    judging = asyncio.create_task(_beside_the_loop(lambda: interpret(metric, HttpResponse(200, b'{"value": 7}'))))
    ticks, until = 0, time.monotonic() + 1.5
    while time.monotonic() < until:
        await asyncio.sleep(0.01)
        ticks += 1
    assert not judging.done()
    assert ticks > 10, ticks

asyncio.run(main())
"""


@pytest.mark.timeout(60)
def test_a_condition_that_takes_for_ever_holds_up_neither_the_loop_nor_the_end_of_the_process() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, metric(ENDLESS).text], check=True, timeout=50)


async def test_an_answer_without_an_end_is_cut_off(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_LONGEST", 500)
    outcome = await measure(metric("true", "/long"))
    assert str(outcome.phase) == "Error"
    assert "the answer is longer than" in outcome.message


@pytest.mark.timeout(60)
def test_https_is_verified_with_the_systems_certificates_although_the_supervisor_imports_without_them(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path, datetime.now(UTC))
    authority.issue(Identity("server", "metrics", (), ("127.0.0.1",)))
    key, certificate, trust = (str(tmp_path / name) for name in ("server.key", "server.crt", "ca.crt"))
    program = [sys.executable, "-c", HTTPS, key, certificate]
    for trusted, phase in ((trust, "Successful"), (os.devnull, "Error")):
        env = {**os.environ, "SSL_CERT_FILE": trusted}
        done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout.split()[0] == phase, done.stdout
