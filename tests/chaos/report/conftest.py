import pytest

from chaos.record import Record
from tests.chaos.report import releases


@pytest.fixture
def record() -> Record:
    """A bad release that was rolled back."""
    return releases.rolled_back()


@pytest.fixture
def promoted() -> Record:
    """A good release that was promoted."""
    return releases.promoted()
