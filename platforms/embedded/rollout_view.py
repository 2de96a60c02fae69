"""From what the embedded platform holds to what everybody sees."""

from collections.abc import Iterable, Sequence

from platforms.embedded.gate import PlannedAnalysis, StoredRun, metric_views
from platforms.embedded.processes.containers import CRASH_LOOP
from platforms.embedded.processes.replicas import Replica, ReplicaSetRunner
from rollouts.analysis import AnalysisRun
from rollouts.model import Rollout
from rollouts.status import RolloutStatus, Weights
from seam.releases import images_of, release_of, version_of
from seam.views import AnalysisRunView, EventView, MeasurementView, PodView, ReplicaSetView, RolloutView


def rollout_view(
    rollout: Rollout,
    status: RolloutStatus,
    acknowledged: Weights | None,
    runners: Iterable[ReplicaSetRunner],
    analyses: Iterable[PlannedAnalysis],
    runs: Sequence[StoredRun],
    events: Sequence[EventView],
    now: float,
    *,
    measured: bool,
) -> RolloutView:
    """`acknowledged` are the weights that the data plane is known to apply, `runs` those of the present attempt."""
    by_hash = {runner.pod_template_hash: runner for runner in runners}
    stable, current = by_hash.get(status.stable_rs), by_hash.get(status.current_pod_hash)
    template = current.template if current is not None else rollout.spec.template
    return RolloutView(
        name=rollout.name,
        namespace=rollout.namespace,
        phase=str(status.phase),
        message=status.message,
        revision=current.revision if current is not None else 0,
        stable_hash=status.stable_rs,
        current_hash=status.current_pod_hash,
        stable_version=stable.version if stable is not None else version_of(template),
        current_version=version_of(template),
        current_step_index=status.current_step_index,
        steps=tuple(step.model_dump(mode="json", by_alias=True, exclude_defaults=True) for step in rollout.steps),
        canary_weight=acknowledged.canary.weight if acknowledged is not None else 0,
        stable_weight=acknowledged.stable.weight if acknowledged is not None else 100,
        aborted=status.abort,
        release=release_of(template),
        pause_reason=str(status.pause_conditions[0].reason) if status.pause_conditions else "",
        measured=measured,
        analysis_runs=tuple(_run_view(stored.run) for stored in runs),
        measurements=_measurements(stored.run for stored in runs),
        metrics=metric_views(analyses, runs, now),
        events=tuple(events),
        replica_sets=tuple(_replica_set_view(runner) for runner in by_hash.values()),
    )


def _run_view(run: AnalysisRun) -> AnalysisRunView:
    return AnalysisRunView(run.name, str(run.kind), str(run.status.phase), run.status.message)


def _measurements(runs: Iterable[AnalysisRun]) -> tuple[MeasurementView, ...]:
    found = [
        MeasurementView(m.finished_at, result.name, m.value, str(m.phase), run.name, m.message)
        for run in runs
        for result in run.status.metric_results
        for m in result.measurements
        if m.finished_at is not None
    ]
    return tuple(sorted(found, key=lambda measurement: measurement.t))


def _replica_set_view(runner: ReplicaSetRunner) -> ReplicaSetView:
    return ReplicaSetView(
        runner.name,
        runner.pod_template_hash,
        runner.revision,
        runner.version,
        runner.desired,
        len(runner.ready),
        tuple(pod_view(replica) for replica in runner.replicas),
        images_of(runner.template),
    )


def pod_view(replica: Replica) -> PodView:
    admin = replica.ports.get("admin")
    last = replica.history.last
    return PodView(
        name=replica.name,
        ready=replica.ready,
        pid=replica.pid,
        admin=f"http://127.0.0.1:{admin}" if admin else None,
        restarts=replica.restarts,
        waiting=CRASH_LOOP if replica.backing_off else "",
        last_exit_code=last.exit_code if last is not None else None,
        last_reason=last.reason if last is not None else "",
    )
