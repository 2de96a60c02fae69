from dataclasses import replace
from itertools import pairwise

import pytest

from faces.cli.drawing.changes import changes
from faces.cli.drawing.overview import overview
from faces.cli.drawing.tree import tree
from seam.views import ReplicaSetView
from tests.chaos.report.releases import METRICS, rolled_back
from tests.cli.drawing.releases import OLD, on_platform, plain, printed, resting, view_at, views_of

PAUSED = """\
Name:         smiley
Status:       ‖ Paused: CanaryPauseStep
Strategy:     Canary
Step:         3/6 (watch 7 s)
SetWeight:    50
ActualWeight: 50
Images:       faces:dev (stable v3, canary v4)
Replicas:     4 desired, 2 updated, 3 ready
Verdict:      v4 has 50 % and was bad once.

smiley  ‖ Paused
├─ # revision 4: v4, canary, released as errors-40
│  ├─ ReplicaSet smiley-66b9c7d8f4  ▸ 1/2 ready
│  │  ├─ Pod smiley-66b9c7d8f4-klmno  ✓ ready
│  │  └─ Pod smiley-66b9c7d8f4-pqrst  ▸ not ready, CrashLoopBackOff, 3 restarts
│  └─ AnalysisRun smiley-7d9f-4 (Background)  ▸ Running
│     ├─ success-rate  ▸ Running, at least 95 % demanded, bad 1 of 2
│     │  └─ ? no data  ✓ 95.8 %  ✗ 78.4 %
│     └─ latency-p99-ms  ▸ Running, at most 500 ms demanded, bad 0 of 2
│        └─ ✓ 88 ms  ✓ 92 ms  ! no data  connection refused
└─ # revision 3: v3, stable
   └─ ReplicaSet smiley-7d9f8c6b5d  ✓ 2/2 ready
      ├─ Pod smiley-7d9f8c6b5d-abcde  ✓ ready
      └─ Pod smiley-7d9f8c6b5d-fghij  ✓ ready"""


def test_a_release_under_way_is_a_tree_from_its_revisions_to_its_measurements() -> None:
    view = replace(view_at(11), metrics=(replace(METRICS[0], failed=1), METRICS[1]))
    assert plain(tree(view)) == PAUSED


def test_a_revision_that_was_scaled_down_and_another_image_are_told_as_such() -> None:
    older = ReplicaSetView("smiley-55", "older", 2, "v2", 0, 0, (), ("faces:old",))
    stable = replace(OLD, images=("faces:stable", "proxy:1"))
    shown = plain(tree(replace(view_at(20), replica_sets=(older, stable))))
    assert "└─ # revision 2: v2\n   └─ ReplicaSet smiley-55  scaled down" in shown
    assert "Images:       faces:stable, proxy:1 (stable v3)" in shown
    assert "faces:old" not in shown


def test_why_it_was_aborted_is_wrapped_and_not_cut_off() -> None:
    lines = [line.plain for line in tree(view_at(20), 80)]
    above = lines[: lines.index("")]
    assert max(map(len, above)) <= 80
    assert "assessed Failed due to failed (2) > failureLimit (1)" in " ".join(" ".join(above).split())


@pytest.mark.parametrize("t", [0.3, 2, 11, 13.8, 20])
def test_without_colours_there_is_no_escape_code_and_colours_only_repeat_the_words(t: float) -> None:
    lines = tree(view_at(t))
    assert "\x1b" not in printed(lines, color_system=None)
    assert "\x1b[" in printed(lines, color_system="standard")


def test_of_all_rollouts_those_at_rest_have_a_line_and_the_others_a_tree() -> None:
    shown = plain(list(overview("demo", on_platform(resting(), view_at(2), resting("face")))))
    head, _, trees = shown.partition("\n\n")
    assert head == (
        "demo on embedded: an engine\ncolor   ✓ Healthy  v3 serves everybody.\nface    ✓ Healthy  v3 serves everybody."
    )
    assert trees.startswith("Name:         smiley\n")
    assert trees.count("Name:") == 1
    assert "Name:         color" in plain(list(overview("demo", on_platform(resting()))))


def test_for_a_log_each_change_is_a_sentence() -> None:
    views = [view for _, view in views_of(rolled_back())]
    told = [changes(before, after) for before, after in pairwise(views)]
    assert told[0] == [
        "Status: Paused: CanaryPauseStep",
        "Step: 1/6 (watch 7 s)",
        "SetWeight: 30, ActualWeight: 30",
        "Verdict: v4 has 30 % of the traffic; v3 has 70 %.",
    ]
    assert told[4] == [
        "AnalysisRun smiley-7d9f-4: success-rate 78.4 %, at least 95 % demanded: Failed",
        "AnalysisRun smiley-7d9f-4: latency-p99-ms no data, at most 500 ms demanded: Error (connection refused)",
        "Verdict: v4 has 50 % and was bad once.",
    ]
    assert told[-1] == ["SetWeight: 0, ActualWeight: 0", "Verdict: v4 was aborted: rolled back to v3."]
    assert changes(views[0], views[0]) == []


def test_a_new_revision_its_pods_and_the_end_of_an_analysis_are_changes_too() -> None:
    before, after = resting("smiley"), view_at(2)
    told = changes(before, after)
    assert told[0] == "Revision 4: v4, released as errors-40"
    # On a cluster a new version is seen before its revision, and the revision before its hash: it is told once.
    unobserved = replace(before, current_hash="", current_version="v4", release="errors-40", current_step_index=None)
    numbered = replace(unobserved, revision=4)
    told_of = [
        change for one, other in pairwise((before, unobserved, numbered, after)) for change in changes(one, other)
    ]
    assert [change for change in told_of if change.startswith("Revision")] == ["Revision 4: v4, released as errors-40"]
    assert "ReplicaSet smiley-66b9c7d8f4 (v4): 1/2 ready" in told
    assert "Pod smiley-66b9c7d8f4-pqrst: not ready, CrashLoopBackOff, 3 restarts" in told
    assert "AnalysisRun smiley-7d9f-4 (Background): Running" in told
    ended = replace(after, analysis_runs=(replace(after.analysis_runs[0], phase="Failed", message="why"),))
    assert "AnalysisRun smiley-7d9f-4 (Background): Failed, why" in changes(after, ended)
