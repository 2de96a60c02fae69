"""Where Prometheus is, if it is here already. Nothing heavy is imported: it is looked for first of all."""

import os
import shutil
from pathlib import Path


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "faces"


def find(cache: Path | None = None) -> Path | None:
    """Prometheus as it is already here, or None."""
    on_path = shutil.which("prometheus")
    if on_path:
        return Path(on_path)
    cached = (cache or cache_folder()) / "prometheus" / "prometheus"
    return cached if os.access(cached, os.X_OK) else None
