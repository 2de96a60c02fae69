"""A release that somebody wrote into a file: taken as it is meant, or refused by file, field and next step."""

from pathlib import Path

import pytest

from chaos.catalogue import find
from seam.errors import ManifestError
from seam.releases import FaultPlan, Outcome, PodChange, Release

WHOLE = """
name: flaky
summary: Fails every other request for 5 s of every 20 s.
expected: rolled_back
seenBy: [success-rate]
faults:
  - faults: {error: {fraction: 50}}
    afterSeconds: 5
    forSeconds: 5
    everySeconds: 20
  - faults: {hang: {fraction: 1}}
    workload: color
    fromWeight: 50
pods:
  env: {LOG_LEVEL: debug}
  image: other:1
  command: [python, -m, other]
  readinessProbe: {httpGet: {path: /readyz, port: admin}}
  resources: {limits: {memory: 64Mi}}
"""
LEAST = "name: plain\nsummary: Nothing is changed.\nexpected: promoted\n"


def written(folder: Path, text: str) -> str:
    file = folder / "mine.yaml"
    file.write_text(text)
    return str(file)


def test_everything_that_can_be_said_is_taken(tmp_path: Path) -> None:
    assert find(written(tmp_path, WHOLE)) == Release(
        "flaky",
        "Fails every other request for 5 s of every 20 s.",
        Outcome.ROLLED_BACK,
        (
            FaultPlan({"error": {"fraction": 50}}, after_s=5, for_s=5, every_s=20),
            FaultPlan({"hang": {"fraction": 1}}, workload="color", from_weight=50),
        ),
        ("success-rate",),
        PodChange(
            {"LOG_LEVEL": "debug"},
            "other:1",
            ("python", "-m", "other"),
            {"httpGet": {"path": "/readyz", "port": "admin"}},
            None,
            {"limits": {"memory": "64Mi"}},
        ),
    )


def test_name_summary_and_expectation_are_enough(tmp_path: Path) -> None:
    assert find(written(tmp_path, LEAST)) == Release("plain", "Nothing is changed.", Outcome.PROMOTED)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "mine.yaml: release: has to be an object with name, summary and expected."),
        ("name: x\nexpected: promoted\n", "mine.yaml: release: summary: is missing; add it."),
        (LEAST.replace("promoted", "rolled back"), "mine.yaml: release: expected: Input should be 'promoted'"),
        (LEAST + "fault: []\n", "mine.yaml: release: fault: is not a field of a release; remove it, or check"),
        (LEAST + "faults: [{faults: {error: {fraction: 140}}}]\n", "mine.yaml: release: faults[0].faults: "),
        (LEAST + "faults: [{faults: {}}]\n", "mine.yaml: release: faults[0].faults: names no fault; give one"),
        (LEAST + "faults: [{faults: {eror: {}}}]\n", "mine.yaml: release: faults[0].faults: "),
        (LEAST + "faults: [{faults: {hang: {fraction: 1}}, everySeconds: 5}]\n", "everySeconds needs forSeconds"),
        (LEAST + "faults: [{faults: {hang: {fraction: 1}}, fromWeight: 0}]\n", "faults[0].fromWeight: "),
        (LEAST + "pods: {env: {VERSION: v9}}\n", "pods.env: VERSION is given by the release itself"),
        (LEAST + "pods: {env: {A: 1}}\n", "mine.yaml: release: pods.env.A: "),
        ("name: x: y\n", "mine.yaml: YAML: line 1"),
        (LEAST.replace("plain", "Two Words"), "mine.yaml: release: name: "),
    ],
)
def test_what_cannot_be_meant_is_refused_by_file_and_field(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ManifestError) as caught:
        find(written(tmp_path, text))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nowhere\.yaml: file: cannot be read: No such file or directory\."):
        find(str(tmp_path / "nowhere.yaml"))
