import os
from pathlib import Path

import pytest

from chaos.catalogue import find
from faces.cli.checks import check_out, check_workload
from seam.errors import UserError
from seam.releases import FaultPlan, Outcome, Release

ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: %s}
spec:
  template:
    spec:
      containers:
      - {name: app, ports: [{name: %s, containerPort: 1}]}
"""


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("below", [".", "new", "new/and/deeper"])
def test_a_folder_for_the_report_is_tried_and_nothing_is_left_behind(tmp_path: Path, below: str) -> None:
    (tmp_path / "kept").touch()
    check_out(tmp_path / below)
    assert everything(tmp_path) == {"kept"}


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "report"
    with pytest.raises(UserError) as refused:
        check_out(out)
    assert str(refused.value) == (
        f"--out {out}: no report can be written there: Not a directory. Name a folder that you may write to."
    )
    assert everything(tmp_path) == {"file"}


@pytest.mark.parametrize("below", [".", "new"])
def test_a_folder_that_one_may_not_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    # By a stand-in for the kernel: to root, every folder is open.
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(UserError, match=r"no report can be written there: Permission denied\."):
        check_out(tmp_path / below)
    assert everything(tmp_path) == set()


@pytest.mark.parametrize("workload", ["face", "smiley", "color"])
def test_each_workload_that_has_faults_can_get_any_release(workload: str) -> None:
    check_workload(None, workload)
    for release in ("good", "errors-40", "crash-loop", "turns-bad"):
        check_workload(None, workload, find(release))


def test_an_unknown_workload_of_the_shipped_manifests_is_refused_with_a_close_match() -> None:
    with pytest.raises(UserError) as refused:
        check_workload(None, "smily", find("good"))
    assert str(refused.value) == (
        "There is no Rollout 'smily' in the shipped manifests; there are color, face, gui, smiley. "
        "Did you mean 'smiley'?"
    )


@pytest.mark.parametrize("release", ["errors-40", "crash-loop", "turns-bad"])
def test_a_workload_without_faults_is_not_released_as_a_bad_one(release: str) -> None:
    check_workload(None, "gui", find("good"))
    with pytest.raises(UserError) as refused:
        check_workload(None, "gui", find(release))
    assert str(refused.value) == (
        f"gui cannot be released as {release}: it has no control port, so it has no faults. "
        "Choose another workload (color, face, smiley), or a release without faults, such as good."
    )


def test_a_release_may_be_bad_by_the_faults_of_another_workload_which_has_to_be_there() -> None:
    def by(workload: str) -> Release:
        return Release("elsewhere", "Bad.", Outcome.ROLLED_BACK, (FaultPlan({"hang": {"fraction": 1}}, workload),))

    check_workload(None, "gui", by("color"))
    with pytest.raises(UserError, match=r"^There is no Rollout 'colour' in the shipped manifests; .* 'color'\?$"):
        check_workload(None, "smiley", by("colour"))
    with pytest.raises(UserError, match=r"^gui cannot be released as elsewhere: it has no control port"):
        check_workload(None, "smiley", by("gui"))


def test_a_folder_of_ones_own_is_read_with_or_without_a_kustomization(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "one.yaml").write_text(ROLLOUT % ("one", "control"))
    (tmp_path / "base" / "two.yaml").write_text(ROLLOUT % ("two", "http"))
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "kustomization.yaml").write_text("kind: Kustomization\nresources: [../base]\n")
    for folder in (tmp_path / "base", tmp_path / "top"):
        check_workload(folder, "one", find("hang"))
        with pytest.raises(UserError, match=rf"^There is no Rollout 'zero' in {folder}; there are one, two\.$"):
            check_workload(folder, "zero")
        with pytest.raises(UserError, match=r"Choose another workload \(one\)"):
            check_workload(folder, "two", find("hang"))


@pytest.mark.parametrize(
    "text",
    [
        "namePrefix: my-\nresources: [rollout.yaml]",
        "resources: [https://example.com/somewhere]",
        "resources: [missing.yaml]",
        "components: [there]",
        "[]",
        "{",
        "resources: 5",
    ],
)
def test_what_only_kustomize_could_tell_is_left_to_the_platform(tmp_path: Path, text: str) -> None:
    (tmp_path / "kustomization.yaml").write_text(text)
    (tmp_path / "rollout.yaml").write_text(ROLLOUT % ("one", "control"))
    check_workload(tmp_path, "my-one", find("hang"))


@pytest.mark.parametrize("text", ["{", "kind: Rollout", "kind: Rollout\nmetadata: {name: one}", "\x00", "- Rollout"])
def test_what_is_wrong_with_a_manifest_is_the_platforms_to_say(tmp_path: Path, text: str) -> None:
    (tmp_path / "one.yaml").write_text(text)
    check_workload(tmp_path, "one", find("hang"))
