from pathlib import Path

import pytest

from platforms.kind.docker import Docker
from platforms.kind.program import Kind
from seam.errors import PlatformFailed

CREATING = """\
Creating cluster "x" ...
 \u2022 Ensuring node image (i) \U0001f5bc  ...
 \u2713 Ensuring node image (i) \U0001f5bc
 \u2022 Starting control-plane \U0001f579\ufe0f  ...
 \u2713 Starting control-plane \U0001f579\ufe0f
Set kubectl context to "kind-x"
"""


def program(machine: Path, said: str, code: int = 0) -> Kind:
    (machine / "said").write_text(said)
    file = machine / "kind"
    file.write_text(f'#!/bin/sh\necho "$DOCKER_HOST $*" > {machine}/called\ncat {machine}/said >&2\nexit {code}\n')
    file.chmod(0o755)
    return Kind(file, Docker(Path("/f/docker.sock")), "x", Path("/f/kubeconfig"))


def test_each_step_that_kind_tells_is_told_as_it_begins(machine: Path) -> None:
    said: list[str] = []
    program(machine, CREATING).create(Path("/f/kind.yaml"), "node:1", 120, said.append)
    assert said == ["  kind: Ensuring node image (i)...", "  kind: Starting control-plane..."]
    assert (machine / "called").read_text().split() == [
        *("unix:///f/docker.sock", "create", "cluster", "--name=x", "--retain", "--config=/f/kind.yaml"),
        *("--image=node:1", "--wait=120s", "--kubeconfig=/f/kubeconfig"),
    ]


def test_a_failure_is_told_from_kinds_own_sentence_on(machine: Path) -> None:
    failing = program(machine, f"{CREATING}ERROR: failed to create cluster: no space\nCommand Output: x\n", 1)
    with pytest.raises(PlatformFailed) as told:
        failing.create(Path("/f/kind.yaml"), "node:1", 120, lambda _: None)
    assert str(told.value).startswith("kind create cluster failed: ERROR: failed to create cluster: no space")


def test_what_leads_to_another_daemon_or_to_a_proxy_does_not_get_into_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_CONTEXT", "http_proxy", "HTTPS_PROXY", "KEPT"):
        monkeypatch.setenv(name, "x")
    inside = Docker(Path("/f/docker.sock")).environment()
    assert not {"DOCKER_CONTEXT", "http_proxy", "HTTPS_PROXY"} & set(inside)
    assert inside["KEPT"] == "x"
    assert Docker().environment()["HTTPS_PROXY"] == "x"
