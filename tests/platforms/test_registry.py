"""Every kind of platform is offered, described and begun through one registry."""

from dataclasses import fields

import pytest

from faces.cli.main import cli
from platforms.registry import DEFAULT, PLATFORMS, capabilities, cluster_maker, provider
from seam.errors import UserError
from seam.provider import Options


def test_each_platform_has_a_provider_that_begins_finds_and_tells_the_page() -> None:
    for name in PLATFORMS:
        assert {"begin", "find", "names", "page"} <= set(dir(provider(name)))


def test_what_a_platform_takes_are_options_that_there_are() -> None:
    known = {option.name for option in fields(Options)}
    for one in PLATFORMS.values():
        assert one.options <= known
        assert "name" in one.options


def test_the_command_line_offers_what_is_registered_and_nothing_else() -> None:
    for command in ("demo", "up", "status", "down", "release"):
        on = next(option for option in cli.commands[command].params if option.name == "on")
        assert list(on.type.choices) == list(PLATFORMS)  # type: ignore[attr-defined]
        assert on.default == DEFAULT


def test_an_unknown_platform_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match="no platform 'docker'; choose embedded, bare, kind, cluster"):
        capabilities("docker")


def test_clusters_are_made_by_exactly_those_that_say_so() -> None:
    for name, can in PLATFORMS.items():
        if can.clusters:
            assert {"clusters", "make", "end"} <= set(dir(cluster_maker(name)))
        else:
            with pytest.raises(
                UserError, match=rf"^faces makes no clusters of the kind '{name}'; choose bare, kind\.$"
            ):
                cluster_maker(name)


def test_the_command_line_makes_clusters_where_the_registry_says_that_it_can() -> None:
    for command in ("up", "down"):
        on = next(option for option in cli.commands["cluster"].commands[command].params if option.name == "on")  # type: ignore[attr-defined]
        assert list(on.type.choices) == [name for name, can in PLATFORMS.items() if can.clusters]
