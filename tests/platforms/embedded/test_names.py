import pytest

from faces.addresses import Address, parse_detours
from platforms.embedded.names import NOWHERE, detours

SERVICES = {"smiley": 80, "color": 8080}


def test_a_service_is_behind_the_replicas_own_outbound_side() -> None:
    assert parse_detours(detours(SERVICES, {"SMILEY_SERVICE": "smiley"}, 21000)) == {
        Address("smiley", 80): Address("127.0.0.1", 21000),
        Address("color", 8080): Address("127.0.0.1", 21000),
    }


@pytest.mark.parametrize(
    ("given", "name"), [("smiley-next", Address("smiley-next", 80)), ("smiley:81", Address("smiley", 81))]
)
def test_a_name_that_no_service_has_is_nowhere(given: str, name: Address) -> None:
    found = parse_detours(detours(SERVICES, {"SMILEY_SERVICE": given}, 21000))
    assert found[name] == Address.parse(NOWHERE)
    assert found[Address("smiley", 80)] == Address("127.0.0.1", 21000)


@pytest.mark.parametrize("given", ["127.0.0.1:9000", "[::1]:9000", "localhost:9000", "not/an/address", ""])
def test_numbers_and_what_the_app_will_refuse_are_left_as_they_are(given: str) -> None:
    assert detours(SERVICES, {"FACE_SERVICE": given}, 21000) == detours(SERVICES, {}, 21000)
