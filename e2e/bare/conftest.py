import pytest

from e2e.bare.administrator import Administrator
from e2e.where import Where
from platforms.bare.cluster import BareCluster


@pytest.fixture
def admin(where: Where) -> Administrator:
    """Of the cluster that the scenarios are on."""
    return Administrator(BareCluster.find(where.cluster))
