from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rollouts.analysis import Metric, Outcome, Phase
from rollouts.providers import HttpRequest, HttpResponse, Unreachable, interpret, request

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory

S, F, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.ERROR


def web(lab: Laboratory, conditions: dict[str, str] | None = None, **fields: Any) -> Metric:
    return lab.metric(provider={"web": {"url": "http://host/check", **fields}}, **(conditions or {}))


class TestRequest:
    def test_a_get_with_ten_seconds(self, lab: Laboratory) -> None:
        asked = request(web(lab))
        assert asked == HttpRequest("GET", "http://host/check", timeout=10.0)

    @pytest.mark.parametrize(("given", "timeout"), [(0, 10.0), (-5, 10.0), (3, 3.0)])
    def test_a_timeout_of_nothing_is_ten_seconds(self, lab: Laboratory, given: int, timeout: float) -> None:
        asked = request(web(lab, timeoutSeconds=given))
        assert isinstance(asked, HttpRequest)
        assert asked.timeout == timeout

    def test_a_body_and_headers_are_sent(self, lab: Laboratory) -> None:
        headers = [{"key": "X-A", "value": "1"}, {"key": "X-A", "value": "2"}]
        asked = request(web(lab, method="PUT", body="hello", headers=headers, insecure=True))
        assert isinstance(asked, HttpRequest)
        assert (asked.method, asked.body, asked.headers, asked.insecure) == ("PUT", b"hello", {"X-A": "2"}, True)

    def test_a_json_body_brings_its_content_type(self, lab: Laboratory) -> None:
        headers = [{"key": "content-type", "value": "text/plain"}]
        asked = request(web(lab, method="POST", jsonBody={"b": [1, True], "a": "x"}, headers=headers))
        assert isinstance(asked, HttpRequest)
        assert asked.body == b'{"a":"x","b":[1,true]}'
        assert asked.headers == {"Content-Type": "application/json"}

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            (
                {"method": "POST", "body": "x", "jsonBody": {}},
                "use either Body or JSONBody; both cannot exists for WebMetric payload",
            ),
            ({"body": "x"}, "Body/JSONBody can only be used with POST or PUT WebMetric Method types"),
            (
                {"method": "GET", "jsonBody": {}},
                "Body/JSONBody can only be used with POST or PUT WebMetric Method types",
            ),
            ({"method": "BAD METHOD"}, 'net/http: invalid method "BAD METHOD"'),
            ({"url": "host/check"}, 'Get "host/check": unsupported protocol scheme ""'),
            ({"url": "http:///check"}, 'Get "http:///check": http: no Host in request URL'),
            ({"url": "http://[::1"}, 'Get "http://[::1": Invalid IPv6 URL'),
            (
                {"jsonPath": "$.data"},
                "a jsonPath must be one expression in braces, such as {$.data.ok}, not '$.data'",
            ),
        ],
    )
    def test_what_cannot_be_asked_is_an_error(self, lab: Laboratory, fields: dict[str, Any], message: str) -> None:
        assert request(web(lab, **fields)) == Outcome(E, message=message)


@pytest.mark.parametrize(
    ("body", "path", "condition", "phase", "value"),
    [
        ('{"ok": true}', "{$.ok}", "result", S, "true"),
        ('{"ok": true}', "{$.ok}", "result == true", S, "true"),
        ('{"ok": false}', "{$.ok}", "result", F, "false"),
        ('{"errors": 3}', "{$.errors}", "result < 5", S, "3"),
        ('{"errors": 3}', "{$.errors}", "asInt(result) % 3 == 0", S, "3"),
        ('{"rate": 0.5}', "{$.rate}", "result >= 0.95", F, "0.5"),
        ('{"rate": "0.97"}', "{$.rate}", "asFloat(result) >= 0.95", S, '"0.97"'),
        ('{"status": "ok"}', "{$.status}", 'result == "ok"', S, '"ok"'),
        ('{"a": {"b": [1, 2]}}', "{$.a.b}", "all(result, # > 0)", S, "[1,2]"),
        ('{"a": {"b": [1, 2]}}', "{$.a.b[1]}", "result == 2", S, "2"),
        ('{"b": 1, "a": null}', "", "result.b == 1 and result.a == nil", S, '{"a":null,"b":1}'),
        ('{"p": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]}', '{$.p[?(@.n=="y")].v}', "result == 2", S, "2"),
        ('{"p": [{"v": 1}, {"v": 2}]}', "{$.p[*].v}", "result == 1", S, "1"),
        ("[1, 2.5]", "", "result[1] == 2.5", S, "[1,2.5]"),
        ('"plain"', "", 'result == "plain"', S, '"plain"'),
        ("7", "", "result == 7", S, "7"),
        ('{"n": 1e21, "m": 1e-7}', "", "result.n > 1", S, '{"m":1e-7,"n":1e+21}'),
        ('{"html": "<&>"}', "{.html}", 'result == "<&>"', S, '"\\u003c\\u0026\\u003e"'),
    ],
)
def test_the_result_is_what_the_path_finds(
    lab: Laboratory, body: str, path: str, condition: str, phase: Phase, value: str
) -> None:
    metric = web(lab, {"successCondition": condition}, jsonPath=path)
    assert interpret(metric, HttpResponse(200, body.encode())) == Outcome(phase, value=value)


