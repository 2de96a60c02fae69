"""The order of a pass. Argo: rollout/canary.go (rolloutCanary)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis_runs import reconcile_analysis
from rollouts.canary.advancing import reconcile_pause, template_or_steps_changed
from rollouts.canary.services import reconcile_services
from rollouts.canary.sizes import reconcile_sizes
from rollouts.canary.weights import reconcile_weights
from rollouts.history import collect_garbage
from rollouts.restarting import restart_pods

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def reconcile(work: Pass) -> bool:
    """The whole pass: traffic before analysis, analysis before pods, pods before pauses.

    Another template, or other steps, end it before it has begun. So does a restart of pods, and then nothing is to be
    kept of it (False): until these pods are missed, nobody may count on what is available.
    """
    if template_or_steps_changed(work):
        return True
    if restart_pods(work):
        return False
    collect_garbage(work)
    reconcile_services(work)
    reconcile_weights(work)
    reconcile_analysis(work)
    if not work.pausing.added and not reconcile_sizes(work):
        reconcile_pause(work)
    return True
