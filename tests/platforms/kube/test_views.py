from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube.objects import Objects, is_ready
from platforms.kube.views import event_views, rollout_view, rollout_views
from seam.verdict import verdict
from seam.views import AnalysisRunView, EventView, PodView, RolloutView
from seam.wire import rollout_from_json, rollout_to_json
from tests.platforms.kube.objects import (
    aborted,
    healthy,
    measured,
    measurement,
    pod,
    replica_set,
    rollout,
    run,
    under_way,
    weights,
)

BOTH = [replica_set("bbb", "v2", 2), replica_set()]


def view_of(one: dict[str, Any], **objects: Any) -> RolloutView:
    return rollout_view(one, Objects((one,), **{"replica_sets": BOTH, **objects}))


def test_a_rollout_at_rest() -> None:
    view = view_of(rollout())
    assert (view.phase, view.message, view.revision) == ("Healthy", "", 1)
    assert (view.stable_hash, view.current_hash, view.stable_version, view.current_version) == (
        "aaa",
        "aaa",
        "v1",
        "v1",
    )
    assert (view.canary_weight, view.stable_weight, view.current_step_index) == (0, 100, 4)
    assert view.steps[0] == {"setWeight": 30}
    assert view.settled
    assert view.release is None
    assert verdict(view) == "v1 serves everybody."


def test_a_canary_under_way_has_the_weights_of_the_status_and_the_release_of_its_template() -> None:
    sets = (replica_set("aaa"), replica_set("bbb", "v2", 2, release="errors-40"))
    one = rollout("v2", generation=2, revision=2, status=under_way(), release="errors-40")
    view = view_of(one, replica_sets=sets)
    assert (view.stable_version, view.current_version, view.release) == ("v1", "v2", "errors-40")
    assert (view.canary_weight, view.stable_weight, view.current_step_index) == (30, 70, 1)
    assert not view.settled


def test_a_status_that_only_notes_a_new_replica_set_is_still_about_the_release_before() -> None:
    noted = rollout("v3", generation=3, revision=3, status=aborted(observed=3))
    view = view_of(noted, replica_sets=(*BOTH, replica_set("ccc", "v3", 3)))
    assert (view.phase, view.current_version, view.aborted, view.settled) == ("Progressing", "v3", False, False)


def test_an_abort_that_gives_stable_its_traffic_back_step_by_step_says_where_the_traffic_is() -> None:
    """With dynamicStableScale, stable has few pods when the abort comes: its weight follows its pods."""
    failed = measured(*[measurement(f"2026-01-01T00:00:1{second}Z", "Failed", "[0.5]") for second in (0, 5)])
    ended = run(status=failed | {"phase": "Failed", "completedAt": "2026-01-01T00:00:15Z"})
    said = []
    for weight in (50, 20, 0):
        status = aborted() | {"canary": {"weights": weights(weight, "bbb", "aaa")}}
        view = view_of(rollout("v2", generation=2, revision=2, status=status), analysis_runs=[ended])
        assert (view.canary_weight, view.stable_weight, view.settled) == (weight, 100 - weight, weight == 0)
        said.append(verdict(view))
    assert said == [
        "v2 was bad twice: rolling back; v2 still has 50 % of the traffic, v1 has 50 %.",
        "v2 was bad twice: rolling back; v2 still has 20 % of the traffic, v1 has 80 %.",
        "v2 was bad twice: rolled back to v1.",
    ]


def test_a_retry_starts_to_count_anew() -> None:
    failed = measured(*[measurement(f"2026-01-01T00:00:1{second}Z", "Failed", "[0.5]") for second in (0, 5)])
    ended = run(status=failed | {"phase": "Failed", "completedAt": "2026-01-01T00:00:15Z"})
    view = view_of(rollout("v2", generation=2, revision=2, status=under_way()), analysis_runs=[ended])
    assert (view.analysis_runs, view.measurements) == ((), ())
    assert verdict(view) == "v2 has 30 % of the traffic; v1 has 70 %."


