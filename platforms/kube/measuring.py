"""Whether a run's AnalysisTemplates have anything to measure, asked before a release is judged by them.

A query for a metric that does not exist is answered by an empty result, and an empty result looks like a canary that
nobody visits. The names of the metrics are taken from the query itself, by a parser of PromQL.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping

import aiohttp
import promql_parser

from platforms.kube.resources import Object
from seam.errors import UserError

_ARGUMENT = re.compile(r"{{\s*args\.([^}\s]+)\s*}}")
# Stands for an argument without a value: PromQL takes it for a label's value, a number, and a duration.
_ANYTHING = "1m"
_LOOK_S = 0.5
_REQUEST = aiohttp.ClientTimeout(total=5)

# (AnalysisTemplate, metric, name of the series)
Wanted = tuple[str, str, str]


def wanted_series(templates: Iterable[Object]) -> list[Wanted]:
    """What the Prometheus queries of the templates name. UserError for a query that cannot be read."""
    wanted: dict[Wanted, None] = {}
    for template in templates:
        spec, name = template["spec"], template["metadata"]["name"]
        values = {arg["name"]: arg["value"] for arg in spec.get("args") or () if "value" in arg}
        for metric in spec["metrics"]:
            query = (metric["provider"].get("prometheus") or {}).get("query")
            if query is None:
                continue
            try:
                wanted |= dict.fromkeys((name, metric["name"], series) for series in series_of(_filled(query, values)))
            except ValueError as error:
                raise UserError(
                    f"AnalysisTemplate {name}: the query of metric {metric['name']} is no PromQL: {error}."
                ) from error
    return list(wanted)


def series_of(query: str) -> list[str]:
    """The names of the series that a query reads, each once. ValueError: it is no PromQL."""
    found: dict[str, None] = {}

    def visit(expression: promql_parser.Expr) -> bool:
        selector = getattr(expression, "vector_selector", expression)
        if isinstance(selector, promql_parser.VectorSelector):
            found.update(dict.fromkeys(_names(selector)))
        return True

    promql_parser.walk(promql_parser.parse(query), visit)
    return list(found)


def presence_query(names: Iterable[str], namespace: str) -> str:
    """The PromQL that gives one sample for each of the names that has series of this namespace."""
    either = "|".join(names)
    return f'count by (__name__) ({{__name__=~"{either}",namespace="{namespace}"}})'


async def until_measured(prometheus: str, templates: Iterable[Object], namespace: str, limit_s: float) -> None:
    """Return when Prometheus holds every series that the templates want of this namespace.

    UserError: one that has not come in `limit_s` seconds, or a Prometheus that does not answer.
    """
    missing = wanted_series(templates)
    trouble = ""
    try:
        async with aiohttp.ClientSession(timeout=_REQUEST) as session, asyncio.timeout(limit_s):
            while missing:
                try:
                    present = await _present(session, prometheus, dict.fromkeys(one[2] for one in missing), namespace)
                    missing, trouble = [one for one in missing if one[2] not in present], ""
                except (aiohttp.ClientError, ValueError, KeyError) as error:
                    trouble = str(error) or type(error).__name__
                if missing:
                    await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        if trouble:
            raise UserError(f"Prometheus at {prometheus} does not answer: {trouble}.") from None
        template, metric, series = missing[0]
        raise UserError(
            f"AnalysisTemplate {template}: metric {metric} asks for {series}, and the data plane gives no such metric "
            f"for namespace {namespace}."
        ) from None


async def _present(session: aiohttp.ClientSession, prometheus: str, names: Iterable[str], namespace: str) -> set[str]:
    query = {"query": presence_query(names, namespace)}
    async with session.get(f"{prometheus}/api/v1/query", params=query) as answer:
        answer.raise_for_status()
        found = (await answer.json())["data"]["result"]
    return {one["metric"]["__name__"] for one in found}


def _filled(query: str, values: Mapping[str, str]) -> str:
    return _ARGUMENT.sub(lambda found: str(values.get(found[1], _ANYTHING)), query)


def _names(selector: promql_parser.VectorSelector) -> Iterator[str]:
    if selector.name:
        yield selector.name
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == promql_parser.MatchOp.Equal:
            yield matcher.value
