"""The cache that outlives clusters: for what takes minutes to build and is the same every time."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "faces" / name
