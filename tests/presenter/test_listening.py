import pytest

from presenter import qr
from presenter.listening import Listen, read_listen, room_address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.0.0.0", Listen("0.0.0.0", 8081)),
        (":9000", Listen("0.0.0.0", 9000)),
        ("192.168.1.5:0", Listen("192.168.1.5", 0)),
        ("[::]:9000", Listen("::", 9000)),
        ("[::1]", Listen("::1", 8081)),
        ("laptop.local:80", Listen("laptop.local", 80)),
    ],
)
def test_an_address_may_have_a_port(text: str, meant: Listen) -> None:
    assert read_listen(text) == meant


@pytest.mark.parametrize("text", ["::1", "host:70000", "host:x", "http://host", "a b"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|needs"):
        read_listen(text)


def test_the_room_gets_an_address_that_leads_here() -> None:
    assert room_address("127.0.0.1", 81) == "http://127.0.0.1:81/faces/"
    assert room_address("::1", 81) == "http://[::1]:81/faces/"
    assert "0.0.0.0" not in room_address("0.0.0.0", 81)


def test_a_qr_code_is_a_picture_and_a_text() -> None:
    assert qr.svg("http://127.0.0.1:81/faces/").startswith(b"<svg")
    lines = qr.text("http://127.0.0.1:81/faces/").splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) <= set("█▀▄ ")
