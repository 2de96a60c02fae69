"""Releases pushed on a real platform, outcomes asserted. Every scenario speaks to the `Platform` seam only.

    pytest e2e --platform=embedded|bare|kind|cluster [--bundles=DIR]

`embedded/`, `bare/` and `kind/` hold what concerns that platform alone, `cluster/` what concerns every real cluster.
"""

import asyncio
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields, replace
from pathlib import Path

import pytest

from e2e.evidence import Evidence
from e2e.manifests import TRAEFIK, Change
from e2e.stage import Crowd, Stage, StartStage
from e2e.staging import FOLDERS, Start, staging
from e2e.summary import Summary
from e2e.where import Where
from platforms.registry import DEFAULT, PLATFORMS, capabilities
from seam.errors import PlatformError

HERE = Path(__file__).parent
Staged = Callable[[Start], StartStage]
EVIDENCE = pytest.StashKey[Evidence]()
WHERE = pytest.StashKey[Where]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("e2e", "where the scenarios run, and what they leave")
    group.addoption("--platform", default=DEFAULT, choices=list(PLATFORMS), help="where the scenarios run")
    group.addoption("--bundles", default="e2e-report", metavar="DIR", help="where failures and reports are kept")
    group.addoption("--kubeconfig", metavar="FILE", help="of the cluster; what kubectl would take, if not given")
    group.addoption("--context", metavar="NAME", help="of the kubeconfig; its current one, if not given")
    group.addoption(
        "--cluster", metavar="NAME", help="which of those that faces has made; the one that is up, if not given"
    )
    group.addoption("--repeats", type=int, metavar="N", help="of what has to hold every time (default: the platform's)")
    group.addoption("--manifests", default=str(TRAEFIK), metavar="DIR", help="what is applied to a cluster")


def pytest_configure(config: pytest.Config) -> None:
    option = config.getoption
    config.stash[WHERE] = Where(*(option(f"--{one.name}") for one in fields(Where)))
    if not hasattr(config, "workerinput"):  # under xdist, who started the workers hears of every test
        folder = Path(option("--bundles"))
        config.pluginmanager.register(Summary(option("--platform"), folder), "e2e-summary")


def pytest_sessionstart(session: pytest.Session) -> None:
    """A cluster that is not there, or not fit, is one sentence, and not one failure for each scenario."""
    where = session.config.stash[WHERE]
    can = capabilities(where.platform)
    # One that makes clusters may be asked for scenarios that make their own.
    if can.kubernetes and not can.clusters and not hasattr(session.config, "workerinput"):
        try:
            asyncio.run(_fit(where))
        except PlatformError as error:
            pytest.exit(str(error), returncode=2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to other platforms, and give slower ones more time."""
    platform = staging(config.getoption("--platform"))
    others = FOLDERS - platform.folders
    elsewhere = [item for item in items if others & set(_folders(item))]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]
    for item in items:
        limit = item.get_closest_marker("timeout")
        if limit is not None and HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(limit.args[0] * platform.pace.patience), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    evidence = item.stash.get(EVIDENCE, None)
    if report.failed and evidence is not None and evidence.began:
        report.sections.append(("Bundle", f"Logs, objects, metrics and the timeline are in {evidence.bundled}/"))
    return report


@pytest.fixture
def where(request: pytest.FixtureRequest) -> Where:
    """The cluster that was asked for on the command line."""
    return request.config.stash[WHERE]


@pytest.fixture
def stage(where: Where, staged: Staged) -> StartStage:
    """`async with stage(rate=40) as on:` is a fresh platform with visitors on it."""
    return staged(staging(where.platform).start)


@pytest.fixture
def staged(tmp_path: Path, request: pytest.FixtureRequest, where: Where) -> Staged:
    """What a test calls for a stage that begins in a way of its own. What it leaves has the test's name."""
    platform = staging(where.platform)
    folder = Path(request.config.getoption("--bundles")).absolute() / where.platform / _folder_name(request.node.name)
    properties: list[tuple[str, object]] = request.node.user_properties
    evidence = Evidence(folder, tmp_path, lambda name, value: properties.append((name, value)))
    evidence.forget()
    request.node.stash[EVIDENCE] = evidence

    repeats = request.config.getoption("--repeats")
    pace = replace(platform.pace, repeats=repeats) if repeats else platform.pace

    def starts(begin: Start) -> StartStage:
        def start(
            rate: float = 40, change: Change = lambda _: None, shape: str = "steady"
        ) -> AbstractAsyncContextManager[Stage]:
            return begin(where, Crowd(rate, shape), change, pace, evidence)

        return start

    return starts


async def _fit(where: Where) -> None:
    from platforms.kube.client import Cluster
    from platforms.kube.installed import check_versions

    cluster = await Cluster.connect(where.kubeconfig_used())
    try:
        await check_versions(cluster)
    finally:
        await cluster.close()


def _folders(item: pytest.Item) -> Sequence[str]:
    return item.path.relative_to(HERE).parts[:-1] if HERE in item.path.parents else ()


def _folder_name(test: str) -> str:
    return re.sub(r"[^\w.-]+", "-", test).strip("-")
