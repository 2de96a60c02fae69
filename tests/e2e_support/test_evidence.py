import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chaos.catalogue import find
from chaos.experiment import ReleaseRun, Session, Witness
from chaos.experiment.witness import Seen
from chaos.record import End, Progress
from e2e.evidence import RELEASE, Evidence
from e2e.reports import read
from loadgen.samples import Sample, SampleWriter
from seam.views import RolloutView
from tests.e2e_support.stubs import SMILEY, StubPlatform

CANARY = replace(SMILEY, phase="Progressing", current_version="v2", current_hash="bbb", current_step_index=0)
STORY = (
    (1_000.0, CANARY),
    (1_001.0, replace(CANARY, canary_weight=30, stable_weight=70)),
    (1_009.0, replace(CANARY, phase="Degraded", aborted=True, message="RolloutAborted: why")),
)


class StubVisitors:
    """Have sent what `samples` holds."""

    def all(self) -> list[Sample]:
        return samples()


def session(platform: object, story: Sequence[tuple[float, RolloutView]] = ()) -> Session:
    """One in which errors-40 went out as v2, and `story` was seen of it."""
    witness = Witness()
    witness.seen = [Seen(number, t, view) for number, (t, view) in enumerate(story)]
    run = ReleaseRun(find("errors-40"), "smiley", Progress("v2", 999.5), 995, 0)
    for seen in witness.seen:
        run.take_in(seen)
    if run.progress.settled_at is not None:
        run.end(End.SETTLED)
    return Session(platform, StubVisitors(), witness, 995, runs=[run])  # type: ignore[arg-type]


def rolled_back(platform: object) -> Session:
    return session(platform, STORY)


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
    await evidence.report(rolled_back(StubPlatform()))
    (report,) = read(tmp_path / "test")
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("rolled_back", True, 9.5)
    ((name, value),) = noted
    assert name == RELEASE
    assert json.loads(value)["weights"] == [0, 30, 0]
    assert json.loads(value)["failed"] == 1


async def test_a_release_that_came_to_no_end_has_no_report(tmp_path: Path) -> None:
    await Evidence(tmp_path / "test", tmp_path).report(session(StubPlatform()))
    assert not read(tmp_path / "test")


async def test_a_bundle_holds_every_part_that_can_be_had_and_says_why_another_cannot(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "test", tmp_path)
    error = AssertionError("not as wanted")
    platform = StubPlatform()  # whose Prometheus does not answer
    await evidence.bundle(error, platform, rolled_back(platform), log(tmp_path), nothing_of_its_own)  # type: ignore[arg-type]
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

    async def gone(_: Path) -> None:
        raise ConnectionError("nobody is there")

    await evidence.bundle(TimeoutError(), object(), rolled_back(object()), tmp_path / "none", gone)  # type: ignore[arg-type]
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
