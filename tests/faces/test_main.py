import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from urllib.request import urlopen

import pytest

from faces.__main__ import main
from faces.config import Config
from faces.serving import started

PORTS = {"PORT": "0", "HTTP_PORT": "0", "ADMIN_PORT": "0", "CONTROL_PORT": "0", "BIND_ADDRESS": "127.0.0.1"}


@pytest.mark.parametrize("argv", [[], ["nose"], ["gui", "face"], ["Smiley"]])
def test_a_wrong_workload_is_one_sentence_and_code_2(argv: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("start one of gui, face, smiley, color.\n")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("ERROR_FRACTION", "abc"), ("FAULTS", "{"), ("PORT", "x"), ("NUM_ROWS", "four"), ("NUM_COLS", "0")],
)
def test_a_wrong_variable_is_one_sentence_and_code_2(
    name: str, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    assert main(["smiley"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(name)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("workload", ["smiley", "color"])
def test_a_taken_port_is_one_sentence_and_code_1(
    workload: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name, text in {**PORTS, "PORT": str(port)}.items():
            monkeypatch.setenv(name, text)
        assert main([workload]) == 1
    assert capsys.readouterr().err == f"cannot listen on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_importing_starts_no_thread_and_opens_no_event_loop() -> None:
    program = (
        "import faces.__main__, threading, os, asyncio, pathlib;"
        "assert threading.active_count() == 1;"
        "assert len(os.listdir('/proc/self/task')) == 1;"
        "links = [fd.readlink() for fd in pathlib.Path('/proc/self/fd').iterdir() if fd.is_symlink()];"
        "assert not [link for link in links if 'event' in str(link)]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=15)


def test_the_package_itself_imports_nothing_heavy() -> None:
    program = "import faces, sys; assert not {'aiohttp', 'grpc', 'pydantic', 'asyncio'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=15)


WITHOUT_FAULTS = """
import asyncio, os, random, time
from faces.config import Config
from faces.faults import FaultModel
from faces.serving import started

async def begin():
    config = Config.from_environ("smiley", os.environ)
    async with started(config, clock=time.monotonic, rng=random.Random(1)):
        assert not FaultModel.__pydantic_complete__, "it has made the validators and serializers of all faults"

asyncio.run(begin())
"""


def test_a_replica_without_faults_waits_for_none_of_what_faults_need() -> None:
    settings = {**os.environ, **PORTS, "DRAIN_SECONDS": "0", "CONTROL_TOKEN": "a-token-of-the-test"}
    subprocess.run([sys.executable, "-c", WITHOUT_FAULTS], env=settings, check=True, timeout=15)


FORKING = """
import os, signal, sys
from faces.__main__ import main
from faces.config import Config
from faces.serving import started
for workload in ("color", "smiley", "face", "gui"):
    if os.fork() == 0:
        os.environ["ADMIN_PORT"] = sys.argv.pop(1)
        sys.exit(main([workload]))
    sys.argv.pop(1)
print("\\n".join(str(os.wait()[1]) for _ in range(4)))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.mark.timeout(60)  # four processes start, on a machine that may be busy
def test_a_process_that_has_imported_everything_may_fork_into_all_workloads() -> None:
    ports = [free_port() for _ in range(4)]
    child = subprocess.Popen(
        [sys.executable, "-c", FORKING, *map(str, ports)],
        env={**os.environ, **PORTS, "DRAIN_SECONDS": "0", "LOG_LEVEL": "error"},
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        deadline = time.monotonic() + 40
        while not all(ready(port) for port in ports):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        children = subprocess.run(["pgrep", "-P", str(child.pid)], capture_output=True, text=True, check=True)
        for pid in children.stdout.split():
            os.kill(int(pid), signal.SIGTERM)
        assert child.communicate(timeout=15)[0].split() == ["0"] * 4
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


async def test_what_is_odd_about_the_configuration_is_in_the_log(
    config: Callable[..., Config], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = config("smiley", warnings=("SMILEY='x' is no smiley.",), log_level="warning")
    async with started(settings, clock=time.monotonic, rng=Random(1)):
        pass
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["warning"] == "SMILEY='x' is no smiley."
