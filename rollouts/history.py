"""The revisions that are kept. Argo: rollout/sync.go (cleanupRollouts)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.actions import DeleteReplicaSet
from rollouts.analysis_runs import delete_runs_of

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def collect_garbage(work: Pass) -> None:
    """Delete the oldest empty ReplicaSets beyond revisionHistoryLimit, and their AnalysisRuns."""
    surplus = len(work.others) - work.rollout.spec.revision_history_limit
    if surplus <= 0:
        return
    for other in sorted(work.others, key=lambda other: other.created_at)[:surplus]:
        if other.desired == 0 and other.replicas == 0:
            work.actions.append(DeleteReplicaSet(other.name))
            delete_runs_of(work, other.pod_template_hash)
