import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from platforms.embedded.settings import RunFolder, Settings, claim, is_running, running_names, runs_folder
from seam.errors import UserError

HOLD = "from platforms.embedded.settings import claim; claim(None); print('held', flush=True); input()"


@pytest.fixture(autouse=True)
def short_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Runs of nobody else: short, because the path of a socket has to be."""
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def claimed() -> Iterator[list[int]]:
    """Locks to be let go at the end."""
    handles: list[int] = []
    yield handles
    for handle in handles:
        os.close(handle)


def test_without_a_name_each_claim_gets_another(claimed: list[int]) -> None:
    names = []
    for _ in range(4):
        folder, handle = claim(None)
        claimed.append(handle)
        names.append(folder.path.name)
    assert names == ["demo", "demo-2", "demo-3", "demo-4"]
    assert running_names() == sorted(names)


def test_claims_at_the_same_moment_never_get_the_same_name(claimed: list[int]) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: claim(None), range(16)))
    claimed += [handle for _, handle in got]
    assert len({folder.path for folder, _ in got}) == 16


def test_a_name_that_is_up_is_refused_in_one_sentence(claimed: list[int]) -> None:
    claimed.append(claim("mine")[1])
    with pytest.raises(UserError, match=r"^A run named 'mine' is up already; end it with `faces down`, or choose"):
        claim("mine")


def test_a_name_is_free_again_when_its_lock_is_let_go() -> None:
    folder, handle = claim("mine")
    assert is_running(folder)
    os.close(handle)
    assert not is_running(folder)
    assert running_names() == []
    os.close(claim("mine")[1])


@pytest.mark.timeout(40)
def test_a_process_that_is_killed_lets_its_name_go() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert running_names() == ["demo"]
        holder.kill()
        holder.wait()
    assert running_names() == []


@pytest.mark.parametrize("name", ["a/b", "..", "Demo", "my.run", "-x", "x-", "é", "a" * 41, "a\nb", "a b"])
def test_a_name_that_is_no_file_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a run; use at most 40 lower case letters, digits and dashes"):
        claim(name)
    assert list(runs_folder().iterdir()) == []


def test_a_folder_that_is_too_deep_for_a_socket_is_refused_with_the_way_out(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = short_folder / ("d" * 90)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with pytest.raises(UserError, match="too long for a socket; set XDG_RUNTIME_DIR to a shorter folder"):
        claim("mine")


def test_a_folder_that_others_can_enter_is_refused(short_folder: Path) -> None:
    runs_folder().chmod(0o755)
    with pytest.raises(UserError, match="is open to others, who could command your runs"):
        claim("mine")
    (short_folder / "faces").chmod(0o700)
    os.close(claim("mine")[1])


def test_without_a_usable_runtime_folder_runs_are_under_the_temporary_one(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    wanted = short_folder / f"faces-{os.getuid()}"
    for value in ("", str(short_folder / "nowhere")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        assert runs_folder() == wanted
    assert wanted.stat().st_mode & 0o777 == 0o700


def test_settings_come_back_as_they_were_written() -> None:
    settings = Settings("manifests", port=8081, attached=True, seed=7)
    folder = RunFolder.of("mine")
    folder.write(settings)
    assert folder.read() == settings
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.logs.is_dir()
