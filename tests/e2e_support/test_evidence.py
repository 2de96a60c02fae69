import json
from dataclasses import replace
from pathlib import Path

from chaos.catalogue import find
from e2e.evidence import RELEASE, Evidence
from e2e.reports import read
from e2e.watched import Watched
from e2e.witness import Seen, Witness
from loadgen.samples import Sample, SampleWriter
from tests.e2e_support.stubs import SMILEY, StubPlatform

CANARY = replace(SMILEY, phase="Progressing", current_version="v2", current_hash="bbb", current_step_index=0)
STORY = (
    (1_000.0, CANARY),
    (1_001.0, replace(CANARY, canary_weight=30, stable_weight=70)),
    (1_009.0, replace(CANARY, phase="Degraded", aborted=True, message="RolloutAborted: why")),
)


def rolled_back() -> tuple[Witness, Watched]:
    witness = Witness()
    witness.seen = [Seen(number, t, view) for number, (t, view) in enumerate(STORY)]
    watched = Watched("v2", 999.5, release=find("errors-40"), workload="smiley", read=0)
    for seen in witness.seen:
        watched.take_in(seen)
    return witness, watched


def samples() -> list[Sample]:
    return [
        Sample(t=995 + second, ms=5, kind="tile", ok=second != 7, status=200, user="u", smiley="v1")
        for second in range(20)
    ]


def log(folder: Path) -> Path:
    path = folder / "visitors.ndjson"
    with path.open("w") as file:
        for sample in samples():
            SampleWriter(file).write(sample)
    return path


async def nothing_of_its_own(folder: Path) -> None:
    folder.mkdir()


async def test_a_release_that_ended_leaves_a_report_and_its_figures(tmp_path: Path) -> None:
    noted: list[tuple[str, str]] = []
    evidence = Evidence(tmp_path / "test", tmp_path, lambda name, value: noted.append((name, value)))
    _, watched = rolled_back()
    await evidence.report(StubPlatform(), [watched], samples())  # type: ignore[arg-type]
    (report,) = read(tmp_path / "test")
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("rolled_back", True, 9.5)
    ((name, value),) = noted
    assert name == RELEASE
    assert json.loads(value)["weights"] == [0, 30, 0]
    assert json.loads(value)["failed"] == 1


async def test_a_release_that_came_to_no_end_has_no_report(tmp_path: Path) -> None:
    watched = Watched("v2", 999.5, release=find("good"), workload="smiley", read=0)
    await Evidence(tmp_path / "test", tmp_path).report(StubPlatform(), [watched], [])  # type: ignore[arg-type]
    assert not read(tmp_path / "test")


async def test_a_bundle_holds_every_part_that_can_be_had_and_says_why_another_cannot(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "test", tmp_path)
    witness, watched = rolled_back()
    error = AssertionError("not as wanted")
    platform = StubPlatform()  # whose Prometheus does not answer
    await evidence.bundle(error, platform, witness, [watched], log(tmp_path), nothing_of_its_own)  # type: ignore[arg-type]
    bundle = evidence.bundled
    assert {path.name for path in bundle.iterdir()} == {
        *("error.txt", "events.txt", "metrics", "platform", "prometheus", "prometheus-is-missing.txt"),
        *("timeline.ndjson", "timeline.txt", "views.json", "visitors.ndjson"),
    }
    assert "AssertionError: not as wanted" in (bundle / "error.txt").read_text()
    assert "Cannot connect" in (bundle / "prometheus-is-missing.txt").read_text()
    assert (bundle / "timeline.txt").read_text().splitlines() == [
        "00:16:40.000 smiley v2 Progressing at 0 %, step 0 of 2",
        "00:16:41.000 smiley v2 Progressing at 30 %, step 0 of 2",
        "00:16:49.000 smiley v2 Degraded at 0 %, step 0 of 2 (RolloutAborted: why)",
    ]
    assert (bundle / "events.txt").read_text() == "00:16:40.000 smiley Normal RolloutUpdated: smiley updated\n"
    assert (bundle / "metrics" / "smiley-aaa-1.txt").read_text() == "faces_requests_total 3\n"
    assert len((bundle / "visitors.ndjson").read_text().splitlines()) == len(samples())
    assert len(read(evidence.folder)) == 1


async def test_a_bundle_of_a_platform_that_is_gone_still_tells_what_was_seen(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "test", tmp_path)
    witness, watched = rolled_back()

    async def gone(_: Path) -> None:
        raise ConnectionError("nobody is there")

    await evidence.bundle(TimeoutError(), object(), witness, [watched], tmp_path / "none", gone)  # type: ignore[arg-type]
    left = {path.name for path in evidence.bundled.iterdir()}
    assert {"error.txt", "timeline.txt", "timeline.ndjson", "views-is-missing.txt", "platform-is-missing.txt"} <= left
    assert "nobody is there" in (evidence.bundled / "platform-is-missing.txt").read_text()


def test_what_an_earlier_run_left_is_forgotten(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "test", tmp_path)
    evidence.bundled.mkdir(parents=True)
    evidence.forget()
    assert not evidence.began
    evidence.begin()
    assert evidence.began
    assert not evidence.bundled.exists()
