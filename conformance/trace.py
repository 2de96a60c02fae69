"""What is compared of two controllers: what each of them decided, in order, with images in place of hashes."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.ending import MESSAGES, ending

# Both sides truncate times to whole seconds; the real one is also delayed by watches, queues and a busy machine.
TOLERANCE_S = 3.0
# The phases of an AnalysisRun that has not ended.
UNFINISHED = ("", "Pending", "Running")


class Decision(NamedTuple):
    """What a status says about the rollout, with images in place of hashes. `active` and `preview` are the images that
    the Services of a blue-green rollout select; `restarts` counts completed restarts of all pods.
    """

    phase: str
    step: int | None
    weight: int | None
    stable: str
    current: str
    aborted: bool
    pauses: tuple[str, ...]
    active: str = ""
    preview: str = ""
    restarts: int = 0


@dataclass(slots=True)
class Trace:
    """What one side did, as sequences without immediate repetitions.

    `decided_at` has the times of `decisions`, in seconds since the creation. `sizes` is by image, `runs` by the name of
    the AnalysisRun, and so is `noted`: labels, annotations, the state of the metrics, their final counts, and whether
    the run was deleted. `pods` counts the pods of each image, where they are objects. `services` has the images that
    the Services of a canary select, `ending` the final status.
    """

    decisions: list[Decision] = field(default_factory=list)
    decided_at: list[float] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    sizes: dict[str, list[int]] = field(default_factory=dict)
    runs: dict[str, list[str]] = field(default_factory=dict)
    measurements: dict[str, list[str]] = field(default_factory=dict)
    noted: dict[str, dict[str, str]] = field(default_factory=dict)
    pods: dict[str, int] = field(default_factory=dict)
    services: dict[str, list[str]] = field(default_factory=dict)
    ending: dict[str, str] = field(default_factory=dict)
    _restarts: list[Any] = field(default_factory=list)

    def status(self, at: float, status: Mapping[str, Any], images: Mapping[str, str]) -> None:
        """Add a Rollout's status, as Argo writes it. `images` is by pod template hash."""
        if "phase" not in status:  # the controller has not seen it yet
            return
        weights, blue_green = (status.get("canary") or {}).get("weights"), status.get("blueGreen") or {}
        if status.get("restartedAt"):
            _note(self._restarts, status["restartedAt"])
        decision = Decision(
            status["phase"],
            status.get("currentStepIndex"),
            weights["canary"]["weight"] if weights else None,
            images.get(status.get("stableRS", ""), ""),
            images.get(status.get("currentPodHash", ""), ""),
            bool(status.get("abort")),
            tuple(pause["reason"] for pause in status.get("pauseConditions") or ()),
            images.get(blue_green.get("activeSelector", ""), ""),
            images.get(blue_green.get("previewSelector", ""), ""),
            len(self._restarts),
        )
        if not self.decisions or self.decisions[-1] != decision:
            self.decisions.append(decision)
            self.decided_at.append(at)
        _note(self.messages, unquoted(named(status.get("message", ""), images)))
        self.ending = {name: unquoted(named(text, images)) for name, text in ending(status).items()}

    def size(self, image: str, replicas: int) -> None:
        _note(self.sizes.setdefault(image, []), replicas)

    def service(self, name: str, image: str) -> None:
        """Add what a Service selects. The image is empty while it selects all versions."""
        if image:
            _note(self.services.setdefault(name, []), image)

    def pod(self, image: str, number: int) -> None:
        """Add a pod. Numbers start at 0."""
        self.pods[image] = max(self.pods.get(image, 0), number + 1)

    def run(self, name: str, phase: str, message: str, images: Mapping[str, str]) -> None:
        told = self.runs.setdefault(named(name, images), [])
        if phase not in UNFINISHED:  # how often it was seen in between does not matter
            _note(told, f"{phase}: {message}" if message else phase)

    def note(self, name: str, kind: str, values: Mapping[str, Any], images: Mapping[str, str]) -> None:
        """Add labels, annotations or counts of a run; a count of 0 is left out."""
        noted = self.noted.setdefault(named(name, images), {})
        noted |= {f"{kind} {key}": named(str(value), images) for key, value in values.items() if value != 0}

    def measured(self, name: str, metric: str, seen: Iterable[tuple[str, str]], images: Mapping[str, str]) -> None:
        """Set all completed measurements of a metric, as (phase, value). How many equal ones there are in a row depends
        on time, so they are merged; where the number matters, it is in the messages.
        """
        told = self.measurements[f"{named(name, images)} {metric}"] = []
        for phase, value in seen:
            if phase != "Running":
                _note(told, f"{phase} {_canonical(value)}".rstrip())


