"""The wheel as a user gets it: built, installed into new environments, and run in an empty folder.

    python -m e2e.wheel_smoke [--out DIR]

Nothing of the clone is importable there, so this fails when the wheel lacks a file that the command needs. What is
installed is what the wheel asks for, in the versions and with the hashes that requirements.txt pins.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[1]
# Left out of the environment in which `faces` runs: it would lead back to the clone, or to what a clone has cached.
_OURS = ("COV", "PIP_", "PYTHON", "UV_", "VIRTUAL_ENV", "XDG_CACHE_HOME")
# In seconds, for a busy machine; the usual times are 1, 5, 1 and 50.
BUILD_LIMIT, INSTALL_LIMIT, COMMAND_LIMIT, DEMO_LIMIT = 60, 300, 60, 300
WHERE = """
import importlib, sys
for name in ("seam", "faces", "loadgen", "chaos", "rollouts", "platforms", "manifests"):
    file = importlib.import_module(name).__file__
    assert file and file.startswith(sys.prefix), f"{name} is imported from {file}"
"""


class SmokeError(Exception):
    """A sentence, and what the command said."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.wheel_smoke", description="Build, install, run.")
    parser.add_argument("--out", type=Path, default=Path("e2e-report/wheel"), help="where the demo's report is kept")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory(prefix="faces-wheel-") as temporary:
        try:
            smoke(Path(temporary), out)
        except SmokeError as failed:
            print(failed, file=sys.stderr)
            return 1
    return 0


def smoke(folder: Path, out: Path) -> None:
    with step("The wheel is built"):
        wheel = build(folder / "dist")
    with step("Without the extra, `faces` says in one sentence what to install"):
        says_what_to_install(Installed.of(folder / "core", wheel))
    with step("Installed with the extra"):
        full = Installed.of(folder / "full", wheel, "[platform]")
    with step("Every package is imported from the new environment, and `faces --version` answers"):
        full.run(full.python, "-c", WHERE)
        said = full.faces("--version")
        if wheel.name.split("-")[1] not in said:
            raise SmokeError(f"`faces --version` does not name the version of {wheel.name}: {said}")
    with step("`faces demo --auto` exits with 0 in an empty folder"):
        try:
            print(full.faces("demo", "--auto", limit=DEMO_LIMIT), end="")
        finally:  # the report of a demo that went wrong is needed most
            keep(full.empty / "report", out)
        check_report(out)


def build(folder: Path) -> Path:
    """With the pinned hatchling of this environment: nothing is downloaded."""
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT, os.environ, BUILD_LIMIT)
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it, beside an empty folder and an empty home."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, wheel: Path, extra: str = "") -> "Installed":
        made = cls(folder)
        made.empty.mkdir(parents=True)
        made.home.mkdir()
        uv("venv", "--quiet", "--python", sys.executable, str(made.venv))
        wanted = folder / "wanted.txt"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        wanted.write_text(f"faces{extra} @ {wheel.as_uri()} --hash=sha256:{digest}\n")
        uv(
            *("pip", "install", "--quiet", "--system-certs", "--python", made.python, "--require-hashes"),
            *("--constraints", str(ROOT / "requirements.txt"), "--requirements", str(wanted)),
        )
        return made

    @property
    def venv(self) -> Path:
        return self.folder / "venv"

    @property
    def python(self) -> str:
        return str(self.venv / "bin" / "python")

    @property
    def empty(self) -> Path:
        return self.folder / "empty"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def faces(self, *words: str, limit: int = COMMAND_LIMIT, code: int = 0) -> str:
        return self.run(str(self.venv / "bin" / "faces"), *words, limit=limit, code=code)

    def run(self, *command: str, limit: int = COMMAND_LIMIT, code: int = 0) -> str:
        """Run a command in the empty folder. SmokeError unless it exits with `code`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return run(command, self.empty, {**inherited, "HOME": str(self.home)}, limit, code)


def says_what_to_install(core: Installed) -> None:
    said = core.faces(code=2)
    if said.count("\n") != 1 or "pip install 'faces[platform]'" not in said:
        raise SmokeError(f"`faces` without its extra should say in one line what to install, but says:\n{said}")


def keep(report: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    if report.is_dir():
        shutil.copytree(report, out)
        print(f"  The report is in {out}.")


def check_report(report: Path) -> None:
    """SmokeError unless both files of the report are there, and one of them is JSON."""
    try:
        json.loads((report / "report.json").read_text())
        page = (report / "report.html").read_text()
    except (OSError, ValueError) as error:
        raise SmokeError(f"The demo's report is not whole: {error}") from None
    if "</html>" not in page:
        raise SmokeError("The demo's report.html is cut off.")


@contextmanager
def step(sentence: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"{sentence} ...", flush=True)
    yield
    print(f"  ok, {time.monotonic() - began:.1f} s", flush=True)


def uv(*words: str) -> None:
    run([find_uv_bin(), *words], ROOT, os.environ, INSTALL_LIMIT)


def run(command: Sequence[str], folder: Path, environ: Mapping[str, str], limit: int, code: int = 0) -> str:
    """What it said on both streams. SmokeError if it takes longer than `limit` seconds or exits with another code."""
    shown = " ".join([Path(command[0]).name, *command[1:3]])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            timeout=limit,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired as expired:
        said = (expired.output or b"").decode(errors="replace")
        raise SmokeError(f"`{shown}` has not ended in {limit} s; it said:\n{said}") from None
    said = done.stdout.decode(errors="replace")
    if done.returncode != code:
        raise SmokeError(f"`{shown}` exited with {done.returncode} instead of {code}; it said:\n{said}")
    return said


if __name__ == "__main__":
    sys.exit(main())
