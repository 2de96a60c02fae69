import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Runs of nobody else are seen, and none of these by others; short, because the path of a socket has to be."""
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)
