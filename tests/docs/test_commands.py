"""What the README and the docs tell one to type exists: every target of make, every verb of faces, every option."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from chaos.catalogue import RELEASES
from faces.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`((?:\.venv/bin/)?faces [a-z][^`]*|make [a-z][^`]*)`")


def commands(page: Path) -> Iterator[list[str]]:
    """Each command of a page, in words, without comments, `sudo` and the path of `faces`."""
    text = page.read_text()
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()] + INLINE.findall(text)
    for line in lines:
        for one in line.replace("&&", ";").split(";"):
            words = shlex.split(one, comments=True)
            if words[:1] == ["sudo"]:
                words = words[1:]
            if words and (words[0].rpartition("/")[2] in ("faces", "make")):
                yield [words[0].rpartition("/")[2], *words[1:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for program, *words in commands(page):
        if program == "make":
            assert {word for word in words if "=" not in word} <= targets, words
        elif words and not words[0].startswith("-"):
            check(words)


def check(words: list[str]) -> None:
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        assert words[0] in command.commands, words
        command, words = command.commands[words[0]], words[1:]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= options | {"--help"}, (command.name, given - options)
    for option, value in pairwise(words):
        if option == "--as" and not value.endswith(".yaml") and value.islower():
            assert value in {release.name for release in RELEASES}


def test_the_pages_have_commands_at_all() -> None:
    assert sum(len(list(commands(page))) for page in PAGES) > 40


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"
