import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from platforms.kind import runc

ALL = 0x1FFFFFFFFFF
STATUS = "Name:\tsh\nCapInh:\t0000000000000000\nCapBnd:\t{:016x}\nNoNewPrivs:\t0\n"


def process() -> dict[str, Any]:
    names = [f"CAP_{name}" for name in runc._NAMES]
    return {"args": ["sh"], "capabilities": {"bounding": names, "effective": [*names], "permitted": [*names]}}


@pytest.mark.parametrize(
    ("bounding", "missing"),
    [
        (ALL, set()),
        (ALL & ~(1 << 24), {"CAP_SYS_RESOURCE"}),
        (ALL & ~(1 << 0 | 1 << 40), {"CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"}),
    ],
)
def test_what_the_kernel_does_not_grant_is_known_by_name(bounding: int, missing: set[str]) -> None:
    assert runc.missing(STATUS.format(bounding)) == missing


def test_what_cannot_be_given_is_taken_out_of_every_set_and_nothing_else() -> None:
    changed = process()
    runc.without(changed, {"CAP_SYS_RESOURCE", "CAP_NET_ADMIN"})
    for names in changed["capabilities"].values():
        assert len(names) == len(runc._NAMES) - 2
        assert not {"CAP_SYS_RESOURCE", "CAP_NET_ADMIN"} & set(names)
    assert changed["args"] == ["sh"]


def test_a_process_without_capabilities_stays_as_it_is() -> None:
    changed = {"args": ["sh"]}
    runc.without(changed, {"CAP_SYS_RESOURCE"})
    assert changed == {"args": ["sh"]}


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["--root", "/r", "create", "--bundle", "/b", "--pid-file", "/p", "id"], ("/b/config.json", True)),
        (["create", "-b", "/b", "id"], ("/b/config.json", True)),
        (["--log", "/l", "exec", "--process", "/p.json", "id"], ("/p.json", False)),
        (["--root", "/r", "kill", "id", "9"], None),
        (["--bundle"], None),
        ([], None),
    ],
)
def test_the_file_that_describes_what_starts(arguments: list[str], file: tuple[str, bool] | None) -> None:
    assert runc.described(arguments) == file


@pytest.mark.parametrize("verb", ["create", "exec"])
def test_it_changes_the_description_and_becomes_runc(machine: Path, verb: str) -> None:
    (machine / "runc").write_text('#!/bin/sh\necho "$0 $@"\n')
    (machine / "runc").chmod(0o755)
    file = machine / ("config.json" if verb == "create" else "process.json")
    described = {"process": process(), "root": {"path": "rootfs"}} if verb == "create" else process()
    file.write_text(json.dumps(described))
    options = ["--bundle", str(machine)] if verb == "create" else ["--process", str(file)]
    done = subprocess.run(
        [sys.executable, "-IS", runc.__file__, "--root", "/r", verb, *options, "id"],
        env={**os.environ, "PATH": f"{machine}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{machine}/runc --root /r {verb} {' '.join(options)} id\n"
    told = json.loads(file.read_text())
    given = (told["process"] if verb == "create" else told)["capabilities"]
    refused = runc.missing(Path("/proc/self/status").read_text())
    assert set(given["bounding"]) == {f"CAP_{name}" for name in runc._NAMES} - refused
    assert verb == "exec" or told["root"] == {"path": "rootfs"}
