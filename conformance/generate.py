"""Random scenarios: a valid canary or blue-green Rollout, and things that people might do to it in its first seconds.

Hypothesis generates them from a seed: the same seed gives the same scenarios.
"""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from conformance.scenario import Scenario

# Neither people nor tests act faster than this, and it gives a busy controller time to settle.
_APART_S = 2
_FIRST_DEED_S = 4
_LAST_WORDS_S = 8

Drawn = dict[str, Any]


def generate(number: int, seed: int) -> list[Scenario]:
    """That many different scenarios, named generated-0 and so on."""
    found: dict[str, Scenario] = {}

    # Draws more than needed, because some come twice.
    @seeded(seed)
    @settings(
        max_examples=3 * number + 20,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_scenarios())
    def collect(drawn: Drawn) -> None:
        if len(found) < number:
            found.setdefault(repr(drawn), Scenario(name=f"generated-{len(found)}", **drawn))

    collect()
    return list(found.values())


def _weights() -> st.SearchStrategy[Drawn]:
    return st.sampled_from([0, 1, 10, 25, 30, 50, 70, 99, 100]).map(lambda weight: {"setWeight": weight})


def _pauses() -> st.SearchStrategy[Drawn]:
    return st.sampled_from([{}, {"duration": 1}, {"duration": 2}, {"duration": "3s"}]).map(lambda p: {"pause": p})


def _analyses() -> st.SearchStrategy[Drawn]:
    return st.just({"analysis": {"templates": [{"templateName": "step"}]}})


def _scales() -> st.SearchStrategy[Drawn]:
    scale = st.one_of(
        st.sampled_from([0, 25, 60, 100]).map(lambda weight: {"weight": weight}),
        st.integers(0, 3).map(lambda replicas: {"replicas": replicas}),
        st.just({"matchTrafficWeight": True}),
    )
    return scale.map(lambda one: {"setCanaryScale": one})


def _deeds() -> st.SearchStrategy[Drawn]:
    return st.one_of(
        st.sampled_from(["v1", "v2", "v2", "v3"]).map(lambda image: {"release": image}),
        st.sampled_from(["promote", "promote-full", "abort", "retry"]).map(lambda command: {"command": command}),
        st.sampled_from([1, 3, 5]).map(lambda replicas: {"set": {"replicas": replicas}}),
        st.booleans().map(lambda paused: {"set": {"paused": paused}}),
        st.sampled_from([0.2, 0.7, 0.99, {"status": 500}]).map(lambda rate: {"answer": {"rate": rate}}),
    )


@st.composite
def _scenarios(draw: st.DrawFn) -> Drawn:
    deeds = [{"release": "v2"}, *draw(st.lists(_deeds(), max_size=4))]
    gaps = [0, *(draw(st.integers(_APART_S, 4)) for _ in deeds[1:])]
    moments = [_FIRST_DEED_S + sum(gaps[: index + 1]) for index in range(len(deeds))]
    return {
        "rule": "any",
        "what": "Random.",
        "spec": draw(_specs()),
        **draw(st.one_of(_canaries(), _canaries(), _blue_greens())),
        "templates": {
            "background": {"metrics": [draw(_metrics())]},
            "step": {"metrics": [{**draw(_metrics()), "count": draw(st.sampled_from([1, 2]))}]},
        },
        "answers": {"rate": draw(st.sampled_from([0.99, 0.99, 0.7, 0.2]))},
        "pods": draw(st.sampled_from([{}, {}, {"v2": 2}, {"v3": None}, {"v2": None}])),
        "script": [{"at": at, **deed} for at, deed in zip(moments, deeds, strict=True)],
        "until": moments[-1] + _LAST_WORDS_S,
    }


def _specs() -> st.SearchStrategy[Drawn]:
    patience = {"progressDeadlineSeconds": st.sampled_from([4, 6]), "progressDeadlineAbort": st.booleans()}
    rare = {
        "minReadySeconds": st.just(1),
        "revisionHistoryLimit": st.integers(1, 2),
        "rollbackWindow": st.integers(1, 2).map(lambda revisions: {"revisions": revisions}),
    }
    some: st.SearchStrategy[Drawn] = st.one_of(
        st.just({}), st.fixed_dictionaries(patience), st.fixed_dictionaries({}, optional=rare)
    )
    return st.tuples(st.sampled_from([1, 2, 3, 5]), some).map(lambda drawn: {"replicas": drawn[0], **drawn[1]})


@st.composite
def _canaries(draw: st.DrawFn) -> Drawn:
    routed = draw(st.booleans())
    steps = st.one_of(_weights(), _pauses(), _analyses(), *([_scales()] if routed else []))
    canary: Drawn = {"steps": draw(st.lists(steps, min_size=1, max_size=5))}
    if draw(st.booleans()):
        canary["analysis"] = {"templates": [{"templateName": "background"}]}
        starting_step = draw(st.sampled_from([None, None, 1, 2]))
        if starting_step is not None:
            canary["analysis"]["startingStep"] = starting_step
    return {"routed": routed, "canary": canary | draw(_limits(routed=routed))}


@st.composite
def _blue_greens(draw: st.DrawFn) -> Drawn:
    blue_green: Drawn = {
        "autoPromotionEnabled": draw(st.booleans()),
        "autoPromotionSeconds": draw(st.sampled_from([None, None, 3])),
        "previewReplicaCount": draw(st.sampled_from([None, None, 1])),
        "scaleDownDelaySeconds": draw(st.sampled_from([None, 0, 2])),
        "abortScaleDownDelaySeconds": draw(st.sampled_from([None, 0, 3])),
    }
    for name in ("prePromotionAnalysis", "postPromotionAnalysis"):
        if draw(st.booleans()):
            blue_green[name] = {"templates": [{"templateName": "step"}]}
    return {"blueGreen": {name: value for name, value in blue_green.items() if value is not None}}


@st.composite
def _limits(draw: st.DrawFn, *, routed: bool) -> Drawn:
    """With a router: how long pods outlive their traffic. Without one: maxSurge and maxUnavailable."""
    if not routed:
        return draw(st.sampled_from([{}, {"maxSurge": 1, "maxUnavailable": 0}, {"maxSurge": 0, "maxUnavailable": 1}]))
    delays: Drawn = {
        "abortScaleDownDelaySeconds": draw(st.sampled_from([None, 0, 3])),
        "minPodsPerReplicaSet": draw(st.sampled_from([None, None, None, 2])),
    }
    if draw(st.integers(0, 3)) == 0:
        delays["dynamicStableScale"] = True
    else:
        delays["scaleDownDelaySeconds"] = draw(st.sampled_from([None, 2, 60]))
    return {name: value for name, value in delays.items() if value is not None}


@st.composite
def _metrics(draw: st.DrawFn) -> Drawn:
    metric: Drawn = {
        "name": "rate",
        # Argo counts both from whole seconds, so nothing is measured just when a timer ends or pods become ready.
        "initialDelay": "1750ms",
        "interval": draw(st.sampled_from(["1750ms", "2750ms"])),
        "successCondition": "result >= 0.95",
        "failureLimit": draw(st.sampled_from([0, 1])),
    }
    if draw(st.booleans()):
        metric |= {"failureCondition": "result < 0.5", "inconclusiveLimit": draw(st.sampled_from([0, 1]))}
    return metric
