"""Every shipped AnalysisTemplate in every situation: its query, asked of a real Prometheus, and its conditions."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
import yaml

from manifests import BASE
from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.providers import outcome_of
from rollouts.analysis import AnalysisRun, AnalysisRunRequest, RunKind, build_run
from tests.platforms.analysis_pages import CANARY, STABLE, Answers, Calls, Side, Situation
from tests.platforms.asked_prometheus import Prometheus, running, scraped

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

ARGUMENTS = {
    "canary-hash": CANARY,
    "canary-service": "smiley-canary",
    "stable-hash": STABLE,
    "stable-service": "smiley",
    "parent-service": "smiley",
    "window": "6s",
}
ONE_IN_100 = (Answers(99), Answers(1, "500"))
ONE_IN_10_SLOW = (Answers(9), Answers(1, ms=800))
NOBODY = Side(requests=0, answers=())
UNREACHABLE = Side(requests=0, answers=(), tcp_errors=10)
NO_CALLS = Calls(to_canary=0, to_stable=0, seen=0)
ALL_FAIL_FAST = Calls(fail_fast=10)

SITUATIONS = (
    Situation("good"),
    Situation("good-grpc", Side(answers=(Answers(10, grpc="0"),), protocol="grpc"), calls=Calls(protocol="grpc")),
    # What must be neither an error nor green by accident.
    Situation("idle", NOBODY, NOBODY, NO_CALLS),
    Situation("first-scrape", once_in=16),
    Situation("not-a-number", nan=True),
    Situation("few-requests", Side(0.5, (Answers(0.5),)), calls=Calls(0.5, 1, seen=1.5)),
    Situation("counter-reset", restarts=5),
    # Answers.
    Situation("every-answer-fails", Side(answers=(Answers(10, "500"),))),
    Situation("errors-40", Side(answers=(Answers(6), Answers(4, "500")))),
    Situation("errors-of-both", Side(100, ONE_IN_100), Side(100, ONE_IN_100)),
    Situation("not-found", Side(answers=(Answers(10, "404"),))),
    Situation("grpc-unavailable", Side(answers=(Answers(6, grpc="0"), Answers(4, grpc="14")))),
    Situation("grpc-not-found", Side(answers=(Answers(6, grpc="0"), Answers(4, grpc="5")))),
    # Time.
    Situation("slow", Side(answers=ONE_IN_10_SLOW)),
    Situation("slow-machine", Side(answers=ONE_IN_10_SLOW), Side(answers=ONE_IN_10_SLOW)),
    Situation("slow-on-slow-machine", Side(answers=(Answers(10, ms=4000),)), Side(answers=(Answers(10, ms=800),))),
    Situation("slow-with-all-traffic", Side(answers=(Answers(10, ms=800),)), NOBODY, Calls(30, 0)),
    Situation("slow-body", Side(slow_bodies=5)),
    Situation("slow-body-grpc", Side(answers=(Answers(10, grpc="0"),), slow_bodies=5, protocol="grpc")),
    Situation("hang", Side(answers=()), calls=Calls(seen=20)),
    Situation("hang-with-timeout", Side(answers=()), calls=Calls(timeouts=10)),
    # Connections.
    Situation("reset", Side(answers=(Answers(6), Answers(4, "502")))),
    Situation("cut-body", Side(answers=(Answers(6), Answers(4, error="unclassified")))),
    Situation("closed-early", Side(answers=(Answers(6), Answers(4, "", error="unclassified")))),
    # Identity.
    Situation("denied", Side(0, (), denied=10)),
    Situation("half-denied", Side(5, (Answers(5),), denied=5)),
    Situation("expired", Side(0, (), tcp_errors=10, certificate_s=-100), calls=ALL_FAIL_FAST),
    Situation("starting", Side(starting=True)),
    Situation("other-ca", UNREACHABLE, calls=ALL_FAIL_FAST),
    Situation("failed-over", NOBODY, Side(30, (Answers(30),)), Calls(0, 30)),
    Situation(
        "expired-grpc", Side(0, (), tcp_errors=10, certificate_s=-100), calls=Calls(fail_fast=10, protocol="grpc")
    ),
    Situation("failed-over-grpc", NOBODY, Side(30, (Answers(30, grpc="0"),)), Calls(0, 30, protocol="grpc")),
    # Retries.
    Situation("first-try-fails", Side(20, (Answers(10), Answers(10, "503"))), calls=Calls(20, 20)),
)

# S: Successful, F: Failed, I: Inconclusive, never anything else; -: depends on the moment of the look.
FULL_WINDOW = 14  # scrapes, in which one that was late does no harm
TABLE = """
                      success-rate  promotion-gate  traffic-floor  latency  latency-p99  latency-against-stable  slow-bodies  broken-connections  unreachable  canary-share  denials  certificate  retries  grpc-status
