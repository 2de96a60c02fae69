import pytest

from platforms.install.extras import chosen
from platforms.kind.choosing import Machine, by_name, choice
from platforms.kind.upstream import Upstream
from platforms.registry import capabilities
from seam.errors import UserError


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


def test_what_upstream_has_not_got_on_top_yet_is_refused_with_what_helps() -> None:
    with pytest.raises(UserError) as told:
        Upstream().prepare(chosen(["argocd"]), lambda _: None)
    assert str(told.value) == (
        "Argo CD cannot be installed from upstream images yet: use --from registries, or leave --with out."
    )
