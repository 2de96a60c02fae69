from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from manifests import BASE
from platforms.kube import measuring
from platforms.kube.measuring import presence_query, series_of, until_measured, wanted_series
from seam.errors import UserError

SHIPPED = BASE / "analysis.yaml"

Serve = Callable[[Callable[[int], web.Response]], Awaitable[str]]


def template(query: str | None, name: str = "success-rate", **args: str) -> dict[str, Any]:
    provider = {"prometheus": {"query": query}} if query is not None else {"job": {}}
    given = [{"name": key, "value": value} for key, value in args.items()]
    return {
        "metadata": {"name": name},
        "spec": {"args": [{"name": "hash"}, *given], "metrics": [{"name": "rate", "provider": provider}]},
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("up", ["up"]),
        ('sum(rate(a_total{x="y"}[5m])) / sum(rate(b_total[5m]))', ["a_total", "b_total"]),
        ("a + a * -a", ["a"]),
        ('{__name__="named:by:label", x!="y"}', ["named:by:label"]),
        ('{__name__=~"some.*"}', []),
        ("histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) and on() (c > 10)", ["h_bucket", "c"]),
        ("max_over_time(sum(a)[5m:1m]) or vector(0)", ["a"]),
        ("topk(3, a offset 5m)", ["a"]),
        ("vector(1)", []),
    ],
)
def test_the_series_that_a_query_reads(query: str, names: list[str]) -> None:
    assert series_of(query) == names


def test_the_shipped_templates_can_be_read() -> None:
    found = wanted_series(yaml.safe_load_all(SHIPPED.read_text()))
    assert {series for _, _, series in found} == {"request_total", "response_total", "response_latency_ms_bucket"}


def test_arguments_are_filled_in_with_their_values_or_with_anything() -> None:
    query = 'rate(a{hash="{{args.hash}}"}[{{ args.window }}]) > {{args.floor}} and rate({{args.metric}}[{{args.hash}}])'
    assert wanted_series([template(query, window="15s", metric="b")]) == [
        ("success-rate", "rate", "a"),
        ("success-rate", "rate", "b"),
    ]
    assert wanted_series([template(None)]) == []


def test_a_query_that_is_none_is_refused_by_template_and_metric() -> None:
    with pytest.raises(
        UserError, match=r"^AnalysisTemplate success-rate: the query of metric rate is no PromQL: .*\.$"
    ):
        wanted_series([template("sum(rate(a[5m])")])


@pytest.fixture
async def serve(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """A Prometheus that answers its n-th query as it is told."""
    monkeypatch.setattr(measuring, "_LOOK_S", 0.01)
    servers = []

    async def start(answer: Callable[[int], web.Response]) -> str:
        asked: list[str] = []

        async def query(request: web.Request) -> web.Response:
            asked.append(request.query["query"])
            assert 'namespace="run"' in asked[-1]
            return answer(len(asked))

        app = web.Application()
        app.router.add_get("/api/v1/query", query)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        return str(servers[-1].make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


def holding(*names: str) -> web.Response:
    return web.json_response({"data": {"result": [{"metric": {"__name__": name}} for name in names]}})


async def test_it_is_waited_for_until_every_series_has_been_seen(serve: Serve) -> None:
    answers = [holding(), web.Response(status=503), holding("a_total"), holding("b_total"), web.Response(status=500)]
    prometheus = await serve(lambda number: answers[number - 1])
    await until_measured(prometheus, [template("a_total / b_total")], "run", 10)
    await until_measured(prometheus, [template(None)], "run", 10)


async def test_a_series_that_never_comes_is_named(serve: Serve) -> None:
    prometheus = await serve(lambda _: holding("a_total"))
    sentence = (
        r"^AnalysisTemplate errors: metric rate asks for mistyped_total, and the data plane gives no such metric "
        r"for namespace run\.$"
    )
    with pytest.raises(UserError, match=sentence):
        await until_measured(prometheus, [template("a_total"), template("mistyped_total", "errors")], "run", 0.3)


async def test_a_prometheus_that_does_not_answer_is_named(serve: Serve, unused_tcp_port: int) -> None:
    nobody = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(UserError, match=rf"^Prometheus at {nobody} does not answer: Cannot connect"):
        await until_measured(nobody, [template("a")], "run", 0.3)
    odd = await serve(lambda _: web.Response(text="<html>"))
    with pytest.raises(UserError, match=rf"^Prometheus at {odd} does not answer: "):
        await until_measured(odd, [template("a")], "run", 0.3)


def test_one_question_asks_for_all_of_them() -> None:
    assert presence_query(["a", "b"], "run") == 'count by (__name__) ({__name__=~"a|b",namespace="run"})'
