"""A scenario on the embedded engine, on a virtual clock."""

import json
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import asdict

from conformance.played_pods import number_of
from conformance.scenario import DEEDS, NAME, Deed, Scenario, image_of, merged, time_of, with_image
from conformance.trace import Trace
from rollouts import commands, parse_rollout, to_argo
from rollouts.analysis import AnalysisRun, parse_analysis_template
from rollouts.errors import Invalid
from rollouts.model import Rollout
from rollouts.providers import HttpRequest, HttpResponse
from rollouts.simulation import Simulation, State
from rollouts.status import RolloutStatus
from rollouts.validation.references import first_reference_problem

# Any whole second will do: times are reported in seconds since then.
START = 1_700_000_000.0

_COMMANDS = {
    "promote": commands.promote,
    "promote-full": commands.promote_full,
    "skip-step": commands.skip_current_step,
    "skip-all": commands.skip_all_steps,
}
# The kubectl plugin also unsets spec.paused, by a second patch, which the controller sees after that of the status.
_UNPAUSING = ("promote", "promote-full")


def play(scenario: Scenario) -> Trace:
    """The trace of a scenario. Raises Unsupported for a feature that only Argo has."""
    try:
        return _traced(states(scenario))
    except Invalid as refused:
        return _refused(refused)


def _refused(why: Invalid) -> Trace:
    """Argo accepts such a Rollout, and reports in its status what is wrong."""
    message = f'The Rollout "{NAME}" is invalid: {why}'
    condition = {"type": "InvalidSpec", "status": "True", "reason": "InvalidSpec", "message": message}
    trace = Trace()
    trace.status(DEEDS, {"phase": "Degraded", "message": f"InvalidSpec: {message}", "conditions": [condition]}, {})
    return trace


def states(scenario: Scenario) -> list[State]:
    """Every state of the simulation, in order. Raises SpecError for what the engine refuses."""
    document = scenario.rollout()
    templates = [parse_analysis_template(template) for template in scenario.analysis_templates()]

    def answer(asked: HttpRequest, now: float) -> HttpResponse:
        body = scenario.answer(urlsplit(asked.url).path.strip("/"), now - START)
        return HttpResponse(*response(body))

    def startup(template: Any) -> float | None:
        return scenario.startup(image_of(template))

    rollout, by_key = parse_rollout(document), {one.key: one for one in templates}
    problem = first_reference_problem(rollout, by_key)
    if problem is not None:
        raise problem
    simulation = Simulation(
        rollout,
        by_key,
        answer,
        startup,
        START + DEEDS,
        {(name, key): value for name, data in scenario.secrets.items() for key, value in data.items()},
    )
    for deed in sorted(scenario.script, key=lambda one: one.at):
        simulation.advance(START + deed.moment)
        document = _do(deed, document, simulation)
    simulation.advance(START + scenario.until + DEEDS)
    return simulation.states


def response(answer: Any) -> tuple[int, bytes]:
    """The HTTP status and body for an answer in a scenario: {status: 500}, {text: ...}, or a value."""
    if isinstance(answer, dict) and "status" in answer:
        return int(answer["status"]), b""
    if isinstance(answer, dict) and "text" in answer:
        return 200, str(answer["text"]).encode()
    return 200, json.dumps({"value": answer}).encode()


def _do(deed: Deed, document: dict[str, Any], simulation: Simulation) -> dict[str, Any]:
    """Do it, and return the Rollout's document as it is afterwards."""
    if deed.command is not None:
        simulation.command(partial(_commanded, deed.command, simulation.now))
        if deed.command not in _UNPAUSING:
            return document
        simulation.advance(simulation.now)
        document = merged(document, {"spec": {"paused": False}})
    elif deed.release is not None:
        document = with_image(document, deed.release)
    elif deed.set is not None:
        document = merged(document, {"spec": deed.set})
    elif deed.restart is not None:
        document = merged(document, {"spec": {"restartAt": time_of(START + deed.restart)}})
    elif deed.undo is not None:
        template = commands.undo(simulation.rollout, simulation.observed().replica_sets, deed.undo or None)
        document = {**document, "spec": {**document["spec"], "template": template}}
    simulation.apply(parse_rollout(document))
    return document


def _commanded(command: str, now: float, rollout: Rollout, status: RolloutStatus) -> RolloutStatus:
    if command == "abort":
        return status if status.fully_promoted else commands.abort(status, now)
    if command == "retry":
        return commands.retry(status)
    return _COMMANDS[command](rollout, status)


def _traced(states: list[State]) -> Trace:
    trace = Trace()
    for state in states:
        images = {one.pod_template_hash: image_of(one.template) for one in state.replica_sets}
        trace.status(state.t - START, to_argo(state.status), images)
        for one in state.replica_sets:
            trace.size(image_of(one.template), one.desired)
            for pod in one.pods:
                trace.pod(image_of(one.template), number_of(pod.name))
        trace.service("stable", images.get(state.status.services.stable_hash, ""))
        trace.service("canary", images.get(state.status.services.canary_hash, ""))
        for run in state.analysis_runs:
            _trace_run(trace, run, images)
    left = {run.name for run in states[-1].analysis_runs}
    for state in states:
        images = {one.pod_template_hash: image_of(one.template) for one in state.replica_sets}
        for run in state.analysis_runs:
            if run.name not in left:
                trace.note(run.name, "it", {"is gone": True}, images)
    return trace


def _trace_run(trace: Trace, run: AnalysisRun, images: dict[str, str]) -> None:
    trace.run(run.name, str(run.status.phase), run.status.message, images)
    trace.note(run.name, "labels", run.labels, images)
    trace.note(run.name, "annotations", run.annotations, images)
    if run.status.phase.completed:
        trace.note(run.name, "runs", asdict(run.status.run_summary), images)
        trace.note(run.name, "dry runs", asdict(run.status.dry_run_summary), images)
    for result in run.status.metric_results:
        trace.note(run.name, result.name, {"phase": result.phase, "message": result.message}, images)
        seen = [(str(measured.phase), measured.value) for measured in result.measurements]
        trace.measured(run.name, result.name, seen, images)
