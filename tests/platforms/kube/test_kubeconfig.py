from pathlib import Path
from typing import Any

import pytest
import yaml

from platforms.kube.kubeconfig import Kubeconfig
from seam.errors import UserError

CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
    "contexts": [
        {"name": "one", "context": {"cluster": "c", "user": "u"}},
        {"name": "two", "context": {"cluster": "c", "user": "none"}},
    ],
    "users": [{"name": "u", "user": {"token": "secret"}}],
}


@pytest.fixture(autouse=True)
def nobody_is_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def write(path: Path, config: Any = CONFIG) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    return str(path)


async def connected(kubeconfig: Kubeconfig) -> tuple[str, str | None]:
    client = await kubeconfig.client()
    await client.close()
    return client.configuration.host, client.configuration.api_key.get("BearerToken")


async def test_the_kubeconfig_is_the_one_named_else_the_variables_else_the_one_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(port: int) -> Any:
        return CONFIG | {"clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}]}

    write(tmp_path / "home" / ".kube" / "config", at(3))
    assert await connected(Kubeconfig()) == ("http://127.0.0.1:3", "Bearer secret")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{write(tmp_path / 'second', at(2))}")
    assert await connected(Kubeconfig()) == ("http://127.0.0.1:2", "Bearer secret")
    named = write(tmp_path / "named", at(1))
    assert await connected(Kubeconfig(named)) == ("http://127.0.0.1:1", "Bearer secret")
    assert await connected(Kubeconfig(named, "two")) == ("http://127.0.0.1:1", None)


def test_kubectl_is_told_the_same() -> None:
    assert Kubeconfig().options == []
    assert Kubeconfig("file", "two").options == ["--kubeconfig", "file", "--context", "two"]


async def test_no_kubeconfig_at_all_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=rf"^There is no kubeconfig at {tmp_path}/absent\.$"):
        await Kubeconfig(str(tmp_path / "absent")).client()
    with pytest.raises(UserError, match=r"^No cluster is known: .*/home/.kube/config is not there; name a kubeconfig"):
        await Kubeconfig().client()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    with pytest.raises(UserError, match=r"^The pod's service account cannot be used: Service host/port is not set\.$"):
        await Kubeconfig().client()


@pytest.mark.parametrize(
    ("config", "context", "reason"),
    [
        (CONFIG, "three", "it has no context 'three'; it has one, two"),
        ("{", None, "while parsing a flow node"),
        ("just text", None, "it is not a kubeconfig"),
        ("", None, "it is not a kubeconfig"),
        ({}, None, "Expected key current-context"),
        (CONFIG | {"clusters": []}, None, "Expected object with name c in .*clusters list"),
        (
            CONFIG
            | {"clusters": [{"name": "c", "cluster": {"server": "https://x", "certificate-authority": "/absent"}}]},
            None,
            "/absent",
        ),
    ],
)
async def test_a_kubeconfig_that_cannot_be_used_says_why(
    tmp_path: Path, config: Any, context: str | None, reason: str
) -> None:
    file = write(tmp_path / "config", config)
    with pytest.raises(UserError, match=rf"(?s)^The kubeconfig {file} cannot be used: .*({reason}).*\.$") as told:
        await Kubeconfig(file, context).client()
    assert "\n" not in str(told.value)