good                  S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       I
good-grpc             S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       S
idle                  I             I               I              I        I            I                       I            II                  I            I             I        S            II       I
first-scrape          I             I               I              I        I            I                       I            II                  I            I             I        -            II       I
not-a-number          I             I               I              I        I            I                       I            II                  I            I             I        I            II       I
few-requests          I             I               I              I        I            I                       I            II                  I            I             I        S            SS       I
counter-reset         S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       I
every-answer-fails    F             F               S              S        S            S                       S            SS                  S            S             S        S            SS       I
errors-40             F             F               S              S        S            S                       S            SS                  S            S             S        S            SS       I
errors-of-both        S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       I
not-found             S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       I
grpc-unavailable      F             F               S              S        S            S                       S            SS                  S            S             S        S            SS       F
grpc-not-found        S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       F
slow                  S             S               S              F        F            F                       S            SS                  S            S             S        S            SS       I
slow-machine          S             S               S              I        F            S                       S            SS                  S            S             S        S            SS       I
slow-on-slow-machine  S             S               S              F        F            F                       S            SS                  S            S             S        S            SS       I
slow-with-all-traffic S             S               S              F        F            I                       S            SS                  S            S             S        S            SS       I
slow-body             S             S               S              S        S            S                       F            SS                  S            S             S        S            SS       I
slow-body-grpc        S             S               S              S        S            S                       F            SS                  S            S             S        S            SS       S
hang                  F             F               S              I        I            I                       I            SS                  S            S             S        S            FS       I
hang-with-timeout     F             F               S              I        I            I                       I            SS                  S            S             S        S            SF       I
reset                 F             F               S              S        S            S                       S            FS                  S            S             S        S            SS       I
cut-body              F             F               S              S        S            S                       S            FS                  S            S             S        S            SS       I
closed-early          F             F               S              S        S            S                       S            FS                  S            S             S        S            SS       I
denied                I             I               I              I        I            I                       I            II                  S            S             F        S            SS       I
half-denied           S             S               S              S        S            S                       S            SS                  S            S             F        S            SS       I
expired               I             I               I              I        I            I                       I            IF                  F            S             I        F            SS       I
starting              S             S               S              S        S            S                       S            SS                  S            S             S        S            SS       I
other-ca              I             I               I              I        I            I                       I            IF                  F            S             I        S            SS       I
failed-over           I             I               I              I        I            I                       I            II                  I            F             I        S            SS       I
expired-grpc          I             I               I              I        I            I                       I            IF                  F            S             I        F            SS       I
failed-over-grpc      I             I               I              I        I            I                       I            II                  I            F             I        S            SS       I
first-try-fails       F             F               S              S        S            S                       S            SS                  S            S             S        S            FS       I
"""  # noqa: E501 - a table
HEADER, *ROWS = (line.split() for line in TABLE.strip().splitlines())
CASES = [(row[0], template, phases) for row in ROWS for template, phases in zip(HEADER, row[1:], strict=True)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> AsyncIterator[Prometheus]:
    def page(scrape: int) -> str:
        now = time.time()
        return "\n".join([*(line for situation in SITUATIONS for line in situation.page(scrape, now)), ""])

    config = tmp_path_factory.mktemp("prometheus") / "prometheus.yml"
    with scraped(page) as port:
        job = {"job_name": "mesh", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        interval = {"scrape_interval": "500ms", "scrape_timeout": "500ms"}
        config.write_text(yaml.safe_dump({"global": interval, "scrape_configs": [job]}))
        async with running(config, ports.take(), processes, session) as asked:
            await asked.check_scrapes()
            while (await asked.value("count_over_time(up[10s])") or 0) < FULL_WINDOW:
                await asyncio.sleep(0.1)
            yield asked


def run_of(manifests: Manifests, template: str, situation: str) -> AnalysisRun:
    arguments = {"namespace": situation, **ARGUMENTS}
    return build_run(
        AnalysisRunRequest("run", RunKind.BACKGROUND, CANARY, 2, (template,), arguments), manifests.templates
    )


async def test_the_table_knows_every_template_and_every_situation(manifests: Manifests) -> None:
    with_metrics = {name for name, template in manifests.templates.items() if template.metrics}
    assert set(HEADER) == with_metrics
    assert [row[0] for row in ROWS] == [situation.name for situation in SITUATIONS]


@pytest.mark.parametrize(("situation", "template", "phases"), CASES, ids=str)
async def test_a_template_in_a_situation(
    prometheus: Prometheus, manifests: Manifests, situation: str, template: str, phases: str
) -> None:
    run = run_of(manifests, template, situation)
    hosts = {"prometheus.monitoring": urlsplit(prometheus.url).netloc}
    outcomes = [await outcome_of(metric, prometheus.session, "", hosts) for metric in run.metrics]
    said = [(metric.name, one.value, one.message) for metric, one in zip(run.metrics, outcomes, strict=True)]
    found = "".join(str(outcome.phase)[0] if str(outcome.phase) != "Error" else "E" for outcome in outcomes)
    assert "E" not in found, said
    assert phases in ("-" * len(found), found), said


async def test_no_query_is_written_twice(manifests: Manifests) -> None:
    """Not even the gate's: it is the success rate's, by an alias."""
    queries = {
        (template.name, metric.name): metric.provider.prometheus.query
        for template in manifests.templates.values()
        for metric in template.metrics
        if metric.provider.prometheus is not None
    }
    assert queries.pop(("promotion-gate", "gate")) == queries["success-rate", "success-rate"]
    assert len(set(queries.values())) == len(queries)
    written = "".join(file.read_text() for file in (BASE / "analysis").glob("*.yaml"))
    assert written.count('classification="success"}[{{args.window}}]') == 1


async def test_what_nobody_has_ever_seen_is_inconclusive(prometheus: Prometheus, manifests: Manifests) -> None:
    hosts = {"prometheus.monitoring": urlsplit(prometheus.url).netloc}
    for template in HEADER:
        for metric in run_of(manifests, template, "elsewhere").metrics:
            outcome = await outcome_of(metric, prometheus.session, "", hosts)
            assert (str(outcome.phase), outcome.value) == ("Inconclusive", "[]"), metric.name


async def test_the_latency_verdict_shows_both_numbers_the_canarys_first(
    prometheus: Prometheus, manifests: Manifests
) -> None:
    hosts = {"prometheus.monitoring": urlsplit(prometheus.url).netloc}
    shown = {}
    for situation in ("slow", "slow-machine", "slow-with-all-traffic"):
        (metric,) = run_of(manifests, "latency", situation).metrics
        shown[situation] = (await outcome_of(metric, prometheus.session, "", hosts)).value
    canary, stable = (float(number) for number in shown["slow"].strip("[]").split(","))
    assert 500 < canary <= 1000
    assert stable <= 50
    both = [float(number) for number in shown["slow-machine"].strip("[]").split(",")]
    assert both[0] == pytest.approx(both[1], rel=0.01)
    assert "," not in shown["slow-with-all-traffic"]
