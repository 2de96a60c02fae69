import os
import sys
from pathlib import Path

import pytest

from platforms.bare.host import CNI, NEEDS
from platforms.install import host
from platforms.install.host import Needs
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
    monkeypatch.setattr(host, "_POLICY", machine / "policy-rc.d")
    return folder


@pytest.fixture
def needs(machine: Path) -> Needs:
    """The bare cluster's, with a place of this test's own for the one program that has a full path."""
    cni = str(CNI / "ptp")
    return Needs(
        NEEDS.who, {str(machine / "ptp") if name == cni else name: package for name, package in NEEDS.programs.items()}
    )


def program(file: Path, script: str = "") -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    file.chmod(0o755)


def everything(folder: Path, needs: Needs, *but: str) -> None:
    for name in needs.programs:
        if Path(name).name not in but:
            program(folder / name)


def test_a_machine_with_everything_is_fine(bin_folder: Path, needs: Needs) -> None:
    everything(bin_folder, needs)
    assert needs.missing_packages() == []
    needs.check()


def test_what_is_missing_is_told_with_the_command_that_installs_it(bin_folder: Path, needs: Needs) -> None:
    everything(bin_folder, needs, "nft", "ptp")
    with pytest.raises(UserError) as told:
        needs.check()
    assert str(told.value) == (
        "The bare cluster needs programs that are missing here: add --install, or run "
        "apt-get install --no-install-recommends nftables containernetworking-plugins"
    )


def test_where_everything_is_missing_every_package_is_in_the_one_command(needs: Needs) -> None:
    with pytest.raises(UserError, match=f"apt-get install --no-install-recommends {ALL}$") as told:
        needs.check()
    assert "\n" not in str(told.value)


def test_sbin_is_looked_into_as_well(bin_folder: Path, machine: Path, needs: Needs) -> None:
    everything(bin_folder, needs, "nft")
    program(machine / "sbin" / "nft")
    assert host.find("nft") == str(machine / "sbin" / "nft")
    needs.check()


def test_a_file_that_cannot_be_run_does_not_count(bin_folder: Path, needs: Needs) -> None:
    everything(bin_folder, needs)
    (bin_folder / "ip").chmod(0o644)
    assert needs.missing_packages() == ["iproute2"]


def test_who_is_not_root_is_told_so_first(monkeypatch: pytest.MonkeyPatch, needs: Needs) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"needs root, because it makes namespaces and mounts: try again with sudo\.$"):
        needs.check()


def test_a_system_that_is_not_linux_is_told_what_works_there(monkeypatch: pytest.MonkeyPatch, needs: Needs) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"^The bare cluster needs Linux; on this system use `faces demo`"):
        needs.check()


APT = """
echo "$DEBIAN_FRONTEND $*" >> "{calls}"
case "$*" in *{broken}*) echo "E: Unable to locate package runc" >&2; exit 100;; esac
"""


@pytest.fixture
def calls(machine: Path) -> Path:
    return machine / "calls"


def test_what_is_missing_is_installed_and_nothing_else(bin_folder: Path, calls: Path, needs: Needs) -> None:
    everything(bin_folder, needs, "runc", "mount")
    program(bin_folder / "apt-get", APT.format(calls=calls, broken="nothing"))
    said: list[str] = []
    needs.install(said.append)
    assert said == ["Installing runc, mount..."]
    assert calls.read_text().splitlines() == [
        "noninteractive -qq -o DPkg::Lock::Timeout=300 update",
        "noninteractive -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends runc mount",
    ]


@pytest.mark.parametrize("broken", ["update", "install"])
def test_an_installation_that_fails_is_told_in_apts_words(
    bin_folder: Path, calls: Path, broken: str, needs: Needs
) -> None:
    program(bin_folder / "apt-get", APT.format(calls=calls, broken=broken))
    with pytest.raises(PlatformFailed, match=f"^apt-get {broken} failed: E: Unable to locate package runc$"):
        needs.install(lambda _: None)


@pytest.mark.parametrize("why", ["all is there", "not root", "no apt-get"])
def test_where_nothing_can_or_need_be_installed_nothing_is_tried(
    bin_folder: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, why: str, needs: Needs
) -> None:
    if why == "all is there":
        everything(bin_folder, needs)
    if why == "not root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if why != "no apt-get":
        program(bin_folder / "apt-get", APT.format(calls=calls, broken="nothing"))
    said: list[str] = []
    needs.install(said.append)
    assert said == []
    assert not calls.exists()


def test_no_service_starts_while_something_is_installed(bin_folder: Path, machine: Path, needs: Needs) -> None:
    everything(bin_folder, needs, "runc")
    policy = machine / "policy-rc.d"
    program(bin_folder / "apt-get", f'"{policy}"; echo "$?" >> "{machine}/answers"')
    needs.install(lambda _: None)
    assert (machine / "answers").read_text().split() == ["101", "101"]
    assert not policy.exists()


def test_whoever_has_a_policy_about_services_keeps_it(bin_folder: Path, machine: Path, needs: Needs) -> None:
    everything(bin_folder, needs, "runc")
    program(machine / "policy-rc.d", "exit 7")
    program(bin_folder / "apt-get", f'"{machine}/policy-rc.d"; echo "$?" >> "{machine}/answers"')
    needs.install(lambda _: None)
    assert (machine / "answers").read_text().split() == ["7", "7"]
    assert (machine / "policy-rc.d").exists()


def test_a_package_with_two_programs_is_named_once() -> None:
    two = Needs("It", {"surely-not-there": "one", "nor-this": "one", "nor-that": "two"})
    assert two.missing_packages() == ["one", "two"]
