import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from platforms.machine import box
from platforms.machine.places import Place, nobody
from seam.errors import UserError

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="a process is held by its file descriptor")
_BEGIN = "import os, signal, time\n"
# In short naps: a signal that comes just before a nap begins is not seen before it ends.
_LIVE = "print('ready', flush=True)\nwhile True: time.sleep(0.05)"
Init = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def init() -> Iterator[Init]:
    """Some Python as the init of the place `mine`: it holds the lock, and has begun."""
    with ExitStack() as stack:

        def start(script: str) -> subprocess.Popen[str]:
            place = Place.of("mine")
            place.folder.mkdir()
            with place.lock.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                process = stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-c", f"{_BEGIN}{script}\n{_LIVE}"],
                        stdout=subprocess.PIPE,
                        text=True,
                        pass_fds=(lock.fileno(),),
                    )
                )
            stack.callback(process.kill)
            place.pid.write_text(str(process.pid))
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            return process

        yield start


@pytest.mark.parametrize(
    ("script", "grace_s", "code"),
    [
        ("signal.signal(signal.SIGTERM, lambda *_: os._exit(3))", 10, 3),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", 0.3, -signal.SIGKILL),
        ("signal.signal(signal.SIGTERM, lambda *_: os._exit(3))", 0, -signal.SIGKILL),
    ],
    ids=["asked", "asked in vain", "killed at once"],
)
def test_an_init_is_asked_to_end_if_there_is_time_and_killed_if_it_does_not(
    init: Init, script: str, grace_s: float, code: int
) -> None:
    process = init(script)
    assert box.is_up(Place.of("mine"))
    box.end(Place.of("mine"), grace_s)
    assert process.wait(5) == code
    assert not box.is_up(Place.of("mine"))


def test_one_name_is_one_clusters_whichever_kind_it_is_of(machine: Path) -> None:
    class Other(Place):
        @classmethod
        def suffix(cls) -> str:
            return ".other"

    with (
        box.locked(Other.of("mine")),
        pytest.raises(UserError, match=r"^A cluster named 'mine' is up already; use it, or end it with"),
        box.locked(Place.of("mine")),
    ):
        raise AssertionError
    Other.of("mine").folder.mkdir()
    assert (Place.names(), Other.names()) == ([], ["mine"])
    assert not nobody(machine / "clusters")