@pytest.mark.parametrize(
    "body", ["OK", "", "<html>", "{'a': 1}", '{"a": NaN}', '{"a": 1} tail', '{"a": 1e999}', "[" * 9999]
)
def test_a_body_that_is_not_json_is_successful_unasked(lab: Laboratory, body: str) -> None:
    metric = web(lab, {"successCondition": "false"}, jsonPath="{$.a}")
    assert interpret(metric, HttpResponse(200, body.encode())) == Outcome(S, value=body)


@pytest.mark.parametrize("status", [199, 300, 304, 404, 500, 503])
def test_a_status_outside_of_2xx_is_an_error(lab: Laboratory, status: int) -> None:
    outcome = interpret(web(lab), HttpResponse(status, b"{}"))
    assert outcome == Outcome(E, message=f"received non 2xx response code: {status}")


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_an_answer(lab: Laboratory, status: int) -> None:
    assert interpret(web(lab), HttpResponse(status, b"{}")).phase is S


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{$.missing}", "Could not find JSONPath in body: missing is not found"),
        ("{$.a.deeper}", "Could not find JSONPath in body: deeper is not found"),
        ("{$.list[5]}", "Could not find JSONPath in body: array index out of bounds: index 5, length 2"),
        ("{$.a[0]}", "Could not find JSONPath in body: float64 is not array or slice"),
        ("{$.list[1:1]}", "result of web metric produced no value"),
        ('{$.list[?(@.x=="y")]}', "result of web metric produced no value"),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(lab: Laboratory, path: str, message: str) -> None:
    body = json.dumps({"a": 1, "list": [1, 2]}).encode()
    assert interpret(web(lab, jsonPath=path), HttpResponse(200, body)) == Outcome(E, message=message)


def test_a_condition_that_stumbles_is_an_error(lab: Laboratory) -> None:
    metric = web(lab, {"successCondition": "result.errors < 5"})
    outcome = interpret(metric, HttpResponse(200, b'{"errors": "many"}'))
    assert outcome == Outcome(
        E, message='could not evaluate successCondition "result.errors < 5": invalid operation: string < int'
    )


def test_null_is_no_data(lab: Laboratory) -> None:
    metric = web(lab, {"failureCondition": "result > 5"}, jsonPath="{$.a}")
    outcome = interpret(metric, HttpResponse(200, b'{"a": null}'))
    assert outcome.message == (
        'could not evaluate failureCondition "result > 5": '
        "metric result is nil or empty: no data returned from the metric provider"
    )


def test_null_under_a_guarded_condition_is_asked(lab: Laboratory) -> None:
    metric = web(lab, {"successCondition": "default(result, 0) == 0"}, jsonPath="{$.a}")
    assert interpret(metric, HttpResponse(200, b'{"a": null}')) == Outcome(S, value="null")


def test_no_response_is_an_error_in_the_words_of_gos_client(lab: Laboratory) -> None:
    outcome = interpret(web(lab, method="POST", body="x"), Unreachable("context deadline exceeded"))
    assert outcome == Outcome(E, message='Post "http://host/check": context deadline exceeded')


def test_a_metric_without_provider_is_an_error(lab: Laboratory) -> None:
    metric = lab.metric(provider={})
    assert request(metric) == interpret(metric, HttpResponse(200, b"")) == Outcome(E, message="no provider specified")
