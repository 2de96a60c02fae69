import pytest

from faces.addresses import Address, parse_detours


@pytest.mark.parametrize(
    ("text", "address", "authority"),
    [
        ("smiley", Address("smiley", 80), "smiley"),
        ("smiley:80", Address("smiley", 80), "smiley"),
        ("smiley:8000", Address("smiley", 8000), "smiley:8000"),
        ("10.0.0.1", Address("10.0.0.1", 80), "10.0.0.1"),
        ("::1", Address("::1", 80), "[::1]"),
        ("[::1]:8080", Address("::1", 8080), "[::1]:8080"),
        ("smiley.faces.svc.cluster.local", Address("smiley.faces.svc.cluster.local", 80), None),
    ],
)
def test_an_address_has_a_default_port_and_an_authority(text: str, address: Address, authority: str | None) -> None:
    assert Address.parse(text, 80) == address
    assert address.authority == (authority or text)


@pytest.mark.parametrize("text", ["", ":80", "http://smiley", "smiley/x", "a b", "smiley:0", "smiley:http", "x:99999"])
def test_what_is_no_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as smiley:80"):
        Address.parse(text, 80)


def test_a_port_without_a_default_must_be_there() -> None:
    with pytest.raises(ValueError, match="needs a port"):
        Address.parse("smiley")


def test_detours_are_read_like_curls_connect_to() -> None:
    envoy = Address("127.0.0.1", 21000)
    assert parse_detours("smiley:80=127.0.0.1:21000, color:80=127.0.0.1:21000,") == {
        Address("smiley", 80): envoy,
        Address("color", 80): envoy,
    }
    assert parse_detours("") == {}


@pytest.mark.parametrize("text", ["smiley:80", "smiley=127.0.0.1:1", "smiley:80=x", "a:80=b:1,a:80=c:1"])
def test_a_detour_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|keep one"):
        parse_detours(text)
