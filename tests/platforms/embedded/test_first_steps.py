"""What the first face waits for, one after the other, imports nothing heavy: the rest then goes on side by side."""

import json
import subprocess
import sys

import pytest

OURS = {"envoy", "platforms", "seam"}
IMPORTED = """
import importlib, json, sys
before = set(sys.modules)
importlib.import_module({module!r})
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules.keys() - before}})))
"""


@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "module",
    [
        "platforms.embedded.launch",  # by the command line, to start the supervisor
        "platforms.embedded.__main__",  # by the supervisor, to start the nursery, Envoy and Prometheus
        "platforms.embedded.processes.nursery",  # by the nursery, to start Envoy and Prometheus before it loads the app
    ],
)
def test_only_the_standard_library_is_imported(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORTED.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        timeout=35,
    )
    assert set(json.loads(done.stdout)) - sys.stdlib_module_names <= OURS
