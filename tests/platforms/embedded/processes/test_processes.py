import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from platforms.embedded.processes.processes import NURSERY_LOST, Child, Processes

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(40)]

SHELL = shutil.which("sh") or ""
Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="module")
async def own(tmp_path: Path) -> AsyncIterator[Processes]:
    """A nursery of one test's own, to be ended in the middle of it."""
    processes = Processes(tmp_path)
    await processes.open()
    yield processes
    await processes.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A dead process whose parent has not asked yet is no longer alive.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def said(child: Child) -> str:
    return child.log.read_text() if child.log.exists() else ""


async def shell(processes: Processes, name: str, script: str) -> Child:
    return await processes.spawn_program(name, [SHELL, "-c", script], {"PATH": os.environ["PATH"], "GREETING": "hello"})


async def test_a_program_gets_its_words_and_variables_and_writes_into_its_log(processes: Processes) -> None:
    child = await shell(processes, "talker", 'echo "$GREETING" $0; echo oops >&2; env | grep -c FACES_NOT_SET')
    assert await child.code == 1  # grep has found nothing
    assert said(child) == f"hello {SHELL}\noops\n0\n"


async def test_exit_codes_and_signals_are_told(processes: Processes) -> None:
    assert await (await shell(processes, "seven", "exit 7")).code == 7
    assert await (await shell(processes, "suicide", "kill -9 $$")).code == -9


async def test_a_program_that_does_not_exist_is_told_by_its_code_and_its_log(processes: Processes) -> None:
    child = await processes.spawn_program("nothing", ["/nowhere/at/all"], {})
    assert await child.code == 70
    assert "No such file or directory: '/nowhere/at/all'" in said(child)


async def test_a_wrong_workload_is_told_in_one_sentence(processes: Processes) -> None:
    child = await processes.spawn_app("smily", ["smily"], {})
    assert await child.code == 2
    assert said(child) == "'smily' is not a workload; start one of gui, face, smiley, color.\n"


async def test_a_replica_of_the_app_is_ended_gently_by_term(processes: Processes, until: Until) -> None:
    env = dict.fromkeys(("PORT", "ADMIN_PORT", "CONTROL_PORT", "DRAIN_SECONDS"), "0") | {"BIND_ADDRESS": "127.0.0.1"}
    child = await processes.spawn_app("smiley", ["smiley"], env)
    await until(lambda: "serving" in said(child))
    assert alive(await child.pid)
    await processes.stop(child, grace=15)
    assert child.code.result() == 0
    assert child.signalled == {15}
    assert not alive(child.pid.result())


async def test_who_ignores_term_is_killed_when_its_grace_is_over(processes: Processes, until: Until) -> None:
    child = await shell(processes, "stubborn", "trap '' TERM; echo ready; while true; do sleep 0.05; done")
    await until(lambda: "ready" in said(child))
    await processes.stop(child, grace=0.2)
    assert child.code.result() == -9
    assert child.signalled == {15, 9}


async def test_a_term_right_after_the_start_is_not_lost(processes: Processes) -> None:
    for number in range(20):
        child = await shell(processes, f"brief-{number}", "exec sleep 60")
        processes.signal(child, 15)
        assert await child.code == -15


async def test_a_signal_to_one_that_is_gone_reaches_nobody(processes: Processes) -> None:
    child = await shell(processes, "gone", "exit 0")
    await child.code
    processes.signal(child, 9)
    await processes.stop(child, grace=0)
    assert child.code.result() == 0
    assert child.signalled == set()


async def test_a_child_has_no_descriptor_of_the_nurserys(processes: Processes) -> None:
    child = await shell(processes, "descriptors", "ls /proc/$$/fd")
    await child.code
    # 0, 1, 2, and in some shells the one that reads the folder itself.
    assert set(said(child).split()) <= {"0", "1", "2", "3"}
    opened = await shell(processes, "input", "readlink /proc/$$/fd/0")
    await opened.code
    assert opened.log.read_text() == "/dev/null\n"


async def test_closing_ends_every_child_and_its_grandchildren_and_nothing_can_be_started_afterwards(
    own: Processes, until: Until
) -> None:
    script = "trap '' TERM HUP; sleep 1000 & echo $!; wait"
    children = [await shell(own, f"parent-{number}", script) for number in range(3)]
    await until(lambda: all(said(child) for child in children))
    pids = [child.pid.result() for child in children] + [int(said(child)) for child in children]
    assert all(alive(pid) for pid in pids)
    await own.close()
    await until(lambda: not any(alive(pid) for pid in pids))
    assert {child.code.result() for child in children} == {NURSERY_LOST}
    nursery = own.nursery_pid
    late = await shell(own, "late", "exit 0")
    assert late.code.result() == NURSERY_LOST
    assert not late.log.exists()
    assert own.nursery_pid == nursery


async def test_a_killed_nursery_takes_all_children_with_it_and_a_later_start_makes_a_new_one(
    own: Processes, until: Until
) -> None:
    # The last of them have only just been forked: their first steps fall together with its end.
    children = await asyncio.gather(*(shell(own, f"child-{number}", "exec sleep 1000") for number in range(8)))
    pids = [child.pid.result() for child in children]
    first = own.nursery_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert [await child.code for child in children] == [NURSERY_LOST] * 8
    await until(lambda: not any(alive(pid) for pid in pids))
    again = await shell(own, "again", "exit 5")
    assert await again.code == 5
    assert own.nursery_pid != first


async def test_who_is_started_while_the_nursery_dies_is_told_that_it_is_lost_or_runs(own: Processes) -> None:
    assert own.nursery_pid is not None
    os.kill(own.nursery_pid, signal.SIGKILL)
    codes = await asyncio.gather(*(_code_of(own, f"started-{number}") for number in range(8)))
    assert set(codes) <= {NURSERY_LOST, 3}
    while await _code_of(own, "in-the-end") != 3:
        pass


async def _code_of(processes: Processes, name: str) -> int:
    return await (await shell(processes, name, "exit 3")).code


async def test_nursery_and_children_leave_term_and_ctrl_c_to_the_supervisor(processes: Processes) -> None:
    assert await _code_of(processes, "it-is-up") == 3
    assert processes.nursery_pid is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(processes.nursery_pid, number)
    assert await _code_of(processes, "still-there") == 3
