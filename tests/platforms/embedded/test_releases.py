import copy
from dataclasses import replace
from typing import Any

import pytest

from chaos.catalogue import RELEASES, find, pod_change
from faces.faults.environment import SHORT_NAMES
from platforms.embedded.manifests.reading import Manifests, pod_template
from seam.errors import UserError
from seam.releases import PodChange, next_version, release_of, released, version_of


def variables(template: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable.get("value", "") for variable in template["spec"]["containers"][0]["env"]}


@pytest.fixture
def template(manifests: Manifests) -> dict[str, Any]:
    return copy.deepcopy(dict(manifests.rollouts["smiley"].spec.template))


def test_a_release_changes_its_own_variables_and_its_name_and_nothing_else(template: dict[str, Any]) -> None:
    before = copy.deepcopy(template)
    after = released(template, "errors-40", "v2", PodChange({"FAULTS": "{}"}))
    assert template == before
    assert version_of(after) == "v2"
    assert release_of(after) == "errors-40"
    assert variables(after) == variables(before) | {"VERSION": "v2", "FAULTS": "{}"}
    del after["metadata"]["annotations"]["faces.dev/release"]
    after["spec"]["containers"][0]["env"] = before["spec"]["containers"][0]["env"]
    assert after == before


def test_a_template_from_a_manifest_has_no_release(template: dict[str, Any]) -> None:
    assert release_of(template) is None
    assert release_of({"metadata": {"annotations": None}}) is None


@pytest.mark.parametrize("name", ["FAULTS", *SHORT_NAMES])
def test_no_fault_of_an_earlier_release_lingers(template: dict[str, Any], name: str) -> None:
    bad = released(template, "bad", "v2", PodChange({name: "40"}))
    assert variables(bad)[name] == "40"
    assert name not in variables(released(bad, "good", "v3", PodChange()))


def test_releasing_twice_does_not_double_a_variable(template: dict[str, Any]) -> None:
    twice = released(released(template, "a", "v2", PodChange()), "b", "v3", PodChange())
    names = [variable["name"] for variable in twice["spec"]["containers"][0]["env"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["errors-40", "hang", "crash-loop"])
def test_a_workload_without_faults_cannot_be_released_as_one_that_is_bad_by_them(
    manifests: Manifests, name: str
) -> None:
    template = manifests.rollouts["gui"].spec.template
    sentence = (
        f"gui cannot be released as {name}: it has no control port, so it has no faults. Choose another workload, "
        "or a release without faults, such as good."
    )
    with pytest.raises(UserError) as refused:
        released(template, name, "v2", pod_change(find(name)))
    assert str(refused.value) == sentence
    assert release_of(released(template, "good", "v2", pod_change(find("good")))) == "good"


@pytest.mark.parametrize("name", [release.name for release in RELEASES])
def test_every_release_of_the_catalogue_can_be_run(manifests: Manifests, template: dict[str, Any], name: str) -> None:
    rollout = manifests.rollouts["smiley"]
    changed = released(template, name, "v2", pod_change(find(name)))
    spec = rollout.spec.model_copy(update={"template": changed})
    pods = pod_template(replace(rollout, spec=spec), "release")
    assert "FAULTS" in {variable.name for variable in pods.container.env}


@pytest.mark.parametrize(
    ("known", "following"),
    [([], "v1"), (["v1"], "v2"), (["v9", "v10", "v2"], "v11"), (["?", "release-7", "v3-rc1", "v1"], "v2")],
)
def test_the_next_version_is_one_more_than_the_highest(known: list[str], following: str) -> None:
    assert next_version(known) == following


def test_what_an_earlier_release_changed_is_as_it_was_before(template: dict[str, Any]) -> None:
    odd = PodChange(
        {"LOG_LEVEL": "debug", "SMILEY": "Confused"},
        image="other:1",
        command=("sleep", "1"),
        readiness_probe={"httpGet": {"path": "/never", "port": "admin"}},
        annotations={"faces.dev/callers": "nobody", "faces.dev/identity": "expired"},
    )
    bad = released(template, "odd", "v2", odd)
    container = bad["spec"]["containers"][0]
    assert (container["image"], container["command"]) == ("other:1", ["sleep", "1"])
    assert container["readinessProbe"] == {"httpGet": {"path": "/never", "port": "admin"}}
    assert variables(bad) | {"LOG_LEVEL": "debug", "SMILEY": "Confused"} == variables(bad)
    assert bad["metadata"]["annotations"].items() >= odd.annotations.items()
    again = released(bad, "odd", "v3", odd)
    good = released(again, "good", "v4", PodChange())
    assert variables(good) == variables(template) | {"VERSION": "v4"}
    for field in ("image", "command", "readinessProbe"):
        assert good["spec"]["containers"][0].get(field) == template["spec"]["containers"][0].get(field)
    assert good["metadata"]["annotations"] == {"faces.dev/callers": "face", "faces.dev/release": "good"}
