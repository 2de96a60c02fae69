"""kubectl is a script here: what is tested is who starts it, who ends it, and what becomes of its children."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from platforms.kube import reach as module
from platforms.kube.reach import KubectlPortForward
from seam.errors import PlatformFailed, UserError

# Notes its arguments and its process id, takes the port it is given or 4001, and stays.
FORWARDS = """
echo "$$ $*" >> "{folder}/started"
local=${{9%%:*}}
echo "Forwarding from 127.0.0.1:${{local:-4001}} -> 8000"
exec sleep 60
"""

MakeReach = Callable[[str], KubectlPortForward]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[MakeReach]:
    made = []

    def reach(script: str) -> KubectlPortForward:
        file = tmp_path / "kubectl"
        file.write_text("#!/bin/sh\n" + script.format(folder=tmp_path))
        file.chmod(0o755)
        made.append(KubectlPortForward(str(file), ("--context", "fake")))
        return made[-1]

    yield reach
    for one in made:
        await one.close()


def started(folder: Path) -> list[tuple[int, str]]:
    """(process id, arguments) of each kubectl so far."""
    lines = (folder / "started").read_text().splitlines() if (folder / "started").exists() else []
    return [(int(line.split()[0]), line.partition(" ")[2]) for line in lines]


def alive(pid: int) -> bool:
    """Running, and not merely waiting to be reaped."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int) -> None:
    while alive(pid):
        await asyncio.sleep(0.01)


async def test_a_target_is_forwarded_to_once_however_often_it_is_asked_for(make: MakeReach, tmp_path: Path) -> None:
    reach = make(FORWARDS)
    addresses = await asyncio.gather(*(reach.open("run", "svc/front", 80) for _ in range(3)))
    assert set(addresses) == {"http://127.0.0.1:4001"}
    [(_, arguments)] = started(tmp_path)
    assert arguments == "--context fake port-forward --namespace run --address 127.0.0.1 svc/front :80"


async def test_one_that_ends_is_started_again_at_the_same_address_and_that_is_logged(
    make: MakeReach, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "platforms.kube")
    reach = make(FORWARDS)
    await reach.open("run", "svc/front", 80)
    os.kill(started(tmp_path)[0][0], 9)
    while len(started(tmp_path)) < 2:
        await asyncio.sleep(0.01)
    assert started(tmp_path)[1][1].endswith(" svc/front 4001:80")
    assert '"target": "svc/front"' in caplog.text
    assert '"event": "port-forward restarted"' in caplog.text
    assert await reach.open("run", "svc/front", 80) == "http://127.0.0.1:4001"


async def test_closed_it_leaves_nothing_behind(make: MakeReach, tmp_path: Path) -> None:
    reach = make(FORWARDS)
    await reach.open("run", "svc/front", 80)
    await reach.open("run", "pod/smiley", 8002)
    await reach.close()
    assert len(started(tmp_path)) == 2
    for pid, _ in started(tmp_path):
        await gone(pid)


async def test_closed_while_kubectl_ends_by_itself_it_leaves_nothing_behind_either(
    make: MakeReach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIED", f"echo $$ > {tmp_path}/ending; exec >&- 2>&-; sleep 0.5")
    reach, ending = make(FORWARDS), tmp_path / "ending"
    opening = asyncio.create_task(reach.open("run", "svc/front", 80))
    while not (ending.exists() and ending.read_text().endswith("\n")):
        await asyncio.sleep(0.01)
    pid = int(ending.read_text())
    await asyncio.sleep(0.1)  # by now its output has ended, and its exit is waited for
    await reach.close()
    assert not alive(pid)
    await asyncio.gather(opening, return_exceptions=True)


async def test_nothing_outlives_a_process_that_is_killed(make: MakeReach, tmp_path: Path) -> None:
    make(FORWARDS)
    program = f"""
import asyncio
from platforms.kube.reach import KubectlPortForward
async def main():
    await KubectlPortForward({str(tmp_path / "kubectl")!r}, ("--context", "fake")).open("run", "svc/front", 80)
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    process.kill()
    await process.wait()
    await gone(started(tmp_path)[0][0])


async def test_a_target_that_is_not_there_is_a_sentence_and_may_be_asked_for_again(
    make: MakeReach, tmp_path: Path
) -> None:
    reach = make('echo "Error from server (NotFound): services \\"front\\" not found" >&2; exit 1')
    with pytest.raises(UserError, match=r'^There is nothing to forward to: services "front" not found\.$'):
        await reach.open("run", "svc/front", 80)
    (tmp_path / "kubectl").write_text("#!/bin/sh\n" + FORWARDS.format(folder=tmp_path))
    assert await reach.open("run", "svc/front", 80)


async def test_a_target_that_cannot_be_reached_in_time_says_why(
    make: MakeReach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_OPEN_LIMIT_S", 0.3)
    reach = make('echo "error: unable to forward port because pod is not running." >&2; exit 1')
    with pytest.raises(
        PlatformFailed, match=r"^svc/front, port 80, .* in 0 s: unable to forward port .* not running\.$"
    ):
        await reach.open("run", "svc/front", 80)


async def test_without_kubectl_the_shell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    reach = KubectlPortForward("/absent/kubectl")
    with pytest.raises(UserError, match=r"/absent/kubectl.*not found\.$"):
        await reach.open("run", "svc/front", 80)
    await reach.close()
    monkeypatch.setenv("PATH", "/absent")
    with pytest.raises(UserError, match=r"^A shell is needed to run kubectl, and cannot be run: No such file"):
        await reach.open("run", "svc/front", 80)
    await reach.close()
