import hashlib
import io
import platform
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from platforms.embedded.prometheus import binary as prometheus_binary
from platforms.embedded.prometheus.binary import PINNED, VERSION, Release, ensure, find, main
from seam.errors import UserError

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
SYSTEM = f"{platform.system().lower()}-{MACHINE}"
NAME = f"prometheus-{VERSION}.{SYSTEM}"
# Nobody listens on port 9 of loopback.
NOWHERE = Release("http://127.0.0.1:9", {SYSTEM: "0" * 64})

Tool = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with none of the programs that could help."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("no_proxy", "*")
    return folder


@pytest.fixture
def tool(bare_path: Path) -> Tool:
    def make(name: str, script: str) -> Path:
        program = bare_path / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def archive(member: str = f"{NAME}/prometheus") -> bytes:
    content, data = io.BytesIO(), b"#!/bin/sh\necho the release\n"
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        entry = tarfile.TarInfo(member)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return content.getvalue()


Serve = Callable[[bytes], Release]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server of one archive, under the name that a release has, and the pin that fits it."""
    served: dict[str, bytes] = {}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def start(content: bytes) -> Release:
            served[f"/v1/{NAME}.tar.gz"] = content
            digest = hashlib.sha256(content).hexdigest()
            return Release(f"http://127.0.0.1:{server.server_port}/v1", {SYSTEM: digest})

        yield start
        server.shutdown()
        thread.join()


def test_the_one_on_path_comes_first(cache: Path, tool: Tool) -> None:
    (cache / "prometheus").mkdir(parents=True)
    cached = cache / "prometheus" / "prometheus"
    cached.write_text("")
    cached.chmod(0o755)
    assert ensure(cache=cache, release=NOWHERE) == cached
    on_path = tool("prometheus", "exit 0")
    assert ensure(cache=cache, release=NOWHERE) == on_path


def test_a_file_in_the_cache_that_cannot_be_run_does_not_count(cache: Path) -> None:
    (cache / "prometheus").mkdir(parents=True)
    (cache / "prometheus" / "prometheus").write_text("")
    assert find(cache) is None


def test_the_release_is_downloaded_checked_and_kept(cache: Path, serve: Serve) -> None:
    said: list[str] = []
    release = serve(archive())
    binary = ensure(said.append, cache, release)
    assert binary == cache / "prometheus" / "prometheus"
    assert "echo the release" in binary.read_text()
    assert binary.stat().st_mode & 0o777 == 0o755
    assert said == [f"Downloading Prometheus {VERSION} ..."]
    assert list(binary.parent.iterdir()) == [binary]
    assert ensure(said.append, cache, NOWHERE) == binary


def test_a_download_that_is_not_the_pinned_one_is_refused(cache: Path, serve: Serve) -> None:
    release = serve(archive())
    pinned = Release(release.address, {SYSTEM: "0" * 64})
    with pytest.raises(UserError, match=rf"the download of {NAME} has sha256 .*, which is not the pinned one"):
        ensure(cache=cache, release=pinned)
    assert find(cache) is None


@pytest.mark.parametrize("content", [b"no archive", archive("elsewhere/prometheus")], ids=["broken", "other content"])
def test_an_archive_that_does_not_hold_it_is_refused(cache: Path, serve: Serve, content: bytes) -> None:
    with pytest.raises(UserError, match=r"^Prometheus is missing and could not be installed"):
        ensure(cache=cache, release=serve(content))


def test_a_release_that_is_not_there_is_refused(cache: Path, serve: Serve) -> None:
    release = serve(b"")
    with pytest.raises(UserError, match="its release cannot be reached: Not Found"):
        ensure(cache=cache, release=Release(f"{release.address}/elsewhere", release.sha256))


def test_a_system_without_a_pin_is_told(cache: Path) -> None:
    with pytest.raises(UserError, match=f"no release is pinned for {SYSTEM}"):
        ensure(cache=cache, release=Release("http://127.0.0.1:9", {}))


DOWNLOAD = """
case "$*" in *download*) touch prometheus_2_amd64.deb;; esac
"""
UNPACK = """
mkdir -p "$3/usr/bin" && echo "the package $2" > "$3/usr/bin/prometheus"
"""
NEEDS_UPDATE = """
case "$*" in
  *update*) touch lists;;
  *download*) if [ -e lists ]; then touch prometheus_2_amd64.deb; else exit 100; fi;;
esac
"""


@pytest.mark.parametrize("apt", [DOWNLOAD, NEEDS_UPDATE], ids=["at once", "after an update of its own"])
def test_where_the_release_cannot_be_had_the_distributions_package_is_unpacked(
    cache: Path, tool: Tool, apt: str
) -> None:
    tool("apt-get", apt)
    tool("dpkg", UNPACK)
    said: list[str] = []
    binary = ensure(said.append, cache, NOWHERE)
    assert binary.read_text().startswith("the package ")
    assert said[-1] == "Unpacking Prometheus from the distribution's package ..."


def test_where_nothing_works_one_sentence_says_why_and_what_to_do(cache: Path, tool: Tool) -> None:
    with pytest.raises(UserError) as told:
        ensure(cache=cache, release=NOWHERE)
    assert re.fullmatch(
        r"Prometheus is missing and could not be installed \(its release cannot be reached: \[Errno \d+\] Connection "
        r"refused; this system has no apt-get to take its package from\); install it so that `prometheus` is on PATH "
        r"\(Debian, Ubuntu: apt-get install prometheus; macOS: brew install prometheus\) and try again\.",
        str(told.value),
    )
    tool("apt-get", "echo 'E: no network' >&2; echo 'E: really' >&2; exit 100")
    tool("dpkg", "exit 1")
    with pytest.raises(UserError) as told:
        ensure(cache=cache, release=NOWHERE)
    assert "apt-get failed: E: no network E: really" in str(told.value)
    assert "\n" not in str(told.value)


def test_the_cache_is_where_the_system_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prometheus_binary.cache_folder() == tmp_path / "xdg" / "faces"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert prometheus_binary.cache_folder() == tmp_path / ".cache" / "faces"


def test_as_a_command_it_says_where_it_stands(tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    tool("prometheus", "exit 0")
    assert main() == 0
    assert capsys.readouterr() == ("", "")


def test_as_a_command_it_fails_with_the_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> Path:
        raise UserError("No.")

    monkeypatch.setattr(prometheus_binary, "ensure", refuse)
    assert main() == 2
    assert capsys.readouterr() == ("", "No.\n")


def test_every_pin_is_a_sha256_of_a_system_that_can_be_this_one() -> None:
    assert set(PINNED.sha256) == {
        f"{system}-{machine}" for system in ("linux", "darwin") for machine in ("amd64", "arm64")
    }
    assert all(len(digest) == 64 and int(digest, 16) for digest in PINNED.sha256.values())
    assert PINNED.address.startswith("https://")
