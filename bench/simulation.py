"""How many whole releases one core simulates in a second, and where the time goes (`--profile`).

The shipped Rollout smiley with its shipped AnalysisTemplates on a virtual clock: from the change of the pod template
until it is promoted, or rolled back, and the pods of the version that lost are gone. "30/50/70" is the same without
its promotion gates: weights, pauses, and the background analysis. Manifests are read before, and Prometheus is played.
The first version of a fresh Rollout is not counted, and no two releases are of the same version. Seconds are those that
the processor spent on it.

Each round is measured beside deep copies of the very same Rollout's document, so that a slow machine shows as a slow
machine: the ratio is what to compare.
"""

import argparse
import copy
import cProfile
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from manifests import BASE
from platforms.embedded.manifests import load
from rollouts import RolloutPhase, decide, parse_rollout
from rollouts.analysis import AnalysisTemplate
from rollouts.providers import HttpRequest, HttpResponse
from rollouts.simulation import Simulation

ROOT = Path(__file__).parents[1]
ROUNDS = 9
SHOWN = 15
# In virtual seconds. A release takes some 62, and its old pods go 30 later.
DEPLOYED, ENDED = 10.0, 200.0
# A pod of smiley is ready about so many seconds after it was asked for.
STARTUP = 1.0
# By the canary's success rate in Prometheus: how the release ends, and the pods of the old and the new version.
ENDINGS = {0.99: (RolloutPhase.HEALTHY, [0, 2]), 0.6: (RolloutPhase.DEGRADED, [2, 0])}

Document = dict[str, Any]
versions = count(2)


@cache
def shipped() -> tuple[Document, dict[str, AnalysisTemplate]]:
    documents = yaml.safe_load_all((BASE / "smiley.yaml").read_text())
    read = load(BASE, lambda: "a-token")
    return next(one for one in documents if one["kind"] == "Rollout"), dict(read.templates)


def next_version(document: Document) -> Document:
    changed = copy.deepcopy(document)
    (container,) = changed["spec"]["template"]["spec"]["containers"]
    next(one for one in container["env"] if one["name"] == "VERSION")["value"] = f"v{next(versions)}"
    return changed


def prometheus(success_rate: float) -> Callable[[HttpRequest, float], HttpResponse]:
    ratio, milliseconds, none = vector(success_rate), vector(12), vector(0)

    def answer(asked: HttpRequest, _now: float) -> HttpResponse:
        query = asked.params["query"]
        if "histogram_quantile" in query:
            return milliseconds
        return none if any(word in query for word in ("_deny_", "FAIL_FAST", "_duration_")) else ratio

    return answer


def vector(value: float) -> HttpResponse:
    series = f'{{"metric":{{}},"value":[1700000000,"{value}"]}}'
    return HttpResponse(200, f'{{"status":"success","data":{{"resultType":"vector","result":[{series}]}}}}'.encode())


def without_gates(document: Document) -> Document:
    changed = copy.deepcopy(document)
    canary = changed["spec"]["strategy"]["canary"]
    canary["steps"] = [step for step in canary["steps"] if "analysis" not in step]
    return changed


@dataclass(frozen=True)
class Kind:
    """A release, and how it goes: the canary's success rate in Prometheus."""

    name: str
    success_rate: float
    gates: bool = True


KINDS = (Kind("30/50/70", 0.99, gates=False), Kind("promoted", 0.99), Kind("rolled back", 0.6))


class Release:
    """The first version is out, the next one is written down; `play` is what is measured."""

    def __init__(self, kind: Kind) -> None:
        document, templates = shipped()
        success_rate = kind.success_rate
        if not kind.gates:
            document = without_gates(document)
        self.ending, self.changed = ENDINGS[success_rate], parse_rollout(next_version(document))
        answer = prometheus(success_rate)
        self.simulation = Simulation(parse_rollout(document), templates, answer, lambda _template: STARTUP)
        self.simulation.advance(DEPLOYED)

    def play(self) -> None:
        self.simulation.apply(self.changed)
        self.simulation.advance(ENDED)

    def check(self) -> None:
        """It was the release that is spoken of above."""
        status = self.simulation.status
        pods = [one.replicas for one in self.simulation.observed().replica_sets]
        weight = None if status.canary.weights is None else status.canary.weights.canary.weight
        if ((status.phase, pods), weight) != (self.ending, 0):
            raise SystemExit(f"The release ended as {status.phase}, {status.message}, pods {pods}, weight {weight}.")


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(kind: Kind, releases: int) -> None:
    document, _ = shipped()
    passes = count_passes(kind)
    rates, ratios = [], []
    for _ in range(ROUNDS):
        copying = sum(seconds(lambda: copy.deepcopy(document)) for _ in range(releases))
        playing = sum(seconds(Release(kind).play) for _ in range(releases))
        rates.append(releases / playing)
        ratios.append(playing / copying)
    middle = statistics.median(rates)
    print(
        f"{kind.name:12} {min(rates):7,.0f} min {middle:7,.0f} median {max(rates):7,.0f} max releases a second; "
        f"{passes} passes each, {passes * middle:,.0f} passes a second"
    )
    print(
        f"{'ratio':12} {min(ratios):7.1f} min {statistics.median(ratios):7.1f} median {max(ratios):7.1f} max "
        "deep copies of its document in the time of one"
    )


def count_passes(kind: Kind) -> int:
    release = Release(kind)
    with mock.patch("rollouts.simulation.decide", wraps=decide) as asked:
        release.play()
    release.check()
    return asked.call_count


def profile(kind: Kind, releases: int) -> None:
    """The profiler costs time as well, and small functions the most of it."""
    profiler = cProfile.Profile()
    for _ in range(releases):
        profiler.runcall(Release(kind).play)
    functions, rooms = [], defaultdict[str, float](float)
    for entry in profiler.getstats():
        file, name = ("", entry.code) if isinstance(entry.code, str) else (entry.code.co_filename, entry.code.co_name)
        functions.append((entry.inlinetime, entry.callcount, f"{where(file)}: {name}"))
        rooms[room(file)] += entry.inlinetime
    whole = sum(rooms.values())
    print(f"\n{'room':48}  share")
    for name, own in sorted(rooms.items(), key=lambda one: -one[1]):
        print(f"{name:48} {own / whole:6.1%}")
    print(f"\n{'function':48}  share  calls of each release")
    for own, calls, name in sorted(functions, reverse=True)[:SHOWN]:
        print(f"{name:48} {own / whole:6.1%} {calls / releases:9.1f}")


def room(file: str) -> str:
    return str(Path(where(file)).parent) if file.startswith(str(ROOT / "rollouts")) else where(file)


def where(file: str) -> str:
    if not file:
        return "Python's own"
    if file.startswith("<"):
        return "written by @dataclass and NamedTuple"
    path = Path(file)
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1]
    return str(path.relative_to(ROOT)) if ROOT in path.parents else path.name


def main() -> None:
    arguments = argparse.ArgumentParser(description="Releases simulated in a second, on one core.")
    arguments.add_argument("--releases", type=int, default=50, help="in each round")
    arguments.add_argument("--profile", action="store_true", help="where the time goes")
    given = arguments.parse_args()
    for kind in KINDS:
        measure(kind, given.releases)
    if given.profile:
        profile(KINDS[0], given.releases)


if __name__ == "__main__":
    main()
