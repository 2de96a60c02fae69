import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platforms.embedded.processes import ports
from platforms.embedded.processes.ports import PortBlock, is_free
from seam.errors import UserError

HOLD = "from platforms.embedded.processes.ports import PortBlock; print(PortBlock().take(), flush=True); input()"
MakeBlock = Callable[[], PortBlock]


@pytest.fixture
def block() -> Iterator[MakeBlock]:
    made: list[PortBlock] = []

    def make() -> PortBlock:
        made.append(PortBlock())
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_two_blocks_share_no_port(block: MakeBlock) -> None:
    first, second = block(), block()
    assert not {first.take() for _ in range(ports.SIZE)} & {second.take() for _ in range(ports.SIZE)}


def test_ports_are_handed_out_in_turn_so_that_one_just_given_up_is_not_the_next(block: MakeBlock) -> None:
    own = block()
    given = [own.take() for _ in range(50)]
    assert given == sorted(given)
    assert len(set(given)) == 50


def test_a_port_that_somebody_listens_on_is_passed_over(block: MakeBlock) -> None:
    own = block()
    with socket.create_server(("127.0.0.1", own.take() + 1)) as listener:
        assert own.take() == listener.getsockname()[1] + 1


def test_a_block_without_a_free_port_is_refused_in_one_sentence(
    block: MakeBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = block()
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(UserError, match=r"^No port is free between \d+ and \d+; end what listens there\.$"):
        own.take()
    with pytest.raises(UserError, match=r"^No port is free from 8080 to 8179; choose one with --port\.$"):
        own.front(None)


def test_a_block_is_free_again_when_its_process_is_killed(
    block: MakeBlock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # no run beside this one takes part
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        base = int(holder.stdout.readline()) // ports.SIZE
        assert block().take() // ports.SIZE != base
        holder.kill()
        holder.wait()
    assert block().take() // ports.SIZE == base


def test_a_block_is_free_again_when_it_is_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = PortBlock()
    base = first.take() // ports.SIZE
    first.close()
    second = PortBlock()
    assert second.take() // ports.SIZE == base
    second.close()


def test_when_every_block_is_held_that_is_said(
    block: MakeBlock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "BLOCKS", 2)
    block()
    block()
    sentence = "2 runs hold all the ports set aside for them; end one with `faces down`."
    with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
        block()


def test_the_front_door_is_where_it_was_asked_for_or_says_why_not(block: MakeBlock, taken: int) -> None:
    own, other = block(), block()
    free = own.take()
    assert own.front(free) == free
    for port, who in ((taken, own), (free, other)):
        sentence = f"Port {port} is in use on this machine; choose another with --port, or free it."
        with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
            who.front(port)


def test_without_a_wish_the_front_door_is_the_next_free_port_and_two_runs_never_get_the_same(
    block: MakeBlock, taken: int
) -> None:
    first, second = block(), block()
    one = first.front(None, default=taken)
    assert taken < one < taken + 100
    assert second.front(None, default=one) > one


def test_is_free_tells_a_listener_from_a_port_that_was_just_closed(taken: int) -> None:
    assert not is_free(taken)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        listener.accept()[0].close()  # the side that closes first keeps the port in TIME_WAIT
        client.close()
    assert is_free(port)


def test_a_port_is_held_by_the_run_whose_block_it_is_in_until_that_ends() -> None:
    block = PortBlock()
    port, front = block.take(), block.front(None, default=18080)
    assert ports.is_held(port)
    assert ports.is_held(front)
    block.close()
    assert not ports.is_held(port)
    assert not ports.is_held(front)