def test_a_release_is_measured_if_any_run_of_its_template_was_under_whatever_revision() -> None:
    def good(revision: int, pod_hash: str) -> dict[str, Any]:
        result = {"name": "success-rate", "phase": "Running", "successful": 1}
        return run(f"run-{revision}", revision=revision, pod_hash=pod_hash, status={"metricResults": [result]})

    one = rollout("v2", generation=4, revision=4, status=healthy(4, "bbb"), release="good")
    sets = [replica_set("bbb", "v2", 4, release="good"), replica_set()]
    view = view_of(one, replica_sets=sets, analysis_runs=[good(2, "bbb")])
    assert (view.measured, view.unmeasured, view.analysis_runs) == (True, False, ())
    view = view_of(one, replica_sets=sets, analysis_runs=[good(3, "aaa")])
    assert (view.measured, view.unmeasured) == (False, True)
    assert verdict(view) == "v2 was promoted unmeasured: no analysis ran."


def test_metrics_and_measurements_come_in_words_of_their_unit() -> None:
    one = rollout("v2", generation=2, revision=2, status=under_way())
    one["spec"]["strategy"]["canary"]["analysis"] = {"templates": [{"templateName": "success-rate"}]}
    metric = {"name": "success-rate", "successCondition": "result[0] >= 0.99", "provider": {"job": {}}}
    template = {
        "metadata": {"name": "success-rate", "annotations": {"faces.dev/unit.success-rate": "ratio"}},
        "spec": {"metrics": [metric]},
    }
    status = measured(measurement("2026-01-01T00:00:10Z", "Failed", "[0.9899]"))
    view = view_of(one, analysis_runs=[run(spec={"metrics": [metric]}, status=status)], templates=[template])
    shown = rollout_to_json(view)
    assert [(each["name"], each["run"], each["demands"]) for each in shown["metrics"]] == [
        ("success-rate", "smiley-bbb-2", "at least 99 %")
    ]
    assert [each["words"] for each in shown["measurements"]] == ["98.99 %"]


def test_a_view_has_the_last_fifty_events_of_this_very_rollout() -> None:
    def event(number: int, uid: str = "uid-smiley") -> dict[str, Any]:
        time = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
        metadata = {"resourceVersion": str(number), "creationTimestamp": time}
        involved = {"kind": "Rollout", "name": "smiley", "uid": uid}
        return {
            "metadata": metadata,
            "involvedObject": involved,
            "type": "Normal",
            "reason": str(number),
            "message": "",
        }

    events = [event(number) for number in range(70, 0, -1)] + [event(71, "uid-of-one-before")]
    view = view_of(rollout(), events=events)
    assert [each.reason for each in view.events] == [str(number) for number in range(21, 71)]


def test_without_a_traffic_router_everybody_is_stables() -> None:
    status = healthy() | {"canary": {}}
    view = view_of(rollout(status=status))
    assert (view.canary_weight, view.stable_weight) == (0, 100)


def test_an_abort_is_over_when_the_weight_is_back() -> None:
    one = rollout("v2", generation=2, revision=2, status=aborted() | {"canary": {"weights": weights(30, "bbb", "aaa")}})
    assert not view_of(one).settled
    back = view_of(rollout("v2", generation=2, revision=2, status=aborted()))
    assert back.settled
    assert (back.aborted, back.phase, back.stable_version, back.current_version) == (True, "Degraded", "v1", "v2")


