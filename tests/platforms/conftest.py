import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import pytest_asyncio
import yaml

from manifests import BASE
from platforms.embedded.manifests.reading import Manifests, load
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from seam.documents import documents

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
Until = Callable[[Callable[[], Any]], Awaitable[None]]


@pytest.fixture(scope="session")
def parsed() -> Documents:
    # Through JSON, because an alias makes objects share what a test is to change in one of them.
    files = {str(file.relative_to(BASE)): list(documents(file)) for file in BASE.rglob("*.yaml")}
    return cast("Documents", json.loads(json.dumps(files)))


@pytest.fixture
def shipped(parsed: Documents) -> Documents:
    """{file: documents} of manifests/base, fresh to be changed."""
    return copy.deepcopy(parsed)


@pytest.fixture
def write_folder(tmp_path: Path) -> WriteFolder:
    def write(documents: Documents) -> Path:
        folder = tmp_path / "manifests"
        folder.mkdir(exist_ok=True)
        for name, content in documents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(yaml.safe_dump_all(content))
        return folder

    return write


@pytest.fixture(scope="session")
def manifests() -> Manifests:
    return load(BASE, lambda: "a-token")


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait for a condition. The test's own time limit is the limit."""

    async def wait(condition: Callable[[], Any]) -> None:
        while not condition():
            await asyncio.sleep(0.01)

    return wait


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def processes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Processes]:
    """A nursery of this module's own."""
    opened = Processes(tmp_path_factory.mktemp("logs"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def ports() -> Iterator[PortBlock]:
    block = PortBlock()
    yield block
    block.close()
