import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from faces import color_service
from faces.addresses import Address
from faces.color_pb2 import ColorRequest
from faces.config import Config
from faces.faults import KINDS
from faces.faults.describing import describe
from faces.replica import Replica
from faces.serving import Ports
from faces.workloads.backends import make_channel

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
TOKEN = {"Authorization": "Bearer sesame"}
HTTP_ONLY = {kind.name for kind in describe() if kind.protocols == ("HTTP",)}
WORST = {
    "rate_limit": '{"max_rate": 0.01}',
    "error": '{"fraction": 100}',
    "latch": '{"fraction": 100}',
    "hang": '{"fraction": 100}',
    "delay": '{"buckets_ms": [600000]}',
    "tail_latency": '{"fraction": 100, "ms": 600000}',
    "slow_start": '{"ready_after_s": 86400, "ms": 600000, "for_s": 86400}',
    "wrong_answer": '{"fraction": 100}',
    "first_try": '{"fraction": 100}',
    "slow_under_load": '{"above": 0.001, "ms": 600000, "max_ms": 600000}',
    "corrupt_json": '{"fraction": 100}',
    "slow_body": '{"fraction": 100, "ms": 600000}',
    "reset": '{"fraction": 100}',
    "fin": '{"fraction": 100}',
    "reset_body": '{"fraction": 100}',
    "truncated_body": '{"fraction": 100}',
    "refuse": "{}",
    "slow_accept": '{"ms": 600000}',
    "readiness": "{}",
    "cpu": '{"cores": 2}',
    "memory": '{"mb_per_s": 50, "up_to_mb": 50}',
    "crash": '{"above": 0.01}',  # the test's replicas do not leave
    "drop_on_shutdown": "{}",
}
# Those of which it is the point that the replica is not ready.
NOT_READY = {"slow_start", "readiness"}


def test_the_worst_of_every_fault_is_known_here() -> None:
    assert set(WORST) == set(KINDS)


@pytest.mark.parametrize("workload", ["gui", "face", "smiley", "color"])
async def test_probes_and_metrics_answer(
    workload: str, start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config(workload, version="v2"))
    for path, text in (
        ("/healthz", "ok"),
        ("/readyz", "ready"),
        ("/metrics", f'faces_build_info{{version="v2",workload="{workload}"}} 1.0'),
    ):
        async with client.get(f"http://127.0.0.1:{ports['admin']}{path}") as response:
            assert response.status == 200
            assert text in await response.text()


async def test_metrics_speak_openmetrics_to_who_understands_it(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("smiley"))
    url = f"http://127.0.0.1:{ports['admin']}/metrics"
    async with client.get(url, headers={"Accept": "application/openmetrics-text; version=1.0.0"}) as response:
        assert response.content_type == "application/openmetrics-text"
        assert (await response.text()).endswith("# EOF\n")
    async with client.get(url) as response:
        assert response.content_type == "text/plain"


@pytest.mark.parametrize("workload", ["face", "smiley", "color"])
@pytest.mark.parametrize("kind", KINDS)
async def test_probes_metrics_and_control_stay_healthy_under_the_worst_of_each_fault(
    workload: str, kind: str, start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    replica, ports = await start(config(workload, control_token="sesame"))
    control = f"http://127.0.0.1:{ports['control']}/faults"
    async with client.put(f"{control}/{kind}", data=WORST[kind], headers=TOKEN) as response:
        if workload == "color" and kind in HTTP_ONLY:
            assert response.status == 422
            return
        assert response.status == 200
    url = f"http://127.0.0.1:{ports['http' if workload == 'color' else 'main']}/center/"
    victims = [asyncio.ensure_future(client.get(url)) for _ in range(20)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        for path in ("/healthz", "/readyz", "/metrics"):
            async with client.get(f"http://127.0.0.1:{ports['admin']}{path}") as response:
                assert response.status == (503 if path == "/readyz" and kind in NOT_READY else 200)
        async with client.get(control, headers=TOKEN) as response:
            assert list(await response.json()) == [kind]
        async with client.delete(control, headers=TOKEN) as response:
            assert await response.json() == {}
        async with client.get(f"http://127.0.0.1:{ports['admin']}/readyz") as response:
            assert response.status == 200
        for victim in await asyncio.gather(*victims, return_exceptions=True):
            if isinstance(victim, aiohttp.ClientResponse):
                victim.close()
            else:
                assert isinstance(victim, aiohttp.ClientConnectionError)
    async with client.get(url) as response:
        assert response.status == 200
    assert not replica.faults._waiting


async def test_a_hang_ends_when_its_client_goes(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    replica, ports = await start(config("smiley"))
    replica.faults.replace(replica.faults.model.model_validate_json('{"hang": {"fraction": 100}}'))
    with pytest.raises(TimeoutError):
        await client.get(f"http://127.0.0.1:{ports['main']}/", timeout=aiohttp.ClientTimeout(total=0.1))
    async with asyncio.timeout(2):
        while replica.faults._waiting:
            await asyncio.sleep(0.01)
    labels = {"workload": "smiley", "version": "v1"}
    assert replica.metrics.registry.get_sample_value("faces_requests_total", {**labels, "status": "499"}) == 1


async def test_one_set_of_faults_serves_grpc_and_http(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    replica, ports = await start(config("color"))
    replica.faults.replace(
        replica.faults.model.model_validate_json('{"error": {"fraction": 100}, "latch": {"fraction": 100}}')
    )
    async with make_channel(Address("127.0.0.1", ports["main"]), {}) as channel:
        call = color_service.stub(channel, "center")(ColorRequest())
        await call.code()
        assert ("x-faces-status", "599") in [(key, value) for key, value in await call.trailing_metadata() or ()]
    replica.faults.replace(
        replica.faults.model.model_validate_json('{"error": {"fraction": 0}, "latch": {"fraction": 100}}')
    )
    async with client.get(f"http://127.0.0.1:{ports['http']}/center/") as response:
        assert response.status == 599
