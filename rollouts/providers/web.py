"""The web provider without its HTTP (Argo: `metricproviders/webmetric/webmetric.go`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollouts.analysis.evaluation import evaluate_result
from rollouts.analysis.model import Outcome, Phase
from rollouts.golang.json import read_json
from rollouts.golang.text import json_text, quote
from rollouts.providers.exchange import HttpRequest, Response, Unreachable, address_problem, failure_text
from rollouts.providers.kubepath import PathError, find, parse_path

if TYPE_CHECKING:
    from rollouts.analysis.spec import Metric, Web

_DEFAULT_TIMEOUT_SECONDS = 10
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def request(metric: Metric) -> HttpRequest | Outcome:
    """What to ask, or at once the Error of a metric that cannot be asked."""
    web = _settings(metric)
    asked = HttpRequest(
        web.method or "GET",
        web.url,
        headers=_headers(web),
        body=_body(web),
        timeout=float(web.timeout_seconds if web.timeout_seconds > 0 else _DEFAULT_TIMEOUT_SECONDS),
        insecure=web.insecure,
    )
    problem = _problem(web, asked)
    return asked if problem is None else Outcome(Phase.ERROR, message=problem)


def interpret(metric: Metric, response: Response) -> Outcome:
    """The measurement that a response makes.

    A body that is not JSON is Successful, whatever the conditions say: Argo Rollouts v1.10 does not ask them.
    """
    web = _settings(metric)
    if isinstance(response, Unreachable):
        asked = HttpRequest(web.method or "GET", web.url)
        return Outcome(Phase.ERROR, message=failure_text(asked, response.message))
    if response.status // 100 != 2:
        return Outcome(Phase.ERROR, message=f"received non 2xx response code: {response.status}")
    text = response.body.decode(errors="replace")
    try:
        document = read_json(text)
    except ValueError:
        return Outcome(Phase.SUCCESSFUL, value=text)
    try:
        found = find(parse_path(web.json_path), document)
    except PathError as error:
        return Outcome(Phase.ERROR, message=f"Could not find JSONPath in body: {error}")
    if not found:
        return Outcome(Phase.ERROR, message="result of web metric produced no value")
    return _evaluated(metric, found[0])


def _evaluated(metric: Metric, result: Any) -> Outcome:
    phase, message = evaluate_result(metric.success_condition, metric.failure_condition, result)
    if phase is Phase.ERROR:
        return Outcome(phase, message=message)
    return Outcome(phase, value=json_text(result))


def _settings(metric: Metric) -> Web:
    web = metric.provider.web
    if web is None:
        raise ValueError(f"metric {metric.name!r} does not ask a web server")
    return web


def _headers(web: Web) -> dict[str, str]:
    headers = {header.key: header.value for header in web.headers}
    if web.json_body is None:
        return headers
    others = {key: value for key, value in headers.items() if key.lower() != "content-type"}
    return {**others, "Content-Type": "application/json"}


def _body(web: Web) -> bytes | None:
    if web.json_body is not None:
        return json_text(web.json_body).encode()
    return web.body.encode() if web.body else None


def _problem(web: Web, asked: HttpRequest) -> str | None:
    """In Argo's order: the path is read when the provider is made, the rest when it is asked."""
    try:
        parse_path(web.json_path)
    except PathError as error:
        return str(error)
    if web.body and web.json_body is not None:
        return "use either Body or JSONBody; both cannot exists for WebMetric payload"
    if asked.body is not None and asked.method == "GET":
        return "Body/JSONBody can only be used with POST or PUT WebMetric Method types"
    if _METHOD.fullmatch(asked.method) is None:
        return f"net/http: invalid method {quote(asked.method)}"
    problem = address_problem(web.url)
    return None if problem is None else failure_text(asked, problem)
