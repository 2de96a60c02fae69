"""Every kind of platform is offered, described and begun through one registry."""

from dataclasses import fields

import pytest

from faces.cli.main import cli
from platforms.registry import DEFAULT, PLATFORMS, capabilities, provider
from seam.errors import UserError
from seam.provider import Options


def test_each_platform_has_a_provider_with_manifests_that_begins_finds_and_tells_the_page() -> None:
    for name in PLATFORMS:
        assert {"begin", "find", "page"} <= set(dir(provider(name)))
        assert (provider(name).manifests / "kustomization.yaml").is_file()


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
