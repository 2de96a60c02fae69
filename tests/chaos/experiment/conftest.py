from collections.abc import AsyncIterator

import pytest

from chaos.experiment import Session
from chaos.record import Line
from tests.chaos.experiment.playing import Platform, opened


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def lines() -> list[Line]:
    return []


@pytest.fixture
async def session(platform: Platform, lines: list[Line]) -> AsyncIterator[Session]:
    async with opened(platform, lines) as session:
        yield session
