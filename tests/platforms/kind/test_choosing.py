import pytest

from platforms.kind.choosing import Machine, by_name, choice
from platforms.registry import capabilities


def never() -> bool:
    raise AssertionError("it does not matter")


@pytest.mark.parametrize(
    ("asked", "machine", "chosen"),
    [
        ("registries", Machine(never, never), "registries"),
        ("upstream", Machine(never, never), "upstream"),
        (None, Machine(lambda: True, lambda: True), "upstream"),
        (None, Machine(lambda: True, lambda: False), "registries"),
        (None, Machine(lambda: False, never), "registries"),
    ],
    ids=["registries", "upstream", "docker and registry", "docker alone", "nothing"],
)
def test_the_origin_is_the_one_asked_for_or_what_the_machine_can_do(
    asked: str | None, machine: Machine, chosen: str
) -> None:
    name, why = choice(asked, machine)
    assert name == chosen
    assert why


def test_every_origin_that_is_offered_is_there_under_its_name() -> None:
    origins = capabilities("kind").origins
    assert origins
    assert [by_name(name).name for name in origins] == list(origins)
