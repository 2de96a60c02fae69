"""Releases pushed on a real platform, outcomes asserted. Every scenario speaks to the `Platform` seam only."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from e2e.manifests import Change
from e2e.stage import Stage, StartStage, embedded

PLATFORMS = {"embedded": embedded}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--platform", default="embedded", choices=sorted(PLATFORMS), help="where the scenarios run")


@pytest.fixture
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> StartStage:
    """`async with stage(rate=40) as on:` is a fresh platform with visitors on it."""
    start_on = PLATFORMS[request.config.getoption("--platform")]

    def start(rate: float = 40, change: Change = lambda _: None) -> AbstractAsyncContextManager[Stage]:
        return start_on(tmp_path, rate, change)

    return start