@pytest.mark.parametrize("before", [healthy(1), aborted(1), under_way(0, 0, observedGeneration="1", phase="Healthy")])
def test_a_spec_that_no_controller_has_looked_at_is_judged_by_no_status_before(before: dict[str, Any]) -> None:
    runs = [run(pod_hash=before["currentPodHash"], revision=1, status=measured())]
    view = view_of(rollout("v3", generation=2, status=before, release="hang"), analysis_runs=runs)
    assert (view.phase, view.message) == ("Progressing", "waiting for rollout spec update to be observed")
    assert (view.current_version, view.release, view.stable_version) == ("v3", "hang", "v1")
    assert not view.settled
    assert not view.aborted
    assert (view.analysis_runs, view.measurements) == ((), ())
    assert verdict(view) == "v3 has 0 % of the traffic; v1 has 100 %."


statuses = st.fixed_dictionaries(
    {},
    optional={
        "observedGeneration": st.sampled_from(["", "0", "1", "2", "3", "4"]),
        "phase": st.sampled_from(["Healthy", "Degraded", "Progressing", "Paused"]),
        "stableRS": st.sampled_from(["", "aaa", "bbb", "gone"]),
        "currentPodHash": st.sampled_from(["", "aaa", "bbb", "gone"]),
        "currentStepIndex": st.none() | st.integers(0, 4),
        "abort": st.booleans(),
        "controllerPause": st.booleans(),
        "pauseConditions": st.none() | st.just([]) | st.just([{"reason": "CanaryPauseStep"}]),
        "canary": st.just({}) | st.integers(0, 100).map(lambda weight: {"weights": weights(weight, "bbb")}),
    },
)


@given(status=statuses)
def test_whatever_the_status_a_view_can_be_told_and_only_an_observed_one_is_settled(status: dict[str, Any]) -> None:
    view = view_of(rollout("v2", generation=3, status=status))
    assert view.current_version == "v2"
    assert view.canary_weight + view.stable_weight == 100
    assert rollout_from_json(rollout_to_json(view)) == view
    assert verdict(view)
    if status.get("observedGeneration") != "3":
        assert not view.settled


def test_a_rollout_that_was_just_made_is_on_its_way() -> None:
    view = view_of(rollout(status={}), replica_sets=[])
    assert (view.phase, view.current_hash, view.stable_hash, view.stable_version) == ("Progressing", "", "", "v1")
    assert not view.settled


