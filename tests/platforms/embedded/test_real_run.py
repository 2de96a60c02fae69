"""A run with all its real parts, Envoy and Prometheus among them."""

import asyncio
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from manifests import BASE
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import RunFolder, Settings, running_names, runs_folder
from seam.errors import PlatformFailed, RunEnded, UserError
from seam.releases import PodChange
from seam.views import PlatformView

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
# As the kernel writes 127.0.0.1 and, for a gRPC server, ::ffff:127.0.0.1.
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}


@pytest.fixture(scope="module", autouse=True)
def runs() -> Iterator[Path]:
    """Runs of nobody else, in a folder short enough for sockets."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="faces-test-") as folder:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        yield runs_folder()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(runs: Path) -> AsyncIterator[EmbeddedPlatform]:
    del runs
    async with await EmbeddedPlatform.start(Settings(str(BASE), attached=True), "real") as platform:
        yield platform
        await platform.down()


async def test_the_metrics_of_a_release_are_shown_before_there_is_one(run: EmbeddedPlatform) -> None:
    smiley = await run.rollout("smiley")
    assert [(metric.name, metric.demands, metric.run) for metric in smiley.metrics] == [
        ("success-rate", "at least 95 %", ""),
        ("latency-p99-ms", "at most 500 ms", ""),
        ("slow-bodies", "at most 5 %", ""),
        ("unreachable", "at most 5 %", ""),
        ("canary-share", "at least 5 %", ""),
        ("denied", "at most 5 %", ""),
        ("certificate-left", "more than 0 s", ""),
        ("gate", "at least 95 %", ""),
        ("gate", "at least 95 %", ""),
    ]
    assert smiley.events[-1].reason
    assert not smiley.measured


async def test_what_would_change_nothing_is_refused(run: EmbeddedPlatform) -> None:
    nothing = r"^Rollout smiley is fully promoted: there is nothing to "
    for verb in (run.promote("smiley"), run.promote("smiley", full=True), run.abort("smiley")):
        with pytest.raises(UserError, match=nothing):
            await verb
    with pytest.raises(UserError, match=r"^Rollout smiley was not aborted: there is nothing to retry\.$"):
        await run.retry("smiley")
    with pytest.raises(UserError, match=r"^Rollout smiley has no earlier revision: there is nothing to undo\.$"):
        await run.undo("smiley")
    with pytest.raises(UserError, match=r"^There is no revision 99; there is 1\.$"):
        await run.undo("smiley", 99)


async def test_no_fault_is_injected_where_none_was_given_or_there_are_none(run: EmbeddedPlatform) -> None:
    with pytest.raises(UserError, match=r"^No fault was given, so nothing was injected; "):
        await run.inject("color", {})
    with pytest.raises(UserError, match=r"^gui has no control port, so no fault can be switched on in it\.$"):
        await run.inject("gui", {"error": {"fraction": 20}})
    assert len(await run.inject("color", {"error": {"fraction": 0}})) == 2


async def test_everything_listens_on_loopback_and_sockets_are_their_owners_alone(
    run: EmbeddedPlatform, runs: Path
) -> None:
    view = await run.view()
    addresses = [address for pid in pids(view) for address in listening(pid)]
    assert len(addresses) > 10
    assert {address.partition(":")[0] for address in addresses} <= LOOPBACK
    modes = {file.name: file.stat().st_mode for file in (runs / "real").iterdir() if file.is_socket()}
    assert set(modes) == {"api.sock", "envoy.sock"}
    assert {stat.S_IMODE(mode) for mode in modes.values()} == {0o600}
    assert stat.S_IMODE(runs.stat().st_mode) == stat.S_IMODE((runs / "real").stat().st_mode) == 0o700


async def test_a_release_is_seen_as_soon_as_it_is_out_and_a_retry_starts_anew(run: EmbeddedPlatform) -> None:
    version = await run.release("color", "good", PodChange())
    released = await run.rollout("color")
    assert (released.current_version, released.revision) == (version, 2)
    await until(run, "color", lambda view: bool(view.analysis_runs))
    await run.abort("color")
    aborted = await until(run, "color", lambda view: view.aborted and view.canary_weight == 0)
    assert aborted.analysis_runs
    first = {one.name for one in aborted.analysis_runs}
    await run.retry("color")
    assert not {one.name for one in (await run.rollout("color")).analysis_runs} & first
    again = await until(run, "color", lambda view: bool(view.analysis_runs))
    assert not {one.name for one in again.analysis_runs} & first
    assert not {metric.run for metric in again.metrics} & first
    await run.undo("color")
    assert (await run.rollout("color")).revision == 3


@pytest.mark.parametrize(("rows", "complaint"), [("four", "NUM_ROWS='four' is"), ("0", "NUM_ROWS='0' is")])
async def test_a_variable_that_the_app_refuses_ends_the_start_at_once_and_leaves_nothing(
    runs: Path, shipped: Documents, write_folder: WriteFolder, rows: str, complaint: str
) -> None:
    shipped["config.yaml"][0]["data"]["NUM_ROWS"] = rows
    settings = Settings(str(write_folder(shipped)), attached=True)
    async with asyncio.timeout(25):  # it would wait for 30 s for a replica that is only slow
        with pytest.raises(UserError, match=f"^config.yaml: ConfigMap faces: data.NUM_ROWS: {complaint}"):
            await EmbeddedPlatform.start(settings, "refused")
    assert "refused" not in running_names()
    assert not (runs / "refused").exists()


async def test_a_manifest_that_is_refused_leaves_nothing(
    runs: Path, shipped: Documents, write_folder: WriteFolder
) -> None:
    shipped["smiley.yaml"][0]["spec"]["replicaz"] = 2
    with pytest.raises(UserError, match=r"^smiley.yaml: Rollout smiley: spec\.replicaz: "):
        await EmbeddedPlatform.start(Settings(str(write_folder(shipped)), attached=True), "refused")
    assert not (runs / "refused").exists()


async def test_who_uses_a_run_that_is_taken_down_or_fails_hears_which(runs: Path) -> None:
    for name, ended in (("taken", True), ("failed", False)):
        async with await EmbeddedPlatform.start(Settings(str(BASE)), name) as used:
            watching = used.watch_all()
            await anext(watching)
            view = await used.view()
            assert used.supervisor is not None
            if ended:
                async with EmbeddedPlatform.find(name) as other:
                    await other.down()
            else:
                used.supervisor.kill()
            await asyncio.to_thread(used.supervisor.wait)
            sentence = rf"^The run '{name}' was ended by somebody else\.$" if ended else "Its logs are in"
            with pytest.raises(PlatformFailed, match=sentence) as caught:
                await anext(watching)
            assert isinstance(caught.value, RunEnded) is ended
            with pytest.raises(PlatformFailed, match=sentence):
                await used.promote("smiley")
            while any(Path(f"/proc/{pid}").exists() for pid in pids(view)):
                await asyncio.sleep(0.02)
        assert (runs / name).exists() is not ended
        assert not RunFolder.of(name).socket.exists() or not ended


async def until(run: EmbeddedPlatform, name: str, condition: Callable[[Any], bool]) -> Any:
    async for view in run.watch(name):
        if condition(view):
            return view
    raise AssertionError


def pids(view: PlatformView) -> list[int]:
    pods = [pod.pid for rollout in view.rollouts for replica_set in rollout.replica_sets for pod in replica_set.pods]
    return [pid for pid in (*view.processes.values(), *pods) if pid is not None]


def listening(pid: int) -> list[str]:
    """ADDRESS:PORT, in hexadecimal, of everything that this process listens on by TCP."""
    inodes = {str(file.readlink()).removeprefix("socket:[").removesuffix("]") for file in open_files(pid)}
    found = []
    for family in ("tcp", "tcp6"):
        lines = [line.split() for line in Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]]
        found += [line[1] for line in lines if line[3] == "0A" and line[9] in inodes]
    return found


def open_files(pid: int) -> list[Path]:
    return [file for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]
