import socket
from typing import Any, NoReturn

import pytest

from loadgen.reaching import why_unreachable


def failing(error: OSError) -> Any:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_where_connections_are_accepted_is_reachable(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert why_unreachable(f"http://{host}:{server.getsockname()[1]}/demo") is None


def test_a_port_on_which_nobody_listens_refuses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert why_unreachable(f"http://127.0.0.1:{taken.getsockname()[1]}") == "connection refused"


def test_a_name_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", failing(socket.gaierror(-2, "Name or service not known")))
    assert why_unreachable("http://gui.example") == "the name 'gui.example' is not known"


def test_a_name_that_is_none_is_no_traceback() -> None:
    assert "label" in (why_unreachable(f"http://{'a' * 64}.example") or "")


def test_an_address_that_does_not_even_refuse_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", failing(TimeoutError()))
    assert why_unreachable("http://192.0.2.1") == "no connection within 5 s"


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_without_a_port_the_scheme_names_it(monkeypatch: pytest.MonkeyPatch, scheme: str, port: int) -> None:
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], _: float) -> socket.socket:
        asked.append(address)
        return socket.socket()

    monkeypatch.setattr(socket, "create_connection", connect)
    assert why_unreachable(f"{scheme}://gui.example/") is None
    assert asked == [("gui.example", port)]
