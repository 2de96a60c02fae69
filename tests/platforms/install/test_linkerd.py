from pathlib import Path

import pytest
import yaml

from platforms.install import extras, linkerd
from platforms.install.extras import chosen, made_here
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import Toolbox
from platforms.kube.doctor.checks.plugin import PLUGINS
from platforms.kube.installation import configured_plugins
from seam.errors import PlatformFailed, UserError


def test_the_plugin_is_named_as_the_doctor_and_every_run_look_for_it() -> None:
    config = linkerd.plugin("v0.15.0", "amd64")
    assert configured_plugins(config) == {"argoproj-labs/gatewayAPI"}
    (plugin,) = yaml.safe_load(config["data"]["trafficRouterPlugins"])
    assert plugin["location"].endswith("/v0.15.0/gatewayapi-plugin-linux-amd64")
    assert PLUGINS


def test_where_no_upstream_is_it_is_refused() -> None:
    made_here(chosen(["argocd"]))
    with pytest.raises(UserError, match=r"^Linkerd is in no package registry: use --on kind --from upstream"):
        made_here(chosen(["argocd", "linkerd"]))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "module/config/crd/standard"
    folder.mkdir(parents=True)
    (folder / "routes.yaml").write_text("{kind: CustomResourceDefinition}\n")
    return tmp_path / "module"


def scripts(folder: Path, printed: str) -> None:
    for name, says in (("kubectl", f"cat >> {folder}/applied; echo --- >> {folder}/applied"), ("linkerd", printed)):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\n{says}\n')
        program.chmod(0o755)


def test_what_its_command_prints_is_applied_and_the_controller_starts_anew(
    tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts(tmp_path, f'echo "{{kind: Printed, by: $2}}"; echo "$KUBECONFIG" >> {tmp_path}/asked')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    kubectl = Kubectl(tmp_path / "kubectl", tmp_path / "kubeconfig")
    extras.apply(chosen(["linkerd"]), kubectl, Toolbox({}, {"gateway-api": module}), lambda _: None, own_images=False)
    calls = (tmp_path / "calls").read_text()
    assert [line for line in calls.splitlines() if line.startswith("linkerd")] == [
        "linkerd install --crds",
        "linkerd install",
    ]
    assert calls.index("wait --for=condition=Established") < calls.index("linkerd install")
    assert "rollout restart --namespace=argo-rollouts deployment/argo-rollouts" in calls
    kinds = [one["kind"] for one in yaml.safe_load_all((tmp_path / "applied").read_text()) if one]
    assert kinds == ["CustomResourceDefinition", "Printed", "Printed", "ConfigMap"]
    assert set((tmp_path / "asked").read_text().split()) == {str(tmp_path / "kubeconfig")}


def test_a_command_that_fails_is_told_in_its_own_words(
    tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts(tmp_path, "echo no such cluster >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    kubectl = Kubectl(tmp_path / "kubectl", tmp_path / "kubeconfig")
    with pytest.raises(PlatformFailed, match=r"^linkerd install --crds failed: no such cluster$"):
        linkerd.apply(kubectl, Toolbox({}, {"gateway-api": module}))
