import json

import pytest

from chaos.catalogue import RELEASES, Outcome, Release, UnknownRelease, find, release_env
from faces.faults import parse_model


def test_only_the_good_release_is_expected_to_be_promoted() -> None:
    promoted = [release.name for release in RELEASES if release.expected is Outcome.PROMOTED]
    assert promoted == ["good"]
    assert {release.expected for release in RELEASES if release.name != "good"} == {Outcome.ROLLED_BACK}


def test_only_the_good_release_has_no_faults() -> None:
    assert [release.name for release in RELEASES if not release.faults] == ["good"]


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


def test_the_environment_carries_the_version_and_the_faults_as_json() -> None:
    env = release_env(find("slow-p99"), "v7")
    assert env.keys() == {"VERSION", "FAULTS"}
    assert env["VERSION"] == "v7"
    assert json.loads(env["FAULTS"]) == {"tail_latency": {"fraction": 10, "ms": 800}}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_the_app_takes_the_faults_of_every_release(release: Release) -> None:
    taken = parse_model(release_env(release, "v9")["FAULTS"])
    assert taken.model_dump(exclude_unset=True) == release.faults


def test_a_good_release_takes_the_faults_away() -> None:
    assert release_env(find("good"), "v8") == {"VERSION": "v8", "FAULTS": "{}"}
