from collections.abc import Callable
from functools import partial

import pytest

from e2e.bare.administrator import Administrator
from e2e.stage import StartStage
from e2e.stages import cluster
from e2e.staging import Start
from e2e.where import Where
from platforms.bare.cluster import BareCluster
from platforms.delivery.provider import begin


@pytest.fixture
def admin(where: Where) -> Administrator:
    """Of the cluster that the scenarios are on."""
    return Administrator(BareCluster.find(where.cluster))


@pytest.fixture
def delivered(staged: Callable[[Start], StartStage]) -> StartStage:
    """`async with delivered() as on:` is a fresh platform whose releases are commits, with visitors on it."""
    return staged(partial(cluster.start, begin=begin))
