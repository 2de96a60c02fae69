"""The whole suite on one kind of platform: `python -m e2e.run --platform bare`.

A kind that makes clusters gets one for this run, and it is taken away afterwards, whatever happened in between. Where
all but the making is like another kind's, which has the whole suite, a few scenarios do: those marked `smoke`.
Scenarios that change what all of a cluster is run alone, after the others; last comes what makes clusters of its own.
"""

import argparse
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from e2e.machine import of_clusters
from platforms.registry import DEFAULT, PLATFORMS, capabilities, cluster_maker
from seam.errors import PlatformError
from seam.provider import Capabilities, Wishes

REPORT = Path("e2e-report")
HERE = Path("e2e")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.run", description=__doc__)
    parser.add_argument("--platform", default=DEFAULT, choices=list(PLATFORMS), help="where the scenarios run")
    parser.add_argument("--from", dest="origin", help="where what goes into a cluster comes from, if there is a choice")
    given = parser.parse_args()
    platform = given.platform
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else a cluster would be left
    can = capabilities(platform)
    if can.clusters:
        if given.origin is not None and given.origin not in can.origins:
            parser.error(f"--from {given.origin}: the origins of {platform} are: {', '.join(can.origins) or 'one'}")
        return _on_a_cluster_of_its_own(platform, can, Wishes(given.origin))
    return _pytest(HERE, platform, platform, "-n", str(_at_a_time(can)), "--dist", "worksteal")


def _at_a_time(can: Capabilities) -> int:
    """On two cores: scenarios mostly wait, but a whole Kubernetes wants its share of the machine, too."""
    return 2 if can.kubernetes else 3


def _on_a_cluster_of_its_own(platform: str, can: Capabilities, wishes: Wishes) -> int:
    maker, name = cluster_maker(platform), f"e2e-{os.getpid()}"
    own = HERE / platform / "test_nothing_is_left.py"
    # What some of the scenarios want on top: e2e/bare/test_delivery.py. A smoke has none of them.
    extra = () if can.alike else tuple(sorted(can.extras))
    on_it = (f"--cluster={name}", f"--ignore={own}")
    try:
        maker.make(name, print, install=True, wishes=replace(wishes, extra=extra))
        some = ("smoke and not alone", "--repeats=1") if can.alike else ("not alone",)
        together = ("-n", "2", "--dist", "worksteal", "-m", *some)
        code = _pytest(HERE, platform, platform, *on_it, *together)
        if not code and not can.alike:
            bundles = f"--bundles={REPORT / platform}-alone"
            code = _pytest(HERE, platform, f"{platform}-alone", *on_it, "-m", "alone", bundles)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if name in maker.clusters():
            maker.end(name, REPORT / platform / "cluster")
    left = {where: found for where, found in of_clusters(name).items() if found}
    if left:
        print(f"The cluster {name} has left something: {left}", file=sys.stderr)
        return 1
    return code or _pytest(own, platform, f"{platform}-itself", f"--bundles={REPORT / platform}-itself")


def _pytest(tests: Path, platform: str, name: str, *options: str) -> int:
    command = [sys.executable, "-m", "pytest", str(tests), f"--platform={platform}", f"--junitxml={REPORT / name}.xml"]
    return subprocess.run([*command, *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
