"""Answers of a real Prometheus' HTTP API, and what the lack of one means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rollouts.analysis import Metric, Outcome, Phase
from rollouts.providers import HttpRequest, HttpResponse, Unreachable, interpret, request

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory

S, F, UNSURE, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.INCONCLUSIVE, Phase.ERROR
GOOD, BAD = "len(result) > 0 && result[0] >= 0.95", "len(result) > 0 && result[0] < 0.95"
NO_DATA = "metric result is nil or empty: no data returned from the metric provider"


@pytest.fixture
def guarded(lab: Laboratory) -> Metric:
    """Both conditions, each of which an absence makes false."""
    return lab.metric(successCondition=GOOD, failureCondition=BAD)


@pytest.fixture
def naive(lab: Laboratory) -> Metric:
    return lab.metric(successCondition="result[0] >= 0.95")


def answer(code: int = 200, /, **fields: Any) -> HttpResponse:
    return HttpResponse(code, json.dumps({"status": "success", **fields}).encode())


def vector(*values: str, **fields: Any) -> HttpResponse:
    series = [{"metric": {"pod": f"p{n}"}, "value": [1763930000.123, value]} for n, value in enumerate(values)]
    return answer(data={"resultType": "vector", "result": series}, **fields)


def scalar(value: str) -> HttpResponse:
    return answer(data={"resultType": "scalar", "result": [1763930000, value]})


def prometheus(lab: Laboratory, **fields: Any) -> Metric:
    return lab.metric(provider={"prometheus": fields})


class TestRequest:
    def test_an_instant_query_is_asked(self, lab: Laboratory) -> None:
        asked = request(prometheus(lab, address="http://prom:9090", query='sum(up{a="b"}) > 1'))
        assert isinstance(asked, HttpRequest)
        assert (asked.method, asked.url) == ("GET", "http://prom:9090/api/v1/query")
        assert asked.params == {"query": 'sum(up{a="b"}) > 1'}
        assert (asked.timeout, asked.insecure, asked.body) == (30.0, False, None)

    def test_the_address_may_have_a_path_and_settings(self, lab: Laboratory) -> None:
        settings = {"timeout": 5, "insecure": True, "headers": [{"key": "X-Scope-OrgID", "value": "demo"}]}
        asked = request(prometheus(lab, address="https://host/prom/", query="up", **settings))
        assert isinstance(asked, HttpRequest)
        assert asked.url == "https://host/prom/api/v1/query"
        assert (asked.timeout, asked.insecure, asked.headers) == (5.0, True, {"X-Scope-OrgID": "demo"})

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({}, "prometheus address is not configured"),
            ({"address": "prom:9090"}, "prometheus address is not is url format"),
            ({"address": "/prom"}, "prometheus address is not is url format"),
            ({"address": "http://[::1"}, "prometheus address is not is url format"),
            ({"address": "ftp://prom"}, 'unsupported protocol scheme "ftp"'),
            ({"address": "http://prom", "timeout": -1}, "prometheus timeout should not be negative"),
            ({"address": "http://prom", "timeout": 0}, 'Get "http://prom/api/v1/query": context deadline exceeded'),
        ],
    )
    def test_what_cannot_be_asked_is_an_error(self, lab: Laboratory, fields: dict[str, Any], message: str) -> None:
        assert request(prometheus(lab, query="up", **fields)) == Outcome(E, message=message)

    def test_a_metric_without_an_address_asks_the_one_that_is_given(self, lab: Laboratory) -> None:
        asked = request(prometheus(lab, query="up"), prometheus_address="http://here:1")
        assert isinstance(asked, HttpRequest)
        assert asked.url == "http://here:1/api/v1/query"

    def test_headers_and_queries_are_not_in_a_log(self, lab: Laboratory) -> None:
        headers = [{"key": "Authorization", "value": "Bearer hunter2"}]
        asked = request(prometheus(lab, address="http://prom", query="hunter2", headers=headers))
        assert "hunter2" not in repr(asked)


@pytest.mark.parametrize(
    ("response", "phase", "value"),
    [
        (vector("0.98"), S, "[0.98]"),
        (vector("1"), S, "[1]"),
        (vector("0.5"), F, "[0.5]"),
        (vector("0.96", "0.1"), S, "[0.96,0.1]"),
        (vector("+Inf"), S, "[+Inf]"),
        (vector("-Inf"), F, "[-Inf]"),
        (vector("1e+22"), S, "[10000000000000000000000]"),
        (vector("5e-07"), F, "[0.0000005]"),
        (vector("NaN"), UNSURE, "[NaN]"),
        (vector(), UNSURE, "[]"),
    ],
)
def test_a_vector_is_the_list_of_its_values(guarded: Metric, response: HttpResponse, phase: Phase, value: str) -> None:
    assert interpret(guarded, response) == Outcome(phase, value=value)


@pytest.mark.parametrize(
    ("conditions", "response", "phase"),
    [
        ({"successCondition": "result >= 0.95"}, scalar("0.98"), S),
        ({"successCondition": "result >= 0.95"}, scalar("0.5"), F),
        ({"successCondition": "result >= 0.95"}, scalar("NaN"), F),
        ({"failureCondition": "result < 0.95"}, scalar("NaN"), S),
        ({"successCondition": "isNaN(result) || result >= 0.95"}, scalar("NaN"), S),
        ({}, scalar("0"), S),
    ],
)
def test_a_scalar_is_a_number(
    lab: Laboratory, conditions: dict[str, str], response: HttpResponse, phase: Phase
) -> None:
    assert interpret(lab.metric(**conditions), response).phase is phase


def test_the_value_of_a_scalar_has_no_brackets(lab: Laboratory) -> None:
    assert interpret(lab.metric(), scalar("42")).value == "42"


def test_a_matrix_is_flattened(lab: Laboratory) -> None:
    series = [{"metric": {}, "values": [[1, "1"], [2, "2"]]}, {"metric": {}, "values": [[1, "3"]]}]
    outcome = interpret(
        lab.metric(successCondition="result == [1, 2, 3]"), answer(data={"resultType": "matrix", "result": series})
    )
    assert outcome == Outcome(S, value="[1,2,3]")


def test_a_native_histogram_reads_as_nought(lab: Laboratory) -> None:
    series = [{"metric": {}, "histogram": [1, {"count": "5"}]}]
    assert interpret(lab.metric(), answer(data={"resultType": "vector", "result": series})).value == "[0]"


class TestNoTraffic:
    def test_an_empty_vector_is_an_error_for_a_naive_condition(self, naive: Metric) -> None:
        message = f'could not evaluate successCondition "result[0] >= 0.95": {NO_DATA}'
        assert interpret(naive, vector()) == Outcome(E, message=message)

    def test_not_a_number_fails_a_naive_condition(self, naive: Metric) -> None:
        assert interpret(naive, vector("NaN")).phase is F

    def test_not_a_number_passes_a_failure_condition(self, lab: Laboratory) -> None:
        assert interpret(lab.metric(failureCondition="result[0] < 0.95"), vector("NaN")).phase is S

    def test_an_absent_numerator_is_five_errors_and_forty_seconds(self, lab: Laboratory, naive: Metric) -> None:
        run = lab.run({"name": "success-rate", "interval": "5s", "successCondition": "result[0] >= 0.95"})
        run = lab.drive(run, lambda _metric, _nth: interpret(naive, vector()))
        assert lab.times("success-rate") == [0, 10, 20, 30, 40]
        assert run.status.message == (
            'Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): '
            f'"Error Message: could not evaluate successCondition "result[0] >= 0.95": {NO_DATA}"'
        )

    def test_an_absence_under_guarded_conditions_is_inconclusive(self, lab: Laboratory, guarded: Metric) -> None:
        conditions = {"successCondition": GOOD, "failureCondition": BAD}
        run = lab.run({"name": "success-rate", "interval": "5s", "inconclusiveLimit": 2, **conditions})
        run = lab.drive(run, lambda _metric, _nth: interpret(guarded, vector()))
        assert lab.times("success-rate") == [0, 5, 10]
        assert run.status.phase is UNSURE
        assert run.status.message == (
            'Metric "success-rate" assessed Inconclusive due to inconclusive (3) > inconclusiveLimit (2)'
        )

    def test_a_bad_canary_is_failed_on_its_second_bad_measurement(self, lab: Laboratory, guarded: Metric) -> None:
        run = lab.run({"name": "success-rate", "interval": "5s", "failureLimit": 1, "successCondition": GOOD})
        run = lab.drive(run, lambda _metric, nth: interpret(guarded, vector("0.99" if nth == 0 else "0.42")))
        assert lab.times("success-rate") == [0, 5, 10]
        assert run.status.message == 'Metric "success-rate" assessed Failed due to failed (2) > failureLimit (1)'


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            answer(400, status="error", errorType="bad_data", error='invalid parameter "query": 1:4: parse error'),
            'bad_data: invalid parameter "query": 1:4: parse error',
        ),
        (
            answer(422, status="error", errorType="execution", error="query processing would load too many samples"),
            "execution: query processing would load too many samples",
        ),
        (answer(503, status="error", errorType="timeout", error="query timed out"), "server_error: server error: 503"),
        (HttpResponse(404, b"404 page not found"), "client_error: client error: 404"),
        (HttpResponse(500, b""), "server_error: server error: 500"),
        (HttpResponse(302, b""), "bad_response: bad response code 302"),
        (answer(400), "bad_response: inconsistent body for response code"),
        (answer(status="error", errorType="internal", error="oops"), "internal: oops"),
        (answer(data={"resultType": "string", "result": [1, "x"]}), 'unexpected value type "string"'),
        (answer(data=None), "bad_response: the answer of Prometheus has no data"),
        (HttpResponse(200, b"[]"), "bad_response: the body is not an answer of Prometheus' API"),
    ],
)
def test_an_answer_without_data_is_an_error(guarded: Metric, response: HttpResponse, message: str) -> None:
    assert interpret(guarded, response) == Outcome(E, message=message)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status":', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_json_is_an_error(guarded: Metric, body: bytes) -> None:
    outcome = interpret(guarded, HttpResponse(200, body))
    assert outcome.phase is E
    assert outcome.message.startswith("bad_response: the body is not JSON")


@pytest.mark.parametrize("result", [[{"value": [1]}], [{"value": [1, 2]}], [5], 5, [{"value": [1, "many"]}]])
def test_a_vector_that_is_none_is_an_error(guarded: Metric, result: Any) -> None:
    outcome = interpret(guarded, answer(data={"resultType": "vector", "result": result}))
    assert outcome.phase is E
    assert outcome.message.startswith("bad_response: the vector of Prometheus cannot be read")


def test_no_response_is_an_error_in_the_words_of_gos_client(guarded: Metric) -> None:
    outcome = interpret(guarded, Unreachable("dial tcp 127.0.0.1:9090: connect: connection refused"))
    assert outcome == Outcome(
        E,
        message='Get "http://prometheus:9090/api/v1/query": dial tcp 127.0.0.1:9090: connect: connection refused',
    )


def test_a_password_in_the_address_is_hidden(lab: Laboratory) -> None:
    metric = prometheus(lab, address="http://me:hunter2@prom:9090", query="up")
    outcome = interpret(metric, Unreachable("context deadline exceeded"))
    assert outcome.message == 'Get "http://me:***@prom:9090/api/v1/query": context deadline exceeded'


def test_warnings_are_kept_with_the_measurement(guarded: Metric) -> None:
    outcome = interpret(guarded, vector("1", warnings=["one", "two"]))
    assert outcome.metadata == {"warnings": '"one", "two"'}
