"""A person's mistakes: one clear sentence, exit code 2, no traceback, nothing left."""

import asyncio
import os
import shlex
import socket
import sys
from pathlib import Path

import pytest

from e2e.manifests import write
from platforms.embedded.settings import running_names

pytestmark = pytest.mark.timeout(60)
FACES = Path(sys.executable).with_name("faces")


async def faces(*words: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """(exit code, what it said)."""
    process = await asyncio.create_subprocess_exec(
        FACES,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = await faces("up", "--port", str(port), "--name", "port-in-use")
    assert (code, said) == (2, f"Port {port} is in use on this machine; choose another with --port, or free it.\n")
    assert "port-in-use" not in running_names()


async def test_a_name_in_use_and_several_runs_without_a_name() -> None:
    assert (await faces("up", "--name", "first"))[0] == 0
    try:
        code, said = await faces("up", "--name", "first")
        assert code == 2
        assert said.startswith("A run named 'first' is up already;")
        assert (await faces("up", "--name", "second"))[0] == 0
        code, said = await faces("release", "smiley", "--as", "good")
        assert code == 2
        # Other scenarios may have runs up at the same time.
        names = said.removeprefix("Several runs are up (").partition("); choose one with --name")[0].split(", ")
        assert names == sorted(names)
        assert {"first", "second"} <= set(names)
    finally:
        await faces("down", "--name", "second")
        await faces("down", "--name", "first")


async def test_no_run_is_up() -> None:
    code, said = await faces("status", "--name", "nobody")
    command = shlex.quote(str(FACES))
    assert code == 2
    assert said.replace(f"`{command} ", "`faces ") == (
        "No run named 'nobody' is up; start one with `faces up` or `faces demo`.\n"
    )


@pytest.mark.parametrize(
    "command", [["demo", "--auto", "--as", "errors-4O"], ["release", "smiley", "--as", "errors-4O"]]
)
async def test_a_wrong_release_name(command: list[str]) -> None:
    code, said = await faces(*command)
    assert code == 2
    assert said.startswith("There is no release named 'errors-4O'. Did you mean 'errors-40'?")
    assert said.count("\n") == 1


async def test_a_manifest_with_an_unsupported_field_is_refused_by_file_and_field(tmp_path: Path) -> None:
    def strange(document: dict[str, object]) -> None:
        if document["kind"] == "Rollout" and document["metadata"] == {
            "name": "smiley",
            "labels": {"app.kubernetes.io/part-of": "faces"},
        }:
            document["spec"]["strategy"]["canary"]["steps"][0] = {"plugin": {"name": "argoproj/sleep"}}  # type: ignore[index]

    folder = write(tmp_path / "strange", strange)
    code, said = await faces("up", "--manifests", str(folder), "--name", "strange")
    assert code == 2
    assert said.startswith("smiley.yaml: Rollout smiley: spec.strategy.canary.steps[0]")
    assert "step plugins" in said
    assert said.count("\n") == 1


async def test_broken_yaml_is_refused_by_file_and_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "broken")
    (folder / "smiley.yaml").write_text("kind: Rollout\nmetadata: [oops\n")
    code, said = await faces("demo", "--auto", "--manifests", str(folder))
    assert code == 2
    assert "smiley.yaml: YAML: line" in said
    assert "Traceback" not in said


async def test_a_missing_prometheus(tmp_path: Path) -> None:
    """Neither on PATH nor in the cache, and nothing to install it with."""
    tools = tmp_path / "bin"
    tools.mkdir()
    env = {"PATH": str(tools), "XDG_CACHE_HOME": str(tmp_path / "cache"), "https_proxy": "http://127.0.0.1:9"}
    code, said = await faces("up", "--name", "no-prometheus", env=env)
    assert code == 2
    assert "Prometheus is missing and could not be installed" in said
    assert "apt-get install prometheus" in said
    assert "Traceback" not in said
