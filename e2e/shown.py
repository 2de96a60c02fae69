"""What a cluster shows from beginning to end, each step verified and told: for your own machine, and for CI.

    python -m e2e.shown [--on kind|bare] [--from upstream|registries] [--with argocd,linkerd] [--install] [--out DIR]

With Docker and the internet, the upstream images; without, all is made here (Linux, as root). Every step is a command
of `faces`, the same for both: what is typed is what is shown. Exit code 0 if all of it held, 1 if something did not,
2 for options that cannot be. DIR holds what was seen (shown.json), the reports and the cluster's logs. The cluster is
taken away at the end, whatever happened.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.machine import of_clusters
from e2e.manifests import LINKERD
from platforms.kind.docker import Docker
from platforms.registry import PLATFORMS, capabilities

FACES = Path(sys.executable).with_name("faces")
# In seconds. A cluster whose programs have to be built first takes long.
MAKING_LIMIT_S, COMMAND_LIMIT_S, SETTLING_LIMIT_S = 3600, 900, 180
Json = dict[str, Any]


class ShownError(Exception):
    """A sentence: what did not hold."""


@dataclass(frozen=True, slots=True)
class Where:
    """The options that lead to the cluster, which does not need to be there yet."""

    on: str
    name: str
    origin: str | None
    extra: tuple[str, ...]
    out: Path
    install: bool = False

    def faces(self, *words: str, limit_s: int = COMMAND_LIMIT_S, codes: Iterable[int] = (0,)) -> str:
        """What it printed. ShownError with the end of that if it ends with another code."""
        command = [str(FACES), *words, f"--on={self.on}"]
        try:
            done = subprocess.run(
                command, capture_output=True, check=False, text=True, timeout=limit_s, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            raise ShownError(f"`faces {' '.join(words)}` has not ended within {limit_s} s.") from None
        if done.returncode not in codes:
            said = (done.stdout + done.stderr).strip()[-1500:]
            raise ShownError(f"`faces {' '.join(words)}` ended with {done.returncode}: {said}")
        return done.stdout

    def on_it(self, *words: str, codes: Iterable[int] = (0,)) -> str:
        return self.faces(*words, f"--cluster={self.name}", codes=codes)


@dataclass(frozen=True, slots=True)
class Step:
    """`run` returns in a few words what was seen."""

    title: str
    run: Callable[[Where], str]


@dataclass(slots=True)
class Story:
    """What came of each step, told as it comes."""

    say: Callable[[str], None]
    told: list[Json] = field(default_factory=list)

    def play(self, step: Step, where: Where) -> bool:
        began = time.monotonic()
        self.say(f"{step.title} ...")
        try:
            seen, ok = step.run(where), True
        except ShownError as error:
            seen, ok = str(error), False
        took_s = round(time.monotonic() - began, 1)
        self.told.append({"step": step.title, "ok": ok, "seen": seen, "seconds": took_s})
        self.say(f"  {'✓' if ok else '✗'} {seen} ({took_s:.1f} s)")
        return ok


def steps(extra: Iterable[str]) -> list[Step]:
    """In their order, but for the last, which is played in any case."""
    by_git = [Step("A bad version as a commit, and its revert", delivered)] if "argocd" in extra else []
    meshed = [Step("In the mesh, a bad version is rolled back by itself", in_the_mesh)] if "linkerd" in extra else []
    return [
        Step("A cluster is made", made),
        Step("It holds what it should", held),
        Step("A bad version is rolled back by itself", lambda where: demo(where, "errors-40", "rolled_back")),
        Step("A good version is promoted", lambda where: demo(where, "good", "promoted")),
        *by_git,
        *meshed,
        Step("faces doctor finds nothing wrong", healthy),
    ]


def made(where: Where) -> str:
    options = [f"--name={where.name}"]
    options += [f"--from={where.origin}"] if where.origin else []
    options += [f"--with={','.join(where.extra)}"] if where.extra else []
    options += ["--install"] if where.install else []
    said = json.loads(where.faces("cluster", "up", *options, "--json", limit_s=MAKING_LIMIT_S).splitlines()[-1])
    _settings(where).write_text(json.dumps(said))
    (node,) = kubectl(where, "get", "nodes")["items"]
    ready = next(one["status"] for one in node["status"]["conditions"] if one["type"] == "Ready")
    if ready != "True":
        raise ShownError(f"node {node['metadata']['name']} is not ready")
    return f"Kubernetes {node['status']['nodeInfo']['kubeletVersion']}, one node, ready"


def held(where: Where) -> str:
    """Which images run there: whoever reads it sees where they come from."""
    pods = kubectl(where, "get", "pods", "--all-namespaces")["items"]
    images = sorted({container["image"] for pod in pods for container in pod["spec"]["containers"]})
    waiting = [pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] not in ("Running", "Succeeded")]
    if waiting:
        raise ShownError(f"not running: {', '.join(waiting)}")
    return f"{len(pods)} pods run, of {', '.join(images)}"


def in_the_mesh(where: Where) -> str:
    return demo(where, "errors-40", "rolled_back", f"--manifests={LINKERD}")


def demo(where: Where, release: str, expected: str, *more: str) -> str:
    out = where.out / (f"{release}-in-the-mesh" if more else release)
    where.on_it("demo", "--auto", f"--as={release}", f"--out={out}", "--no-browser", *more)
    return outcome(json.loads((out / "report.json").read_text()), expected)


def outcome(report: Mapping[str, Any], expected: str) -> str:
    """Of a report. ShownError unless it ended as expected, and well."""
    if (report["outcome"], report["ok"], report["unmeasured"]) != (expected, True, False):
        raise ShownError(f"expected {expected}, and it was {report['outcome']}: {report['verdict']}")
    return str(report["verdict"])


def delivered(where: Where) -> str:
    where.on_it("gitops", "up")
    try:
        out = f"--out={where.out / 'by-git'}"
        where.on_it("release", "smiley", "--as=errors-40", "--by=git", "--watch", "--auto", out)
        bad = until(where, ("Synced", "Degraded"))
        if "the repository still says v2" not in bad["message"]:
            raise ShownError(f"`faces gitops status` does not say what the repository still says: {bad['message']}")
        where.on_it("gitops", "revert", "smiley")
        until(where, ("Synced", "Healthy"))
    finally:
        where.on_it("down")
    return f"commit {bad['commit'][:7]} rolled back, Synced and Degraded; reverted, Synced and Healthy"


def until(where: Where, wanted: tuple[str, str]) -> Json:
    deadline = time.monotonic() + SETTLING_LIMIT_S
    while True:
        now: Json = json.loads(where.on_it("gitops", "status", "--json"))
        if (now["sync"], now["health"]) == wanted:
            return now
        if time.monotonic() > deadline:
            raise ShownError(f"not {' and '.join(wanted)} within {SETTLING_LIMIT_S} s: {now['message']}")
        time.sleep(2)


def healthy(where: Where) -> str:
    """In the middle of a run that is up, and has visitors for long enough to be measured."""
    where.on_it("up")
    try:
        where.on_it("load", "--duration=30", "--json")
        began = time.monotonic()
        checks = json.loads(where.on_it("doctor", "--json", codes=(0, 1)))
        took_s = time.monotonic() - began
    finally:
        where.on_it("down")
    bad = [one for one in checks if one["result"] == "failed"]
    if bad:
        raise ShownError("; ".join(f"{one['check']}: {one['saw']}" for one in bad))
    return f"{len(checks)} checks in {took_s:.1f} s"


def gone(where: Where) -> str:
    where.faces("cluster", "down", f"--name={where.name}", f"--logs={where.out / 'cluster'}")
    left = {what: found for what, found in of_clusters(where.name).items() if found}
    if where.on == "kind" and where.origin != "registries":
        containers = Docker()("ps", "--all", "--quiet", f"--filter=label=io.x-k8s.kind.cluster={where.name}").split()
        left |= {"containers": containers} if containers else {}
    if left:
        raise ShownError(f"left: {left}")
    return "no process, file, control group or container of it"


GONE = Step("The cluster is taken away, and nothing is left", gone)


def kubectl(where: Where, *words: str) -> Json:
    made_ = json.loads(_settings(where).read_text())
    command = [made_["kubectl"], f"--kubeconfig={made_['kubeconfig']}", *words, "--output=json"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=COMMAND_LIMIT_S)
    if done.returncode:
        raise ShownError(f"kubectl {' '.join(words)}: {done.stderr.strip()[-600:]}")
    found: Json = json.loads(done.stdout)
    return found


def _settings(where: Where) -> Path:
    return where.out / "cluster.json"


def main(given: list[str] | None = None) -> int:
    where = _asked(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else a cluster would be left
    where.out.mkdir(parents=True, exist_ok=True)
    story = Story(lambda line: print(line, flush=True))
    try:
        # Without a cluster there is nothing more to see; else one step that did not hold says nothing of the others.
        making, *others = steps(where.extra)
        ok = story.play(making, where)
        for step in others if ok else ():
            ok = story.play(step, where) and ok
    finally:
        ended = story.play(GONE, where)
        (where.out / "shown.json").write_text(json.dumps(story.told, indent=2, ensure_ascii=False))
    return 0 if ok and ended else 1


def _asked(given: list[str] | None) -> Where:
    parser = argparse.ArgumentParser(prog="python -m e2e.shown", description="Make a cluster, verify, take it away.")
    makers = [name for name, can in PLATFORMS.items() if can.clusters]
    parser.add_argument("--on", choices=makers, default="kind")
    parser.add_argument("--from", dest="origin", help="upstream: published images; registries: all is made here")
    parser.add_argument("--with", dest="extra", default="", help="what the cluster has on top: argocd, linkerd")
    parser.add_argument("--install", action="store_true", help="install what the machine lacks (with apt-get)")
    parser.add_argument("--out", type=Path, default=Path("e2e-report/shown"), help="where reports and logs go")
    asked = parser.parse_args(given)
    can = capabilities(asked.on)
    extra = tuple(filter(None, asked.extra.split(",")))
    if asked.origin is not None and asked.origin not in can.origins:
        parser.error(f"--from {asked.origin}: the origins of {asked.on} are: {', '.join(can.origins) or 'one'}")
    if not can.extras.issuperset(extra):
        parser.error(f"--with {asked.extra}: there is {', '.join(can.extras) or 'nothing'}")
    return Where(asked.on, f"shown-{os.getpid()}", asked.origin, extra, asked.out.absolute(), asked.install)


if __name__ == "__main__":
    sys.exit(main())
