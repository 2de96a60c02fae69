"""What anybody can do who reaches the Prometheus of manifests/monitoring, as a forwarded port lets all local users."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
import yaml

from manifests import MONITORING
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from platforms.embedded.prometheus.binary import ensure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]


def shipped_arguments() -> list[str]:
    documents = yaml.safe_load_all((MONITORING / "deployment.yaml").read_text())
    (deployment,) = [document for document in documents if document["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    arguments: list[str] = container["args"]
    return arguments


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> AsyncIterator[str]:
    """The address of a real one, started as in the cluster but for its files and its port."""
    config, data = (tmp_path_factory.mktemp("prometheus") / name for name in ("prometheus.yml", "data"))
    config.write_text("{}")
    replaced = {"--config.file": config, "--storage.tsdb.path": data}
    flags = {flag: value for flag, _, value in (argument.partition("=") for argument in shipped_arguments())}
    url = f"127.0.0.1:{ports.take()}"
    arguments = [f"{flag}={replaced.get(flag, value)}" for flag, value in flags.items()]
    program = Program("prometheus", (str(ensure()), *arguments, f"--web.listen-address={url}"))
    daemon = Daemon(program, f"http://{url}/-/ready", processes, session)
    await daemon.start()
    yield f"http://{url}"
    await daemon.stop(grace=0)


@pytest.mark.parametrize("origin", ["http://page.example", "http://127.0.0.1:8080", "null"])
async def test_no_web_page_may_read_the_metrics(prometheus: str, session: aiohttp.ClientSession, origin: str) -> None:
    query = f"{prometheus}/api/v1/query?query=1"
    async with session.get(query, headers={"Origin": origin}) as answer:
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/-/quit",
        "/-/reload",
        "/api/v1/admin/tsdb/delete_series?match[]=up",
        "/api/v1/admin/tsdb/snapshot",
        "/api/v1/write",
    ],
)
async def test_nobody_may_end_it_or_change_what_it_holds(
    prometheus: str, session: aiohttp.ClientSession, path: str
) -> None:
    async with session.post(f"{prometheus}{path}") as answer:
        assert answer.status >= 400
    async with session.get(f"{prometheus}/-/ready") as answer:
        assert answer.status == 200
