import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.doctor.checking import Look
from platforms.embedded.doctor import examination
from platforms.embedded.doctor.examination import examine_embedded
from seam.doctor import Result
from seam.errors import NotRunning


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "program"
    file.touch(mode=0o755)
    return file


async def test_the_programs_of_this_machine_are_asked_for_their_versions() -> None:
    found = {one.check: one.finding for one in await examine_embedded(None)}
    assert (found["envoy"].result, found["envoy"].saw[:6]) == (Result.OK, "Envoy ")
    assert found["run"].saw == "No run is up; start one with `faces up` or `faces demo`"


async def test_a_run_that_is_named_and_not_up_is_a_mistake() -> None:
    with pytest.raises(NotRunning, match="No run named 'shop' is up"):
        await examine_embedded("shop")


async def test_a_program_says_its_version_anywhere(program: Path) -> None:
    program.write_text("#!/bin/sh\necho 'thing, version 1.2.3 (branch x)' >&2\n")
    assert await examination._version(program) == Look("1.2.3")


async def test_one_that_says_none_or_is_none_is_told(program: Path) -> None:
    program.write_text("#!/bin/sh\nexit 3\n")
    assert await examination._version(program) == Look(hidden="it exits with 3 and says no version")
    program.write_bytes(b"\x7fELF nothing")
    assert (await examination._version(program)).hidden == "Exec format error"
    assert await examination._version(program.with_name("absent")) == Look(absent="is not installed")
    assert await examination._version(None) == Look(absent="is not installed")


async def test_one_that_hangs_is_not_waited_for(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(examination, "_LIMIT_S", 0.2)
    assert await examination._version(program) == Look(hidden="no answer within 0.2 s")
