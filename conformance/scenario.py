"""A scenario: a Rollout, the answers that its metrics get, and what people do to it, each at a given second."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rollouts.analysis.spec import CLUSTER_KIND

FOLDER = Path(__file__).parent / "scenarios"
NAME = "app"
# The host name of the metrics' provider in every scenario, whatever really answers.
PROVIDER = "http://provider"

# Each kind of event has its own fraction of a second, so that two events cannot come in one order here and in the other
# order there. Argo's timers end at whole seconds. What people do comes between two of them...
DEEDS = 0.4
# ... pods become ready a moment after they were requested, never in the same pass of the controller...
SOON = 0.1
# ... and random metrics are measured when all of this has settled (see generate.py).

AGAIN = "-again"

Document = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Deed(_Part):
    """What is done `at` seconds (plus DEEDS) after the start: exactly one of the other fields."""

    at: float
    release: str | None = None  # an image
    set: Mapping[str, Any] | None = None  # a merge patch of the spec
    answer: Mapping[str, Any] | None = None  # new answers, by the path that is asked for
    command: str | None = Field(None, pattern="^(promote|promote-full|skip-step|skip-all|abort|retry)$")
    undo: int | None = None  # to this revision; 0 is the one before
    restart: int | None = None  # the pods that are older than so many seconds after the beginning

    @property
    def moment(self) -> float:
        return self.at + DEEDS

    @model_validator(mode="after")
    def _one(self) -> Self:
        deeds = (self.release, self.set, self.answer, self.command, self.undo, self.restart)
        if sum(value is not None for value in deeds) != 1:
            raise ValueError(
                "an entry of the script has exactly one of release, set, answer, command, undo and restart"
            )
        return self


class Scenario(_Part):
    """`rule` is the number of the rule of Argo's that it shows; `canary` or `blueGreen`, `spec` and `metadata` go into
    the Rollout. `secrets` has the data of Secrets, by name and key. `pods` says after how many seconds the pods of an
    image are ready (null: never; an image that is not named: after SOON).

    `clusterTemplates` are ClusterAnalysisTemplates. They have no namespace, so the scenario's name is put before
    theirs; the Rollout and the other templates name them without it.
    """

    name: str
    rule: str
    what: str
    canary: Mapping[str, Any] = Field(default_factory=dict)
    blue_green: Mapping[str, Any] | None = Field(None, alias="blueGreen")
    spec: Mapping[str, Any] = Field(default_factory=dict)
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    routed: bool = False
    templates: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    cluster_templates: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict, alias="clusterTemplates")
    secrets: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    answers: Mapping[str, Any] = Field(default_factory=dict)
    pods: Mapping[str, float | None] = Field(default_factory=dict)
    script: Annotated[tuple[Deed, ...], Field(strict=False)] = ()
    until: float

    @property
    def again(self) -> Self:
        """The same scenario under another name, because the name is also the namespace's."""
        return self.model_copy(update={"name": f"{self.name}{AGAIN}"})

    def rollout(self) -> Document:
        """The Rollout as it is created at the start, with image v1."""
        spec = {
            "replicas": 2,
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": {"app": NAME}},
                "spec": {"containers": [{"name": NAME, "image": "v1"}]},
            },
            "strategy": self._strategy(),
        }
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {**self.metadata, "name": NAME, "namespace": self.name},
            "spec": self.placed(merged(spec, self.spec)),
        }

    def placed(self, part: Any) -> Any:
        """`part` of a manifest, with the full names of the ClusterAnalysisTemplates in it."""
        if isinstance(part, Mapping):
            named = {key: self.placed(value) for key, value in part.items()}
            if part.get("clusterScope") is True:
                named["templateName"] = f"{self.name}-{part['templateName']}"
            return named
        return [self.placed(item) for item in part] if isinstance(part, list) else part

    def _strategy(self) -> Document:
        if self.blue_green is not None:
            services = {"activeService": f"{NAME}-active", "previewService": f"{NAME}-preview"}
            return {"blueGreen": merged(services, self.blue_green)}
        canary = dict(self.canary)
        if self.routed:
            canary = {
                "stableService": f"{NAME}-stable",
                "canaryService": f"{NAME}-canary",
                "trafficRouting": {"traefik": {"weightedTraefikServiceName": NAME}},
                **canary,
            }
        return {"canary": canary}

    def startup(self, image: str) -> float | None:
        """Seconds until a pod of that image is ready, None for never."""
        seconds = self.pods.get(image, 0.0)
        return None if seconds is None else seconds + SOON

    def analysis_templates(self) -> list[Document]:
        """The templates. A metric without a provider asks PROVIDER, with its own name as the path."""
        own = [(CLUSTER_KIND, {"name": f"{self.name}-{name}"}, spec) for name, spec in self.cluster_templates.items()]
        own += [
            ("AnalysisTemplate", {"name": name, "namespace": self.name}, spec) for name, spec in self.templates.items()
        ]
        return [
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": kind,
                "metadata": metadata,
                "spec": self.placed({**spec, "metrics": [_asking(metric) for metric in spec.get("metrics", ())]}),
            }
            for kind, metadata, spec in own
        ]

    @property
    def restarts(self) -> bool:
        """Whether the scenario restarts pods, so that they have to exist as objects."""
        return any(deed.restart is not None for deed in self.script)

    def answer(self, path: str, at: float) -> Any:
        """The provider's answer at that time: the latest one for the path, else the one for "*"."""
        answers = dict(self.answers)
        for deed in self.script:
            if deed.answer is not None and deed.moment <= at:
                answers |= deed.answer
        return answers.get(path, answers.get("*"))


def load(folder: Path = FOLDER) -> list[Scenario]:
    """All scenarios, one for each file, ordered by name. Raises ValueError naming a file that is not a scenario."""
    scenarios = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            scenarios.append(Scenario(name=file.stem, **yaml.safe_load(file.read_text())))
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"])
            raise ValueError(f"{file}: {field}: {problem['msg']}.") from error
    return scenarios


def merged(document: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def with_image(rollout: Document, image: str) -> Document:
    containers = [{**rollout["spec"]["template"]["spec"]["containers"][0], "image": image}]
    changed: Document = merged(rollout, {"spec": {"template": {"spec": {"containers": containers}}}})
    return changed


def time_of(seconds: float) -> str:
    """As Kubernetes writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def image_of(template: Mapping[str, Any]) -> str:
    return str(template["spec"]["containers"][0]["image"])


def _asking(metric: Mapping[str, Any]) -> Document:
    if "provider" in metric:
        return dict(metric)
    return {**metric, "provider": {"web": {"url": f"{PROVIDER}/{metric['name']}", "jsonPath": "{$.value}"}}}
