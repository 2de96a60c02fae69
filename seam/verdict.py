"""Where a rollout stands, in one short sentence for people: it is read from the back row."""

from seam.views import RolloutView


def verdict(view: RolloutView) -> str:
    if view.aborted:
        return _rolled_back(view)
    # Right after a retry the phase still speaks of the abort: that is no trouble.
    if view.phase == "Degraded" and not view.message.startswith("RolloutAborted"):
        return f"{view.current_version} is in trouble: {view.message}"
    return _at_rest(view) if view.stable_hash == view.current_hash else _under_way(view)


def delivered(view: RolloutView) -> str:
    """`Delivered by commit 1a2b3c4; rolled back in the cluster; the repository still says v2.`; "" for a patch."""
    if view.delivery is None:
        return ""
    by = f"Delivered by commit {view.delivery.commit[:7]}"
    if view.repository_disagrees:
        return f"{by}; rolled back in the cluster; the repository still says {view.current_version}."
    return f"{by}."


def promoted_unmeasured(view: RolloutView) -> str:
    """That nothing says that the present version is good, and why."""
    return f"{view.current_version} was promoted unmeasured: {why_unmeasured(view)}."


def why_unmeasured(view: RolloutView) -> str:
    """`every measurement was an error`, ..."""
    phases = {measurement.phase for measurement in view.measurements}
    if not view.analysis_runs:
        return "no analysis ran"
    if not phases:
        return "its analyses took no measurement"
    if phases == {"Error"}:
        return "every measurement was an error"
    if phases == {"Inconclusive"}:
        return "every measurement was inconclusive"
    return "no measurement was successful"


def _rolled_back(view: RolloutView) -> str:
    why = _why_aborted(view)
    if view.canary_weight:  # with dynamicStableScale, stable takes its traffic back as its pods come up
        return (
            f"{why}: rolling back; {view.current_version} still has {view.canary_weight} % of the traffic, "
            f"{view.stable_version} has {view.stable_weight} %."
        )
    if view.repository_disagrees:
        back = f"rolled back to {view.stable_version} in the cluster"
        return f"{why}: {back}; the repository still says {view.current_version}."
    return f"{why}: rolled back to {view.stable_version}."


def _at_rest(view: RolloutView) -> str:
    stable = view.stable_version
    if view.unmeasured:
        return promoted_unmeasured(view)
    if view.phase == "Healthy":
        return f"{stable} serves everybody."
    return f"{stable} is getting ready: {view.message}." if view.message else f"{stable} is getting ready."


def _under_way(view: RolloutView) -> str:
    new, share = view.current_version, f"{view.canary_weight} %"
    if view.pause_reason == "InconclusiveAnalysisRun":
        return f"{new} could not be judged and waits at {share} for a person."
    if view.pauses_until_promoted:
        return f"{new} has {share} and waits to be promoted."
    bad = _bad(view)
    if bad:
        return f"{new} has {share} and was bad {_times(bad)}."
    return f"{new} has {share} of the traffic; {view.stable_version} has {view.stable_weight} %."


def _why_aborted(view: RolloutView) -> str:
    new, ended, bad = view.current_version, {run.phase for run in view.analysis_runs}, _bad(view)
    if "Failed" in ended and bad:
        return f"{new} was bad {_times(bad)}"
    if "Error" in ended:
        return f"{new} could not be measured"
    return f"{new} was aborted"


def _bad(view: RolloutView) -> int:
    return sum(measurement.phase == "Failed" for measurement in view.measurements)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
