import json

import pytest

from chaos.catalogue import RELEASES, UnknownRelease, find, pod_change
from faces.faults import parse_model
from seam.releases import FaultPlan, Outcome, PodChange


def test_only_the_good_release_is_expected_to_be_promoted() -> None:
    promoted = [release.name for release in RELEASES if release.expected is Outcome.PROMOTED]
    assert promoted == ["good"]
    assert [release.name for release in RELEASES if not release.bad] == ["good"]
    assert [release.name for release in RELEASES if release.expected is Outcome.UNDECIDED] == ["crash-loop"]


def test_every_bad_release_has_a_fault_or_changes_its_pods() -> None:
    changes = {release.name for release in RELEASES if release.faults or release.pods != PodChange()}
    assert changes == {release.name for release in RELEASES if release.bad}


def test_names_are_unique_and_each_is_found() -> None:
    assert len({release.name for release in RELEASES}) == len(RELEASES)
    assert [find(release.name) for release in RELEASES] == list(RELEASES)


def test_every_summary_is_one_sentence() -> None:
    for release in RELEASES:
        assert release.summary.endswith(".")
        assert release.summary.count(". ") == 0


@pytest.mark.parametrize(("typed", "meant"), [("error-40", "errors-40"), ("SLOW-P99", "slow-p99"), ("goood", "good")])
def test_a_misspelt_release_is_answered_with_the_close_match_and_all_names(typed: str, meant: str) -> None:
    with pytest.raises(UnknownRelease) as caught:
        find(typed)
    sentence = str(caught.value)
    assert f"no release named {typed!r}. Did you mean {meant!r}?" in sentence
    assert all(release.name in sentence for release in RELEASES)


def test_a_name_like_no_other_is_answered_without_a_guess() -> None:
    with pytest.raises(UnknownRelease) as caught:
        find("xyzzy")
    assert "Did you mean" not in str(caught.value)


def test_the_pod_template_carries_the_faults_as_json() -> None:
    assert pod_change(find("slow-p99")) == PodChange({"FAULTS": '{"tail_latency":{"fraction":10,"ms":800}}'})


@pytest.mark.parametrize("plan", [plan for release in RELEASES for plan in release.faults])
def test_the_app_takes_the_faults_of_every_release(plan: FaultPlan) -> None:
    assert parse_model(json.dumps(plan.faults)).model_dump(exclude_unset=True) == plan.faults


def test_a_good_release_takes_the_faults_away() -> None:
    assert pod_change(find("good")) == PodChange({"FAULTS": "{}"})


def test_faults_that_start_later_are_not_in_the_pod_template() -> None:
    assert pod_change(find("turns-bad")) == PodChange({"FAULTS": "{}"})


def test_a_bad_release_says_which_metric_should_see_it_or_that_it_never_serves() -> None:
    assert [release.name for release in RELEASES if release.bad and not release.seen_by] == ["crash-loop"]
