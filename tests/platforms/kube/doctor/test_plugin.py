from dataclasses import replace
from typing import Any

import pytest

from platforms.doctor.checking import Look, NotSeen, NotThere
from platforms.kube.doctor.checks.plugin import check
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, PODS, ROLLOUTS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import PLACE, Document, controller, routed, seen
from tests.platforms.kube.objects import rollout

PLUGIN = "argoproj-labs/gatewayAPI"
NAMED = f'- name: "{PLUGIN}"\n  location: "file:///plugins/gatewayapi"\n'
BEFORE, AFTER = "2026-11-29T09:00:00Z", "2026-11-29T10:05:00Z"
# As the controller writes it when it cannot fetch one, and ends.
FATAL = (
    'time="2026-11-29T10:00:01Z" level=fatal msg="Failed to download plugins: failed to copy plugin from '
    'file:///plugins/nothing: no such file or directory"'
)


def config(text: str | None = NAMED, written: str = BEFORE) -> Document:
    fields = [{"manager": "kubectl", "time": written, "fieldsV1": {"f:data": {}}}]
    metadata = {"name": "argo-rollouts-config", "creationTimestamp": BEFORE, "managedFields": fields}
    return {"metadata": metadata, "data": {} if text is None else {"trafficRouterPlugins": text}}


def of(*configs: Document, pods: list[Document] | None = None, log: str = "", rollouts: Any = None) -> Finding:
    own = {ROLLOUTS: [routed()] if rollouts is None else rollouts}
    around = {
        (CONFIG_MAPS, "argo-rollouts"): configs,
        (PODS, "argo-rollouts"): [controller()] if pods is None else pods,
    }
    return check(seen(own=own, around=around, log=Look(log)))


def test_a_plugin_that_was_named_before_the_controller_started_is_loaded() -> None:
    assert of(config()) == Finding(Result.OK, f"{PLUGIN}: configured, and the controller runs with it")


@pytest.mark.parametrize("configs", [[], [config(None)], [config('- name: "somebody/elses"')]])
def test_one_that_the_controller_was_not_told_of_is_named(configs: list[Document]) -> None:
    found = of(*configs)
    assert found.result is Result.FAILED
    assert found.saw == (
        f"Rollouts route by {PLUGIN}, and ConfigMap argo-rollouts-config in namespace argo-rollouts does not name it"
    )


def test_a_controller_that_cannot_start_with_it_is_told_with_what_it_says() -> None:
    waiting = {"name": "argo-rollouts", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    pods = [controller(status={"containerStatuses": [waiting], "conditions": []})]
    found = of(config(), pods=pods, log=FATAL)
    assert found.result is Result.FAILED
    assert found.saw.startswith("the controller does not run with its plugins: argo-rollouts-1: CrashLoopBackOff, 4 ")
    assert "no such file or directory" in found.saw


def test_it_is_told_of_a_plugin_that_no_rollout_here_uses_as_well() -> None:
    ended = {"name": "argo-rollouts", "restartCount": 1, "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
    pods = [controller(status={"containerStatuses": [ended], "conditions": []})]
    found = of(config(), pods=pods, log=FATAL, rollouts=[rollout()])
    assert "argo-rollouts-1: Error, 1 restart; its log: " in found.saw


def test_a_configuration_that_was_changed_after_the_start_was_not_read() -> None:
    found = of(config(written=AFTER))
    assert found.result is Result.FAILED
    assert found.saw == "ConfigMap argo-rollouts-config was changed 300 s after the controller had read it"
    assert "rollout restart --namespace argo-rollouts" in found.next


def test_a_controller_on_its_way_out_is_not_looked_at() -> None:
    old = controller("argo-rollouts-0", metadata={"deletionTimestamp": AFTER})
    old["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = BEFORE
    assert of(config(), pods=[old, controller()]).result is Result.OK


def test_what_the_log_says_of_a_plugin_is_told() -> None:
    line = 'level=error msg="rollout syncHandler error: unable to find plugin argoproj-labs/gatewayAPI"'
    found = of(config(), log=f'level=info msg="plugin loaded"\n{line}\nlevel=error msg="something else"')
    assert found == Finding(Result.FAILED, f"the controller complains: {line}", found.next)


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"error","msg":"plugin argoproj-labs/gatewayAPI not configured in configmap"}',
        'level=error msg="httproutes.gateway.networking.k8s.io \\"smiley\\" is forbidden: cannot update resource"',
        "panic: plugin exited",
    ],
)
def test_complaints_have_many_forms(line: str) -> None:
    assert of(config(), log=line).saw == f"the controller complains: {line}"


def test_what_a_controller_said_before_it_was_started_again_is_over() -> None:
    """On a busy node it lost its lease, ended its plugin in the middle of a call, and was started again."""
    line = 'level=error msg="failed to remove managed routes via plugin: rpc call error: unexpected EOF"'
    again = controller()
    again["status"]["containerStatuses"][0] |= {"restartCount": 1}
    assert of(config(), pods=[again], log=f'time="2026-11-29T09:59:57Z" {line}').result is Result.OK
    later = f'time="2026-11-29T10:00:07Z" {line}'
    assert of(config(), pods=[again], log=later).saw == f"the controller complains: {later}"


@pytest.mark.parametrize(
    "line",
    [
        'level=info msg="plugin started, 0 failed"',
        'level=error msg="rollout not found"',
        'level=debug msg="plugin error"',
    ],
)
def test_what_is_no_complaint_about_a_plugin_is_none(line: str) -> None:
    assert of(config(), log=line).result is Result.OK


def test_what_is_no_yaml_is_said_to_be_none() -> None:
    assert of(config("- name: [")).saw.endswith("trafficRouterPlugins is no YAML")


def test_without_plugins_there_is_nothing_to_load() -> None:
    with pytest.raises(NotThere, match="no Rollout routes by a plugin"):
        of(rollouts=[rollout()])
    with pytest.raises(NotThere, match="no Rollouts controller was found"):
        check(seen(own={ROLLOUTS: [routed()]}, around={(DEPLOYMENTS, ""): []}, place=replace(PLACE, controller="")))
    with pytest.raises(NotSeen):
        check(seen(own={ROLLOUTS: [routed()]}, refused=[DEPLOYMENTS], place=replace(PLACE, controller="")))


def test_a_configuration_that_may_not_be_read_is_not_said_to_be_well() -> None:
    around = {(PODS, "argo-rollouts"): [controller()]}
    one = seen(own={ROLLOUTS: [routed()]}, around=around)
    hidden = {**one.around, (CONFIG_MAPS, "argo-rollouts"): Look(hidden="jane may not get configmaps")}
    with pytest.raises(NotSeen, match="jane may not get configmaps"):
        check(replace(one, around=hidden))
