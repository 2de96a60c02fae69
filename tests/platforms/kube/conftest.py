from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import yaml

from platforms.kube.client import Cluster
from platforms.kube.kubeconfig import Kubeconfig
from tests.platforms.kube.api import FakeApi

WriteKubeconfig = Callable[[int], str]


@pytest.fixture
def write_kubeconfig(tmp_path: Path) -> WriteKubeconfig:
    def write(port: int) -> str:
        config = {
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "jane"}}],
            "users": [{"name": "jane", "user": {"token": "first"}}],
        }
        file = tmp_path / "kubeconfig"
        file.write_text(yaml.safe_dump(config))
        return str(file)

    return write


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    served = FakeApi()
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def cluster(api: FakeApi, write_kubeconfig: WriteKubeconfig) -> AsyncIterator[Cluster]:
    async with await Cluster.connect(Kubeconfig(write_kubeconfig(api.port))) as connected:
        yield connected
