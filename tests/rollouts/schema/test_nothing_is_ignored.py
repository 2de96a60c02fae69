"""Each field of Argo's is obeyed, or refused by a sentence that names it: none is read over."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from rollouts import SpecError, parse_rollout
from rollouts.analysis import parse_analysis_template
from rollouts.schema import ANALYSIS_TEMPLATE, ROLLOUT
from rollouts.schema.shapes import Anything, Fields, Listed, Mapped, Scalar, Shape

Path = tuple[str, ...]


def example(shape: Shape) -> Any:
    """The least that the shape takes."""
    match shape:
        case Scalar():
            texts = {"date-time": "2026-01-31T12:00:00Z"}
            values = {"string": texts.get(shape.format, "x"), "integer": 1, "number": 1.0, "boolean": True}
            return shape.enum[0] if shape.enum else values[shape.types[0]]
        case Fields():
            return {name: example(shape.known[name]) for name in shape.required}
        case Listed():
            return [example(shape.item)]
        case Mapped():
            return {"k": example(shape.value)}
        case Anything():
            return [] if shape.types == ("array",) else {}


def paths(shape: Shape, at: Path = ()) -> Iterator[Path]:
    """Of every field; an item of a list is `0`, a value of a map `k`. Pods are kept whole, whatever they are."""
    match shape:
        case Fields():
            for name, inner in shape.known.items():
                if name != "template" or at:
                    yield (*at, name)
                    yield from paths(inner, (*at, name))
        case Listed():
            yield from paths(shape.item, (*at, "0"))
        case Mapped():
            yield from paths(shape.value, (*at, "k"))


def with_example(shape: Shape, value: Any, path: Path) -> Any:
    """The value with an example of what stands at the path, and of all that this cannot do without."""
    if not path:
        return example(shape) if value is None else value
    first, rest = path[0], path[1:]
    match shape:
        case Fields():
            base = {**example(shape), **(value or {})}
            return base | {first: with_example(shape.known[first], (value or {}).get(first), rest)}
        case Listed():
            return [with_example(shape.item, (value or [None])[0], rest)]
        case Mapped():
            return {first: with_example(shape.value, None, rest)}
    raise AssertionError(path)


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[int(name)] if isinstance(value, list | tuple) else value[name]
    return value


ROLLOUT_SPEC, TEMPLATE_SPEC = ROLLOUT.known["spec"], ANALYSIS_TEMPLATE.known["spec"]
PODS = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
METRIC = {"name": "m", "provider": {"web": {"url": "http://provider"}}}
ROUTED = {
    "stableService": "a",
    "canaryService": "b",
    "trafficRouting": {"traefik": {"weightedTraefikServiceName": "c"}},
}

Parse = Callable[[dict[str, Any]], BaseModel]


def document(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}


def rollout(path: Path) -> dict[str, Any]:
    """The spec of a Rollout that is read as it is, with the strategy to which the path belongs."""
    strategy = {"blueGreen": {"activeService": "s"}} if "blueGreen" in path else {"canary": ROUTED}
    return copy.deepcopy({"selector": {"matchLabels": {"app": "a"}}, "template": PODS, "strategy": strategy})


def what_becomes_of(path: Path, shape: Shape, base: dict[str, Any], parse: Parse) -> str:
    """Obeyed, refused by a name on the way to it, or something else."""
    spec = with_example(shape, base, path)
    try:
        read = parse(spec).model_dump(by_alias=True, exclude_unset=True)
    except SpecError as refused:
        names = refused.field.replace("[", ".").replace("]", "").split(".")[1:]
        on_the_way = names[: len(path)] == list(path[: len(names)])
        return "refused" if on_the_way else f"{type(refused).__name__}: {refused.field}"
    kept, given = at(read, path), at(spec, path)
    return "obeyed" if kept == given or isinstance(kept, tuple) else f"{path}: {kept}"


@pytest.mark.timeout(60)
def test_every_field_of_a_rollout_is_obeyed_or_refused_by_its_name() -> None:
    def parse(spec: dict[str, Any]) -> BaseModel:
        return parse_rollout(document("Rollout", spec)).spec

    became = {path: what_becomes_of(path, ROLLOUT_SPEC, rollout(path), parse) for path in paths(ROLLOUT_SPEC)}
    assert {told for told in became.values() if told not in ("obeyed", "refused")} == {
        # Ping-pong is for other routers, and an example of an operator is none: so says Argo.
        "Invalid: spec.strategy.canary.trafficRouting.alb",
        "Invalid: spec.selector.matchExpressions[0].operator",
    }
    assert became["strategy", "canary", "steps", "0", "setWeight"] == "obeyed"
    assert became["strategy", "blueGreen", "autoPromotionSeconds"] == "obeyed"
    assert became["strategy", "canary", "trafficRouting", "istio", "virtualService", "name"] == "refused"


@pytest.mark.timeout(60)
def test_every_field_of_an_analysis_template_is_obeyed_or_refused_by_its_name() -> None:
    def parse(spec: dict[str, Any]) -> BaseModel:
        return parse_analysis_template(document("AnalysisTemplate", spec))

    base = {"metrics": [METRIC]}
    became = {path: what_becomes_of(path, TEMPLATE_SPEC, copy.deepcopy(base), parse) for path in paths(TEMPLATE_SPEC)}
    assert {told for told in became.values() if told not in ("obeyed", "refused")} == set()
    assert became["metrics", "0", "consecutiveSuccessLimit"] == "obeyed"
    assert became["metrics", "0", "provider", "job", "spec", "backoffLimit"] == "refused"
