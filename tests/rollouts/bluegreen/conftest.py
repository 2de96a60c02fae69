"""A blue-green Rollout on the virtual cluster, its metric answered as the test says."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from rollouts import commands, parse_rollout
from rollouts.analysis import parse_analysis_template
from rollouts.providers import HttpRequest, HttpResponse
from rollouts.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts import RolloutStatus
    from rollouts.analysis import AnalysisRun

# Orders for pods are on their way for a moment.
_AT_ONCE_S = 0.05

ANALYSIS = {"templates": [{"templateName": "success"}]}
TEMPLATE = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AnalysisTemplate",
    "metadata": {"name": "success"},
    "spec": {
        "metrics": [
            {
                "name": "rate",
                "interval": "5s",
                "count": 2,
                "successCondition": "result >= 0.95",
                "failureCondition": "result < 0.5",
                "provider": {"web": {"url": "http://provider/rate", "jsonPath": "{$.value}"}},
            }
        ]
    },
}


class World:
    """Revision 1 (image v1) is up and at rest when a test gets it."""

    def __init__(self, document: dict[str, Any], startup: Mapping[str, float | None]) -> None:
        self.document, self.rate = document, 0.99
        template = parse_analysis_template(TEMPLATE)
        self.simulation = Simulation(
            parse_rollout(document),
            {template.name: template},
            self._answer,
            lambda template: startup.get(_image(template), 0.0),
        )
        self.pass_time(5)

    def _answer(self, _: HttpRequest, __: float) -> HttpResponse:
        return HttpResponse(200, json.dumps({"value": self.rate}).encode())

    def pass_time(self, seconds: float) -> None:
        self.simulation.advance(self.simulation.now + seconds)

    def release(self, image: str, **spec: Any) -> None:
        changed = json.loads(json.dumps(self.document))
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = image
        changed["spec"] |= spec
        self.document = changed
        self.simulation.apply(parse_rollout(changed))
        self.pass_time(_AT_ONCE_S)

    def set(self, **spec: Any) -> None:
        self.release(_image(self.document["spec"]["template"]), **spec)

    def promote(self, *, full: bool = False) -> None:
        self.simulation.command(commands.promote_full if full else commands.promote)
        self.pass_time(_AT_ONCE_S)

    def abort(self) -> None:
        self.simulation.command(partial(lambda now, _, status: commands.abort(status, now), self.simulation.now))
        self.pass_time(_AT_ONCE_S)

    def retry(self) -> None:
        self.simulation.command(lambda _, status: commands.retry(status))
        self.pass_time(_AT_ONCE_S)

    @property
    def status(self) -> RolloutStatus:
        return self.simulation.status

    @property
    def told(self) -> tuple[str, str]:
        return str(self.status.phase), self.status.message

    @property
    def images(self) -> dict[str, str]:
        """Of all ReplicaSets, by hash; "" is the one that nobody was pointed to."""
        return {"": ""} | {
            one.pod_template_hash: _image(one.template) for one in self.simulation.observed().replica_sets
        }

    @property
    def active(self) -> str:
        return self.images[self.status.blue_green.active_selector]

    @property
    def preview(self) -> str:
        return self.images[self.status.blue_green.preview_selector]

    @property
    def stable(self) -> str:
        return self.images[self.status.stable_rs]

    @property
    def sizes(self) -> dict[str, int]:
        sets = self.simulation.observed().replica_sets
        return {_image(one.template): one.desired for one in sets if one.desired}

    @property
    def runs(self) -> list[AnalysisRun]:
        return list(self.simulation.observed().analysis_runs)

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.simulation.events]


def _image(template: Mapping[str, Any]) -> str:
    return str(template["spec"]["containers"][0]["image"])


class MakeDocument(Protocol):
    def __call__(self, blue_green: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]: ...


class MakeWorld(Protocol):
    def __call__(
        self, startup: Mapping[str, float | None] | None = None, *, spec: Mapping[str, Any] | None = None, **given: Any
    ) -> World: ...


def _document(blue_green: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    services = {"activeService": "smiley", "previewService": "smiley-preview"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "smiley", "namespace": "faces"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "smiley"}},
            "template": {
                "metadata": {"labels": {"app": "smiley"}},
                "spec": {"containers": [{"name": "smiley", "image": "v1"}]},
            },
            "strategy": {"blueGreen": {**services, **(blue_green or {})}},
            **spec,
        },
    }


@pytest.fixture(scope="session")
def document() -> MakeDocument:
    return _document


@pytest.fixture(scope="session")
def make_world() -> MakeWorld:
    """`startup` are the seconds until an image's pods are ready; `given` are the strategy's fields."""

    def make(
        startup: Mapping[str, float | None] | None = None, *, spec: Mapping[str, Any] | None = None, **given: Any
    ) -> World:
        return World(_document(given, **(spec or {})), startup or {})

    return make


@pytest.fixture(scope="session")
def analysis() -> dict[str, Any]:
    """Two measurements, five seconds apart."""
    return ANALYSIS
