import io
import tarfile
from pathlib import Path

import pytest

from platforms.install.toolbox import Toolbox
from platforms.kind import node_image
from platforms.kind.node_image import Added, added, key, left_out, write


@pytest.fixture
def base(machine: Path) -> Path:
    """A distribution's tar, with what is to be left out, a hard link, and a file that is replaced."""
    file = machine / "kind-node-x.tar"
    units = "./etc/systemd/system/multi-user.target.wants/cron.service"
    with tarfile.open(file, "w") as tar:
        for folder in (".", "./kind", "./usr/bin"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name, text in (
            ("./usr/bin/containerd", "c"),
            ("./etc/machine-id", "1"),
            (units, ""),
            ("./kind/version", "old"),
        ):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("./usr/bin/same")
        link.type, link.linkname = tarfile.LNKTYPE, "./usr/bin/containerd"
        tar.addfile(link)
    return file


@pytest.fixture
def module(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """kind's base files, as read-only as in a module's directory."""
    folder = machine / "files"
    for name, text in {
        "usr/local/bin/entrypoint": "#!/bin/bash\n",
        "kind/bin/hook.sh": "#!/bin/sh\n",
        "etc/systemd/system/kubelet.service": "[Unit]\n",
        "etc/containerd/config.toml": 'sandbox_image = "theirs"\nrestrict_oom_score_adj = false\n',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o444)
    monkeypatch.setattr(node_image, "_default_spec", lambda: '{"process": {}}')
    return folder


def made_of(base: Path, files: list[Added], images: Path) -> dict[str, tarfile.TarInfo]:
    """{place: its entry} of the image."""
    out = io.BytesIO()
    write(out, base, files, images)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        entries = {entry.name.removeprefix("./"): entry for entry in tar}
        assert len(entries) == len(tar.getnames()), "Docker refuses a path that is there twice"
        return entries


@pytest.fixture
def images(machine: Path) -> Path:
    file = machine / "control-plane.tar"
    file.write_bytes(b"archive")
    return file


def test_the_image_is_the_distribution_with_kinds_files_and_the_programs(
    base: Path, module: Path, toolbox: Toolbox, images: Path
) -> None:
    files = added(module, toolbox, "v1.35.4", "faces.dev/pause:1")
    made = made_of(base, files, images)
    assert {"usr/bin/containerd", "usr/bin/same", "kind/version", "usr/bin/kubeadm"} <= set(made)
    for place in ("usr/local/bin/entrypoint", "kind/bin/hook.sh", "usr/bin/kubelet", "usr/bin/kubectl"):
        assert made[place].mode == 0o755
    for place in ("etc/systemd/system/kubelet.service", "etc/containerd/config.toml", "kind/version"):
        assert made[place].mode == 0o644
    assert made["usr/sbin/init"].linkname == "/usr/lib/systemd/systemd"
    assert made["etc/systemd/system/multi-user.target.wants/kubelet.service"].issym()
    assert all((entry.uid, entry.gid) == (0, 0) for entry in made.values())
    assert made["kind/images/control-plane.tar"].size == len(b"archive")
    written = {file.place: file.content for file in files}
    assert b'"faces.dev/pause:1"' in bytes(written["etc/containerd/config.toml"])  # type: ignore[arg-type]


def test_every_folder_is_there_before_what_is_in_it(base: Path, module: Path, toolbox: Toolbox, images: Path) -> None:
    out = io.BytesIO()
    write(out, base, added(module, toolbox, "v1", "p"), images)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        ours = [entry.name for entry in tar if not entry.name.startswith(".")]
    seen = {"kind", "usr", "usr/bin"}  # the distribution's
    for name in ours:
        assert {str(folder) for folder in Path(name).parents} - {"."} <= seen
        seen.add(name)


@pytest.mark.parametrize(
    "place",
    [
        "etc/machine-id",
        "etc/systemd/system/timers.target.wants/apt-daily.timer",
        "usr/lib/systemd/system/sockets.target.wants/systemd-udevd-control.socket",
        "usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
    ],
)
def test_units_that_a_container_has_no_use_for_are_left_out(place: str) -> None:
    assert left_out(place)


@pytest.mark.parametrize(
    "place",
    [
        "usr/lib/systemd/system/sockets.target.wants/dbus.socket",
        "usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup-dev.service",
        "usr/lib/systemd/system/multi-user.target",
    ],
)
def test_other_units_stay(place: str) -> None:
    assert not left_out(place)


@pytest.mark.parametrize("changed", ["nothing", "a file", "a mode", "a program", "the packages"])
def test_an_image_of_other_content_has_another_name(changed: str) -> None:
    before = key(Path("/c/kind-node-a.tar"), [Added("x", b"1"), Added("y", Path("/c/kubelet-1"))], [Path("/c/etcd-1")])
    base = Path("/c/kind-node-b.tar" if changed == "the packages" else "/c/kind-node-a.tar")
    first = Added("x", b"2" if changed == "a file" else b"1", 0o755 if changed == "a mode" else 0o644)
    program = Path("/c/etcd-2" if changed == "a program" else "/c/etcd-1")
    after = key(base, [first, Added("y", Path("/c/kubelet-1"))], [program])
    assert (before == after) == (changed == "nothing")
