import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
import structlog

from faces.cli import logs
from faces.cli.logs import level_of


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


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


def logged(*words: str, said: dict[str, str] | None = None) -> tuple[str, str]:
    """(output, errors) of a command in which a library logs."""
    program = """
import sys, click, structlog
from faces.cli.groups import Grouped
from faces.cli.logs import verbose_option
from faces.cli.running import run

@click.group(cls=Grouped, params=[verbose_option()])
def cli(): ...

@cli.command()
def work():
    async def worked():
        structlog.get_logger().info("tried again", attempt=2)
        structlog.get_logger().debug("asked")
    run(worked())
    print("done")

cli(sys.argv[1:])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "FACES_LOG": "", **(said or {})},
    )
    return done.stdout, done.stderr


@pytest.mark.timeout(60)
def test_nothing_is_logged_unless_somebody_asks_and_never_where_results_are_printed() -> None:
    assert logged("work") == ("done\n", "")
    for words, said in ((("-v", "work"), None), (("work", "-v"), None), (("work",), {"FACES_LOG": "info"})):
        output, errors = logged(*words, said=said)
        assert output == "done\n"
        assert "tried again" in errors
        assert "attempt=2" in errors
        assert "asked" not in errors
    assert "asked" in logged("-v", "work", "-v")[1]


def test_who_imports_no_library_that_logs_does_not_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "structlog")
    logs.configure()
    assert "structlog" not in sys.modules


def test_a_logger_that_was_made_before_is_silenced_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    log = structlog.get_logger()
    logs.configure()
    log.critical("the end")
    assert printed.getvalue() == ""