def named(text: str, images: Mapping[str, str]) -> str:
    """`text` with images in place of hashes."""
    for hashed, image in images.items():
        text = re.sub(rf"(?<![a-z0-9]){hashed}(?![a-z0-9])", image, text)
    return text


def unquoted(text: str) -> str:
    """`text` without the invalid value that Argo quotes; the name of the field is enough."""
    return re.sub(r'Invalid value: (?:"(?:\\.|[^"\\])*"|[^:]*): ', "", text)


@dataclass(frozen=True, slots=True)
class Difference:
    """`decisive`: the rollout took another course. Otherwise only texts differ."""

    where: str
    real: Any
    embedded: Any
    decisive: bool = True

    def __str__(self) -> str:
        return f"{self.where}:\n  Argo Rollouts: {self.real}\n  embedded:      {self.embedded}"


def differences(real: Trace, embedded: Trace) -> list[Difference]:
    found = [
        Difference(f"{part} of {name}", ours.get(name), theirs.get(name))
        for part, ours, theirs in (
            ("sizes", real.sizes, embedded.sizes),
            ("measurements", real.measurements, embedded.measurements),
            ("phases", _phases(real.runs), _phases(embedded.runs)),
            ("notes", real.noted, embedded.noted),
            ("pods", real.pods, embedded.pods),
            ("services", real.services, embedded.services),
        )
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    if real.decisions != embedded.decisions:
        found.insert(0, _first(real, embedded))
    else:
        for decision, then, now in zip(real.decisions, real.decided_at, embedded.decided_at, strict=True):
            if abs(then - now) > TOLERANCE_S:
                found.append(Difference(f"time of {decision}", f"{then:.1f} s", f"{now:.1f} s"))
    found += [
        Difference(f"{name} at the end", real.ending.get(name), embedded.ending.get(name), decisive=name != MESSAGES)
        for name in sorted({*real.ending, *embedded.ending})
        if real.ending.get(name) != embedded.ending.get(name)
    ]
    if real.messages != embedded.messages:
        found.append(Difference("messages", real.messages, embedded.messages, decisive=False))
    found += [
        Difference(f"messages of {name}", real.runs[name], embedded.runs[name], decisive=False)
        for name in sorted({*real.runs} & {*embedded.runs})
        if real.runs[name] != embedded.runs[name]
    ]
    return found


def _first(real: Trace, embedded: Trace) -> Difference:
    """The first decision that differs."""
    same = 0
    for one, other in zip(real.decisions, embedded.decisions, strict=False):
        if one != other:
            break
        same += 1
    return Difference(f"decision {same + 1}", _told(real, same), _told(embedded, same))


def _told(trace: Trace, first: int) -> str:
    shown = zip(trace.decided_at[first : first + 3], trace.decisions[first : first + 3], strict=True)
    return "; ".join(f"{at:.1f} s {tuple(decision)}" for at, decision in shown) or "no further decision"


def _phases(runs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    phases: dict[str, list[str]] = {}
    for name, told in runs.items():
        for one in told:
            _note(phases.setdefault(name, []), one.partition(":")[0])
    return phases


def _note(sequence: list[Any], value: Any) -> None:
    if not sequence or sequence[-1] != value:
        sequence.append(value)


def _canonical(value: str) -> str:
    """JSON with sorted keys; other text as it is."""
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except ValueError:
        return value
