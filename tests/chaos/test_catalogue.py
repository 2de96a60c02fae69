import json
from difflib import get_close_matches

import pytest

from chaos.catalogue import RELEASES, UnknownRelease, find, pod_change
from chaos.catalogue.shipped import FAMILIES
from faces.faults import parse_model
from manifests import BASE
from platforms.embedded.manifests.annotations import identity_of, service_policy
from seam.documents import documents
from seam.releases import FaultPlan, Outcome, PodChange, Release, Scene

BAD = [release for release in RELEASES if release.bad]
GOOD = [release for release in RELEASES if not release.bad]


def ids(release: Release) -> str:
    return release.name


def test_there_are_at_least_28_bad_ones_and_6_good_ones() -> None:
    assert len(BAD) >= 28
    assert len(GOOD) >= 6
    assert list(FAMILIES["good"]) == GOOD


@pytest.mark.parametrize("release", GOOD, ids=ids)
def test_every_good_one_is_expected_to_be_promoted_and_hurts_nobody(release: Release) -> None:
    assert release.expected is Outcome.PROMOTED
    assert (release.felt, release.unseen, release.seen_by) == ("", "", ())


@pytest.mark.parametrize("release", BAD, ids=ids)
def test_every_bad_one_says_what_users_feel_what_sees_it_and_what_nobody_sees(release: Release) -> None:
    assert release.faults or release.pods != PodChange()
    assert release.felt
    assert release.unseen
    assert bool(release.seen_by) == (release.expected is Outcome.ROLLED_BACK)


def test_the_metrics_that_see_them_are_shipped() -> None:
    templates = [one for file in BASE.rglob("*.yaml") for one in documents(file)]
    nested = [item for one in templates for item in one.get("items", [one])]
    metrics = {m["name"] for one in nested if one["kind"] == "AnalysisTemplate" for m in one["spec"].get("metrics", ())}
    assert {metric for release in RELEASES for metric in release.seen_by} <= metrics


def test_names_are_unique_and_each_is_found() -> None:
    assert len({release.name for release in RELEASES}) == len(RELEASES)
    assert [find(release.name) for release in RELEASES] == list(RELEASES)


def test_no_two_names_are_so_alike_that_one_is_typed_for_the_other() -> None:
    names = [release.name for release in RELEASES]
    assert all(get_close_matches(name, names, n=1) == [name] for name in names)


@pytest.mark.parametrize("release", RELEASES, ids=ids)
def test_every_text_is_a_sentence(release: Release) -> None:
    for text in filter(None, (release.summary, release.felt, release.unseen)):
        assert text.endswith(".")
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
    assert pod_change(find("slow-p99")) == PodChange({"FAULTS": '{"tail_latency":{"fraction":5,"ms":1850}}'})


def test_the_pod_template_carries_annotations() -> None:
    assert pod_change(find("expired-certificate")).annotations == {"faces.dev/identity": "expired"}


@pytest.mark.parametrize("plan", [plan for release in RELEASES for plan in release.faults])
def test_the_app_takes_the_faults_of_every_release(plan: FaultPlan) -> None:
    assert set(parse_model(json.dumps(plan.faults)).as_json()) == set(plan.faults)


@pytest.mark.parametrize("release", RELEASES, ids=ids)
def test_the_mesh_takes_what_every_release_asks_of_it(release: Release) -> None:
    identity_of(release.pods.annotations)
    for annotations in release.scene.services.values():
        service_policy(annotations)


def test_a_good_release_takes_the_faults_away() -> None:
    assert pod_change(find("good")) == PodChange({"FAULTS": "{}"})


def test_faults_that_start_later_or_are_in_every_version_are_not_in_the_pod_template() -> None:
    for name in ("turns-bad", "later", "flapping", "background-errors"):
        assert pod_change(find(name)) == PodChange({"FAULTS": "{}"})


def test_a_release_that_needs_more_than_the_usual_scene_says_so() -> None:
    needy = {release.name for release in RELEASES if release.scene != Scene()}
    assert needy == {
        *("in-a-burst", "few-visitors", "one-user", "grpc-unavailable", "missing-dependency"),
        *("first-try", "retry-storm", "hidden-timeouts"),
    }
