from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms import measuring
from platforms.measuring import Query, Series, presence_query, series_of, wait_until_measured, wanted_series
from seam.errors import UserError

Serve = Callable[[Callable[[int], web.Response]], Awaitable[str]]


def query(promql: str, template: str = "success-rate", **arguments: str) -> Query:
    return Query(template, "rate", promql, arguments)


@pytest.mark.parametrize(
    ("promql", "names"),
    [
        ("up", ["up"]),
        ('sum(rate(a_total{x="y"}[5m])) / sum(rate(b_total[5m]))', ["a_total", "b_total"]),
        ("a + a * -a", ["a"]),
        ('{__name__="named:by:label", x!="y"}', ["named:by:label"]),
        ('{__name__=~"outbound_(http|grpc)_total",x="y"}', ["outbound_(http|grpc)_total"]),
        ('{__name__!="named",x="y"}', []),
        ("histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m]))) and on() (c > 10)", ["h_bucket", "c"]),
        ("max_over_time(sum(a)[5m:1m]) or vector(0)", ["a"]),
        ("topk(3, a offset 5m)", ["a"]),
        ("vector(1)", []),
    ],
)
def test_the_series_that_a_query_reads(promql: str, names: list[str]) -> None:
    assert [series.name for series in series_of(promql)] == names


@pytest.mark.parametrize(
    ("promql", "optional"),
    [
        ("a or vector(0)", ["a"]),
        ("(sum(rate(a[1m])) or (vector(0))) / (sum(rate(b[1m])) > 10)", ["a"]),
        ("a or b", []),
        ("a and vector(1)", []),
        ("vector(0) or a", []),
        ("(a or vector(0)) / (a > 10)", []),
        ('(a{x="1"} or vector(0)) + (a{x="2"} or vector(0))', ["a"]),
        ("topk(1, (a * b or vector(0)))", ["a", "b"]),
        ("max_over_time((a or vector(0))[5m:1m])", ["a"]),
        ("-a or vector(1)", ["a"]),
    ],
)
def test_a_series_for_whose_absence_the_query_has_a_number_may_be_absent(promql: str, optional: list[str]) -> None:
    assert [series.name for series in series_of(promql) if series.optional] == optional


@pytest.mark.parametrize("label", ["namespace", "parent_namespace", "dst_namespace", None])
def test_a_series_is_looked_for_by_the_label_by_which_the_query_names_the_namespace(label: str | None) -> None:
    (series,) = series_of(f'a{{x="y",{label or "z"}="n"}}')
    assert series == Series("a", label)


def test_arguments_are_filled_in_with_their_values_or_with_anything() -> None:
    promql = (
        'rate(a{hash="{{args.hash}}"}[{{ args.window }}]) > {{args.floor}} and rate({{args.metric}}[{{args.hash}}])'
    )
    assert wanted_series([query(promql, window="15s", metric="b")]) == [
        ("success-rate", "rate", Series("a")),
        ("success-rate", "rate", Series("b")),
    ]


def test_a_query_that_is_none_is_refused_by_template_and_metric() -> None:
    with pytest.raises(
        UserError, match=r"^AnalysisTemplate success-rate: the query of metric rate is no PromQL: .*\.$"
    ):
        wanted_series([query("sum(rate(a[5m])")])


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


def asks(*names: str, template: str = "success-rate") -> Query:
    return query(" + ".join(f'{name}{{namespace="{{{{args.namespace}}}}"}}' for name in names), template)


async def test_it_is_waited_for_until_every_series_has_been_seen(serve: Serve) -> None:
    answers = [holding(), web.Response(status=503), holding("a_total"), holding("b_total"), web.Response(status=500)]
    prometheus = await serve(lambda number: answers[number - 1])
    await wait_until_measured(prometheus, [asks("a_total", "b_total")], "run")
    await wait_until_measured(prometheus, [], "run")


async def test_of_several_names_one_that_has_series_is_enough(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_LIMIT_S", 0.3)
    either = query('{__name__=~"out_(http|grpc)_total",namespace="n"}')
    for there in ("out_http_total", "out_grpc_total"):
        prometheus = await serve(lambda _, there=there: holding(there))
        await wait_until_measured(prometheus, [either], "run")
    prometheus = await serve(lambda _: holding("out_tcp_total", "out_http_total_of_another"))
    with pytest.raises(UserError, match=r"asks for out_\(http\|grpc\)_total, and Prometheus has had no such series"):
        await wait_until_measured(prometheus, [either], "run")


async def test_what_may_be_absent_is_not_waited_for(serve: Serve) -> None:
    prometheus = await serve(lambda _: holding("b_total"))
    rare = 'sum(rate(a_total{namespace="n"}[1m])) or vector(0)'
    await wait_until_measured(prometheus, [query(rare), asks("b_total")], "run")


async def test_a_series_that_never_comes_is_named(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_LIMIT_S", 0.3)
    prometheus = await serve(lambda _: holding("a_total"))
    sentence = (
        r"^AnalysisTemplate errors: metric rate asks for mistyped_total, and Prometheus has had no such series "
        r"for namespace run for 0\.3 s; correct the query, or send visitors if nobody has visited\.$"
    )
    with pytest.raises(UserError, match=sentence):
        await wait_until_measured(prometheus, [asks("a_total"), asks("mistyped_total", template="errors")], "run")


async def test_a_series_that_no_namespace_is_asked_of_may_be_anybodys() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query["query"])
        return holding("up") if "namespace" not in asked[-1] else holding("a_total")

    app = web.Application()
    app.router.add_get("/api/v1/query", answer)
    async with TestServer(app) as server:
        await wait_until_measured(f"http://127.0.0.1:{server.port}", [asks("a_total"), query('up{job="x"}')], "run")
    assert asked == [presence_query(["a_total"], "namespace", "run"), presence_query(["up"], None, "run")]


async def test_a_prometheus_that_does_not_answer_is_named(
    serve: Serve, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_LIMIT_S", 0.3)
    nobody = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(UserError, match=rf"^Prometheus at {nobody} does not answer: Cannot connect"):
        await wait_until_measured(nobody, [asks("a")], "run")
    odd = await serve(lambda _: web.Response(text="<html>"))
    with pytest.raises(UserError, match=rf"^Prometheus at {odd} does not answer: "):
        await wait_until_measured(odd, [asks("a")], "run")


def test_one_question_asks_for_all_of_them() -> None:
    asked = 'count by (__name__) ({__name__=~"a|b",parent_namespace="run"})'
    assert presence_query(["a", "b"], "parent_namespace", "run") == asked
    assert presence_query(["up"], None, "run") == 'count by (__name__) ({__name__=~"up"})'
    assert presence_query([r"a\d"], None, "run") == r'count by (__name__) ({__name__=~"a\\d"})'
