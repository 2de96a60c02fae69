import os
import sys
from pathlib import Path

import pytest

from platforms.bare import host
from seam.errors import PlatformFailed, UserError

ALL = "containerd runc mmdebstrap nftables conntrack iproute2 util-linux mount containernetworking-plugins"


@pytest.fixture(autouse=True)
def root_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture(autouse=True)
def bin_folder(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has nothing at all."""
    folder = machine / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(host, "_SBIN", (str(machine / "sbin"),))
    cni = str(host.CNI / "ptp")
    wanted = {str(machine / "ptp") if program == cni else program: package for program, package in known().items()}
    monkeypatch.setattr(host, "_PROGRAMS", wanted)
    return folder


def known() -> dict[str, str]:
    return host._PROGRAMS


def program(file: Path, script: str = "") -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    file.chmod(0o755)


def everything(folder: Path, *but: str) -> None:
    for name in known():
        if Path(name).name not in but:
            program(folder / name)


def test_a_machine_with_everything_is_fine(bin_folder: Path) -> None:
    everything(bin_folder)
    assert host.missing_packages() == []
    host.check()


def test_what_is_missing_is_told_with_the_command_that_installs_it(bin_folder: Path) -> None:
    everything(bin_folder, "nft", "ptp")
    with pytest.raises(UserError) as told:
        host.check()
    assert str(told.value) == (
        "The bare cluster needs programs that are missing here: add --install, or run "
        "apt-get install --no-install-recommends nftables containernetworking-plugins"
    )


def test_where_everything_is_missing_every_package_is_in_the_one_command() -> None:
    with pytest.raises(UserError, match=f"apt-get install --no-install-recommends {ALL}$") as told:
        host.check()
    assert "\n" not in str(told.value)


def test_sbin_is_looked_into_as_well(bin_folder: Path, machine: Path) -> None:
    everything(bin_folder, "nft")
    program(machine / "sbin" / "nft")
    assert host.find("nft") == str(machine / "sbin" / "nft")
    host.check()


def test_a_file_that_cannot_be_run_does_not_count(bin_folder: Path) -> None:
    everything(bin_folder)
    (bin_folder / "ip").chmod(0o644)
    assert host.missing_packages() == ["iproute2"]


def test_who_is_not_root_is_told_so_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"needs root, because it makes namespaces and mounts: try again with sudo\.$"):
        host.check()


def test_a_system_that_is_not_linux_is_told_what_works_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"^The bare cluster needs Linux; on this system use `faces demo`"):
        host.check()


APT = """
echo "$DEBIAN_FRONTEND $*" >> "{calls}"
case "$*" in *{broken}*) echo "E: Unable to locate package runc" >&2; exit 100;; esac
"""


@pytest.fixture
def calls(machine: Path) -> Path:
    return machine / "calls"


def test_what_is_missing_is_installed_and_nothing_else(bin_folder: Path, calls: Path) -> None:
    everything(bin_folder, "runc", "mount")
    program(bin_folder / "apt-get", APT.format(calls=calls, broken="nothing"))
    said: list[str] = []
    host.install(said.append)
    assert said == ["Installing runc, mount..."]
    assert calls.read_text().splitlines() == [
        "noninteractive -qq update",
        "noninteractive -qq install --yes --no-install-recommends runc mount",
    ]


@pytest.mark.parametrize("broken", ["update", "install"])
def test_an_installation_that_fails_is_told_in_apts_words(bin_folder: Path, calls: Path, broken: str) -> None:
    program(bin_folder / "apt-get", APT.format(calls=calls, broken=broken))
    with pytest.raises(PlatformFailed, match=f"^apt-get {broken} failed: E: Unable to locate package runc$"):
        host.install(lambda _: None)


@pytest.mark.parametrize("why", ["all is there", "not root", "no apt-get"])
def test_where_nothing_can_or_need_be_installed_nothing_is_tried(
    bin_folder: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "all is there":
        everything(bin_folder)
    if why == "not root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if why != "no apt-get":
        program(bin_folder / "apt-get", APT.format(calls=calls, broken="nothing"))
    said: list[str] = []
    host.install(said.append)
    assert said == []
    assert not calls.exists()
