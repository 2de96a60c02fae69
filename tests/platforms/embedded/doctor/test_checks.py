from dataclasses import replace
from typing import Any

from platforms.doctor.checking import Look, examine
from platforms.doctor.measured import Clock, Counted, Measured, Sample, SeriesSeen, Splitting, Target, nothing_measured
from platforms.embedded.doctor.checks import CHECKS
from platforms.embedded.doctor.observed import Observed
from seam.doctor import Finding, Result
from seam.views import PlatformView, ReplicaSetView, RolloutView

SMILEY = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Paused",
    message="",
    revision=2,
    stable_hash="aaa",
    current_hash="bbb",
    stable_version="v1",
    current_version="v2",
    current_step_index=1,
    steps=({"setWeight": 30}, {"pause": {}}),
    canary_weight=30,
    stable_weight=70,
    aborted=False,
    replica_sets=(
        ReplicaSetView("smiley-aaa", "aaa", 1, "v1", 2, 2),
        ReplicaSetView("smiley-bbb", "bbb", 2, "v2", 2, 2),
    ),
)
VIEW = PlatformView("embedded", "", "http://127.0.0.1:8080/faces/", "http://127.0.0.1:9090", (SMILEY,))
MEASURED = Measured(
    where="http://127.0.0.1:9090",
    version=Look("2.42.0+ds"),
    clock=Look(Clock("Prometheus", 5.0, 5.0, 5.0, 5.0)),
    targets=Look([Target("data-plane", "http://127.0.0.1:1", {}, up=True)]),
    series=Look(SeriesSeen(3)),
    counted=Look({"smiley": Counted(40, 120, 280)}),
    callers=Look([Sample({"rollouts_pod_template_hash": "aaa", "tls": "true"}, 400.0)]),
    certificates=Look([Sample({"pod": "smiley-1"}, 80_000.0)]),
)
SPLIT = Splitting("smiley", 30, frozenset({"bbb"}), frozenset({"aaa"}), 0.0)
WELL = Observed(
    programs={"Envoy": Look("1.40.0"), "Prometheus": Look("2.42.0")},
    run=Look(VIEW),
    processes={"envoy": True, "prometheus": True},
    measured=MEASURED,
    splittings=[SPLIT],
)


def of(**changed: Any) -> dict[str, Finding]:
    return {one.check: one.finding for one in examine(CHECKS, replace(WELL, **changed))}


def test_a_run_in_which_all_is_well_has_no_other_finding() -> None:
    assert {finding.result for finding in of().values()} == {Result.OK}


def test_without_a_run_only_the_programs_are_looked_at() -> None:
    absent = "No run is up"
    found = of(run=Look(absent=absent), measured=nothing_measured("Prometheus", absent), processes={}, splittings=[])
    well = {name for name, finding in found.items() if finding.result is Result.OK}
    assert well == {"envoy", "prometheus-program", "versions"}
    assert {finding.saw for name, finding in found.items() if name not in well} == {absent}
    assert {finding.result for name, finding in found.items() if name not in well} == {Result.SKIPPED}


def test_a_missing_envoy_is_a_failure_and_a_missing_prometheus_is_installed_by_the_next_demo() -> None:
    none: Look[str] = Look(absent="is not installed")
    found = of(programs={"Envoy": none, "Prometheus": none})
    assert (found["envoy"].result, found["envoy"].saw) == (Result.FAILED, "Envoy is not installed")
    assert found["prometheus-program"].result is Result.WARNING


def test_a_program_that_cannot_be_run_is_a_failure() -> None:
    found = of(programs={"Envoy": Look("1.40.0"), "Prometheus": Look(hidden="Exec format error")})
    assert found["prometheus-program"].saw == "Prometheus cannot be run: Exec format error"


def test_a_part_of_the_run_that_has_ended_is_named() -> None:
    found = of(processes={"envoy": False, "prometheus": True})["run"]
    assert (found.result, found.saw) == (Result.FAILED, "envoy of the run has ended")


def test_a_degraded_rollout_is_a_warning() -> None:
    degraded = replace(VIEW, rollouts=(replace(SMILEY, phase="Degraded"),))
    assert of(run=Look(degraded))["run"] == Finding(
        Result.WARNING, "smiley degraded", "What was released is not what runs: `faces status` says why."
    )


def test_a_prometheus_that_does_not_answer_is_a_failure_and_what_it_would_say_is_unseen() -> None:
    found = of(measured=nothing_measured("there", "Prometheus at there does not answer"))
    assert found["prometheus"].result is Result.FAILED
    for name in ("share", "callers", "identities", "targets", "series", "clocks"):
        assert found[name].result is Result.WARNING, name


def test_a_share_that_is_not_the_weight_and_a_certificate_that_has_expired_are_told() -> None:
    counted, expired = Look({"smiley": Counted(40, 0, 400)}), Look([Sample({"pod": "smiley-1"}, -5.0)])
    found = of(measured=replace(MEASURED, counted=counted, certificates=expired))
    assert found["share"].result is Result.FAILED
    assert found["identities"].result is Result.FAILED


def test_a_run_that_does_not_answer_is_not_said_to_be_well() -> None:
    found = of(run=Look(hidden="the run does not answer within 5 s"), splittings=[])
    assert found["run"].saw == "not looked at: the run does not answer within 5 s"
