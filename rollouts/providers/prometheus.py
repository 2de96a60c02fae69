"""The Prometheus provider without its HTTP (Argo: `metricproviders/prometheus/prometheus.go`).

An instant query; the result of a vector is the list of its values, in Prometheus' order and without labels, of a
scalar its value. Argo's client POSTs the query as a form; this asks the same with a GET.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from rollouts.analysis.evaluation import evaluate_result
from rollouts.analysis.model import Outcome, Phase
from rollouts.golang.text import plain_float, quote
from rollouts.golang.values import Floats
from rollouts.providers.exchange import HttpRequest, Response, Unreachable, failure_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.spec import Metric, Prometheus

_QUERY_PATH = "/api/v1/query"
_DEFAULT_TIMEOUT_SECONDS = 30


class _NoAnswerError(Exception):
    """str() is the message of the measurement."""


def request(metric: Metric, *, default_address: str = "") -> HttpRequest | Outcome:
    """What to ask, or at once the Error of a metric that cannot be asked.

    `default_address` is for metrics without an address, as ARGO_ROLLOUTS_PROMETHEUS_ADDRESS is for Argo's controller.
    """
    prometheus = _settings(metric)
    try:
        url = _query_url(prometheus.address or default_address)
    except _NoAnswerError as error:
        return Outcome(Phase.ERROR, message=str(error))
    if prometheus.timeout is not None and prometheus.timeout < 0:
        return Outcome(Phase.ERROR, message="prometheus timeout should not be negative")
    asked = HttpRequest(
        "GET",
        url,
        params={"query": prometheus.query},
        headers={header.key: header.value for header in prometheus.headers},
        timeout=float(_DEFAULT_TIMEOUT_SECONDS if prometheus.timeout is None else prometheus.timeout),
        insecure=prometheus.insecure,
    )
    if asked.timeout == 0:
        return Outcome(Phase.ERROR, message=failure_text(asked, "context deadline exceeded"))
    return asked


def interpret(metric: Metric, response: Response, *, default_address: str = "") -> Outcome:
    """The measurement that a response makes. Whatever is no data is an Error, never a verdict."""
    if isinstance(response, Unreachable):
        asked = request(metric, default_address=default_address)
        message = failure_text(asked, response.message) if isinstance(asked, HttpRequest) else asked.message
        return Outcome(Phase.ERROR, message=message)
    try:
        answer = _answer(response.status, response.body)
        result = _result(answer.get("data"))
    except _NoAnswerError as error:
        return Outcome(Phase.ERROR, message=str(error))
    phase, message = evaluate_result(metric.success_condition, metric.failure_condition, result)
    if phase is Phase.ERROR:
        return Outcome(phase, message=message)
    return Outcome(phase, value=_shown(result), metadata=_warnings(answer))


def _settings(metric: Metric) -> Prometheus:
    prometheus = metric.provider.prometheus
    if prometheus is None:
        raise ValueError(f"metric {metric.name!r} does not ask Prometheus")
    return prometheus


@lru_cache(maxsize=256)
def _query_url(address: str) -> str:
    if not address:
        raise _NoAnswerError("prometheus address is not configured")
    try:
        parts = urlsplit(address)
    except ValueError:
        raise _NoAnswerError("prometheus address is not is url format") from None
    if not (parts.scheme and parts.netloc):
        raise _NoAnswerError("prometheus address is not is url format")
    if parts.scheme not in {"http", "https"}:
        raise _NoAnswerError(f'unsupported protocol scheme "{parts.scheme}"')
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + _QUERY_PATH, fragment=""))


def _answer(status: int, body: bytes) -> Mapping[str, Any]:
    """The API's envelope, or the error that Argo's client makes of it."""
    explained = status in {400, 422}
    if status // 100 != 2 and not explained:
        raise _NoAnswerError(_status_text(status))
    answer = _json(body)
    if not isinstance(answer, dict):
        raise _NoAnswerError("bad_response: the body is not an answer of Prometheus' API")
    if answer.get("status") == "error":
        raise _NoAnswerError(f"{answer.get('errorType', '')}: {answer.get('error', '')}")
    if explained and answer.get("status") == "success":
        raise _NoAnswerError("bad_response: inconsistent body for response code")
    return answer


def _status_text(status: int) -> str:
    if status // 100 == 4:
        return f"client_error: client error: {status}"
    if status // 100 == 5:
        return f"server_error: server error: {status}"
    return f"bad_response: bad response code {status}"


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body.decode(errors="replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise _NoAnswerError(f"bad_response: the body is not JSON: {error}") from None


def _result(data: Any) -> Floats | float:
    if not isinstance(data, dict):
        raise _NoAnswerError("bad_response: the answer of Prometheus has no data")
    kind, result = data.get("resultType", ""), data.get("result")
    try:
        if kind == "scalar":
            return _sample(result)
        if kind == "vector":
            return Floats(_instant(series) for series in result or ())
        if kind == "matrix":
            return Floats(_sample(sample) for series in result or () for sample in series.get("values") or ())
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise _NoAnswerError(f"bad_response: the {kind} of Prometheus cannot be read: {error}") from None
    raise _NoAnswerError(f"unexpected value type {quote(str(kind))}")


def _instant(series: Mapping[str, Any]) -> float:
    """One element of a vector. A native histogram has no value, and Argo's client leaves it at 0."""
    return _sample(series["value"]) if "value" in series else 0.0


def _sample(pair: Any) -> float:
    _time, value = pair
    if not isinstance(value, str):
        raise TypeError("a sample value must be a quoted string")
    return float(value)


def _shown(result: Floats | float) -> str:
    if isinstance(result, float):
        return plain_float(result)
    return f"[{','.join(map(plain_float, result))}]"


def _warnings(answer: Mapping[str, Any]) -> dict[str, str]:
    warnings = answer.get("warnings")
    if not isinstance(warnings, list) or not warnings:
        return {}
    return {"warnings": ", ".join(f'"{warning}"' for warning in warnings)}
