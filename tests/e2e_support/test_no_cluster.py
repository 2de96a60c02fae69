import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_suite_for_a_cluster_that_is_not_there_ends_with_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "e2e", "--platform=cluster", f"--bundles={tmp_path}", "-q"],
        cwd=ROOT,
        env={**os.environ, "KUBECONFIG": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "There is no kubeconfig at /nowhere." in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