def test_a_resumed_pause_is_progress_before_the_controller_says_so() -> None:
    status = under_way(phase="Paused", message="CanaryPauseStep", controllerPause=True)
    assert view_of(rollout("v2", generation=2, status=status)).phase == "Progressing"
    paused = status | {"pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]}
    view = view_of(rollout("v2", generation=2, status=paused))
    assert (view.phase, view.pause_reason) == ("Paused", "CanaryPauseStep")


def test_images_are_those_of_each_pod_template_and_the_strategy_is_named() -> None:
    old, new = replica_set(), replica_set("bbb", "v2", 2)
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "faces:v2"
    view = view_of(rollout("v2", generation=2, revision=2, status=under_way()), replica_sets=[old, new])
    assert [one.images for one in view.replica_sets] == [(), ("faces:v2",)]
    assert view.strategy == "Canary"
    assert view_of(rollout(strategy={"blueGreen": {"activeService": "smiley"}})).strategy == "BlueGreen"


def test_only_the_runs_of_the_present_revision_count_in_the_order_in_which_they_were_made() -> None:
    runs = [
        run("smiley-bbb-2-3", kind="Step", created="2026-01-01T00:00:05Z"),
        run(status={"phase": "Failed", "message": "bad", "completedAt": "2026-01-01T00:00:09Z"}),
        run("of an earlier release of the same template", revision=1),
        run("of another template", pod_hash="aaa"),
        run("of another rollout") | {"metadata": run()["metadata"] | {"ownerReferences": [{"uid": "uid-face"}]}},
    ]
    view = view_of(rollout("v2", generation=2, revision=2, status=aborted()), analysis_runs=runs)
    assert view.analysis_runs == (
        AnalysisRunView("smiley-bbb-2", "Background", "Failed", "bad"),
        AnalysisRunView("smiley-bbb-2-3", "Step", "Pending", ""),
    )


def test_measurements_that_are_finished_are_told_in_order_of_time() -> None:
    error = measurement("2026-01-01T00:00:12Z", "Error", "", message="no route")
    background = measured(measurement("2026-01-01T00:00:10Z"), error, measurement(None))
    step = measured(measurement("2026-01-01T00:00:11Z", "Failed", "[0.5]"), metric="gate")
    runs = [run(status=background), run("smiley-bbb-2-3", kind="Step", status=step)]
    view = view_of(rollout("v2", generation=2, revision=2, status=under_way()), analysis_runs=runs)
    assert [(one.metric, one.phase, one.value) for one in view.measurements] == [
        ("success-rate", "Successful", "[1]"),
        ("gate", "Failed", "[0.5]"),
        ("success-rate", "Error", ""),
    ]
    assert view.measurements[0].t == 1767225610.0
    assert view.measurements[1].run == "smiley-bbb-2-3"
    assert view.measurements[2].message == "no route"


def test_replica_sets_come_by_revision_with_the_pods_that_are_theirs() -> None:
    pods = [pod("smiley-aaa-2", ready=False), pod(), pod("other", "face-aaa")]
    first, second = view_of(rollout(), pods=pods).replica_sets
    assert (first.name, first.version, first.revision, first.desired, first.ready) == ("smiley-aaa", "v1", 1, 2, 1)
    assert first.pods == (PodView("smiley-aaa-1", ready=True), PodView("smiley-aaa-2", ready=False))
    assert (second.pod_template_hash, second.version, second.pods) == ("bbb", "v2", ())


def test_a_pod_says_how_its_containers_ended_and_why_they_wait() -> None:
    crashing, fine = pod(ready=False), pod()
    killed = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-01-01T00:00:09Z"}
    failed = {"reason": "Error", "exitCode": 1, "finishedAt": "2026-01-01T00:00:05Z"}
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s restarting failed container"}}
    crashing["status"]["containerStatuses"] = [
        {"name": "proxy", "restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": failed}},
        {"name": "smiley", "restartCount": 2, "state": waiting, "lastState": {"terminated": killed}},
    ]
    fine["status"]["containerStatuses"] = [{"name": "smiley", "restartCount": 0, "state": {"running": {}}}]
    first, second = view_of(rollout(), pods=[crashing, fine]).replica_sets[0].pods
    assert first.trouble == "CrashLoopBackOff, 3 restarts, exit code 137 (OOMKilled)"
    assert (second.trouble, second.restarts, second.last_exit_code) == ("", 0, None)


def test_a_pod_on_its_way_out_takes_no_requests() -> None:
    assert is_ready(pod())
    assert not is_ready(pod(deletionTimestamp="2026-01-01T00:00:00Z"))
    assert not is_ready({"metadata": {}})


def test_rollouts_are_told_by_name() -> None:
    names = [view.name for view in rollout_views(Objects((rollout(name="smiley"), rollout(name="color"))))]
    assert names == ["color", "smiley"]


def test_events_are_told_oldest_first_by_when_they_happened_last() -> None:
    def event(reason: str, version: int, **times: Any) -> dict[str, Any]:
        metadata = {"resourceVersion": str(version), "creationTimestamp": "2026-01-01T00:00:00Z"}
        return {"metadata": metadata, "type": "Normal", "reason": reason, "message": f"{reason}.", **times}

    told = event_views(
        [
            event("Second", 9, lastTimestamp="2026-01-01T00:00:05Z"),
            event("Third", 10, lastTimestamp="2026-01-01T00:00:05Z"),
            event("Fourth", 2, lastTimestamp=None, eventTime="2026-01-01T00:00:06.500000Z"),
            event("First", 30),
        ]
    )
    assert [one.reason for one in told] == ["First", "Second", "Third", "Fourth"]
    assert told[3] == EventView(1767225606.5, "Fourth", "Fourth.")
