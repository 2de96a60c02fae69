"""Commands as a person can paste them: with the path under which this program was called, and the run's options."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faces.cli.place import Place

NAME = "faces"
# A command in a sentence, as everybody writes it who does not know how this program was called: `faces abort smiley`.
_QUOTED = re.compile(rf"`{NAME} ([^`]+)`")


def program(argv0: str, path: str, *, sudo: bool = False) -> str:
    """How this program is called again from the same folder: `faces` if `path` (PATH) finds it, else as it was.

    `sudo`: it was called through sudo.
    """
    called = argv0 if os.path.basename(argv0) == NAME else NAME  # noqa: PTH119 - text, not a file
    found = shutil.which(NAME, path=path)
    if os.sep not in called or (found is not None and os.path.realpath(found) == os.path.realpath(called)):
        called = NAME
    return f"{'sudo ' if sudo else ''}{shlex.quote(called)}"


def command_line(verb: str, place: "Place | None", argv0: str, path: str, *, sudo: bool = False) -> str:
    """`verb` with its arguments, aimed at the same run: `.venv/bin/faces promote smiley --name shop`."""
    words = place.words() if place is not None else ""
    return f"{program(argv0, path, sudo=sudo)} {verb} {words}".rstrip()


def pasteable(sentence: str, place: "Place | None", argv0: str, path: str, *, sudo: bool = False) -> str:
    """The sentence with each `faces VERB` in it made a command that can be pasted.

    A command that says already where it goes (`--on`, `--name`) keeps its options.
    """

    def again(quoted: re.Match[str]) -> str:
        verb = quoted[1]
        aimed = any(option in verb.split() for option in ("--on", "--name"))
        return f"`{command_line(verb, None if aimed else place, argv0, path, sudo=sudo)}`"

    return _QUOTED.sub(again, sentence)


def aimed(place: "Place", name: str) -> "Place":
    """The same place with the run's name said: what is pasted later still finds it when others are up."""
    return replace(place, options=replace(place.options, name=name))


def typed(verb: str, place: "Place | None" = None) -> str:
    """`command_line` for this very process."""
    return command_line(verb, place, sys.argv[0], os.environ.get("PATH", ""), sudo=_by_sudo(os.environ))


def with_commands(sentence: str, place: "Place | None" = None) -> str:
    """`pasteable` for this very process."""
    return pasteable(sentence, place, sys.argv[0], os.environ.get("PATH", ""), sudo=_by_sudo(os.environ))


def _by_sudo(environ: Mapping[str, str]) -> bool:
    """Whether a person typed `sudo faces ...`: then what they type next needs it as well."""
    ran = os.path.basename(environ.get("SUDO_COMMAND", "").partition(" ")[0])  # noqa: PTH119 - text, not a file
    return os.geteuid() == 0 and ran in (NAME, "make")
