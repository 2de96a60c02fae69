import os
import subprocess
import sys

import click
import pytest

from faces.cli.logs import level_of


@pytest.mark.parametrize(
    ("verbose", "variable", "level"),
    [
        (0, "", None),
        (1, "", "info"),
        (2, "", "debug"),
        (5, "", "debug"),
        (0, "warning", "warning"),
        (0, " DEBUG ", "debug"),
        (1, "error", "info"),
    ],
)
def test_who_asks_decides_what_is_logged(verbose: int, variable: str, level: str | None) -> None:
    assert level_of(verbose, {"FACES_LOG": variable} if variable else {}) == level


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(click.UsageError, match=r"^FACES_LOG='loud' is no level; use one of debug, info, warning, erro"):
        level_of(0, {"FACES_LOG": "loud"})


LOGGING = """
import logging, sys
from faces.cli.groups import Grouped
from faces.cli.logs import verbose_option
from faces.cli.running import run
import click

log = logging.getLogger("platforms.somewhere")
log.addHandler(logging.NullHandler())

@click.group(cls=Grouped, params=[verbose_option()])
def cli(): ...

@cli.command()
def work():
    async def worked():
        log.warning("lost")
        log.info("tried again")
        log.debug("asked")
    run(worked())
    print("done")

cli(sys.argv[1:])
"""


def logged(*words: str, variable: str = "") -> list[str]:
    """What a command in which a library logs writes to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", LOGGING, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env=os.environ | {"FACES_LOG": variable},
    )
    assert done.stdout == "done\n"
    return [line for line in done.stderr.splitlines() if "platforms.somewhere" in line]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("words", "variable", "said"),
    [
        (["work"], "", []),
        (["work"], "warning", ["WARNING platforms.somewhere: lost"]),
        (["-v", "work"], "", ["WARNING platforms.somewhere: lost", "INFO platforms.somewhere: tried again"]),
        (["work", "-v"], "error", ["WARNING platforms.somewhere: lost", "INFO platforms.somewhere: tried again"]),
        (
            ["-v", "work", "-v"],
            "",
            [
                "WARNING platforms.somewhere: lost",
                "INFO platforms.somewhere: tried again",
                "DEBUG platforms.somewhere: asked",
            ],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_nothing_is_logged_unless_somebody_asks_and_then_to_stderr(
    words: list[str], variable: str, said: list[str]
) -> None:
    assert logged(*words, variable=variable) == said
