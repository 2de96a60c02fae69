import pytest

from loadgen.guarding import is_welcome

OWN = "127.0.0.1:8089"


@pytest.mark.parametrize(
    "headers",
    [
        {},  # curl, and browsers of old when an address is typed
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{OWN}"},
        {"Origin": f"http://{OWN}"},
    ],
    ids=["nothing", "typed", "from itself", "from itself, old browser"],
)
def test_the_page_itself_and_a_typed_address_are_welcome(headers: dict[str, str]) -> None:
    assert is_welcome({"Host": OWN, **headers}, 8089)


def test_the_page_has_a_second_name() -> None:
    assert is_welcome({"Host": "localhost:8089", "Origin": "http://localhost:8089"}, 8089)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": OWN, "Sec-Fetch-Site": "cross-site"},
        {"Host": OWN, "Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8080"},
        {"Host": OWN, "Origin": "http://page.example"},
        {"Host": OWN, "Origin": "null"},
        {"Host": OWN, "Origin": f"https://{OWN}"},
        {"Host": "page.example:8089"},
        {"Host": "127.0.0.1"},
        {},
    ],
    ids=["link", "other port", "other page", "sandbox", "other scheme", "rebound name", "other port asked", "no host"],
)
def test_no_other_page_is(headers: dict[str, str]) -> None:
    assert not is_welcome(headers, 8089)
