"""Whether Prometheus has what a run's AnalysisTemplates ask for, asked before a release is judged by them.

A query for a series that does not exist is answered by an empty result, and an empty result looks like a canary that
nobody visits. The names of the series are taken from the query itself, by a parser of PromQL, and so is which of them
need not be there: a mesh counts denials from the first one on, and the query says `or vector(0)` of them.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
import promql_parser
import re2

from seam.errors import UserError

_ARGUMENT = re.compile(r"{{\s*args\.([^}\s]+)\s*}}")
# Stands for an argument without a value: PromQL takes it for a label's value, a number, and a duration.
_ANYTHING = "1m"
# Where a mesh says in which namespace a call ended: of its own pod, of the Service that was asked.
_NAMESPACES = ("namespace", "parent_namespace", "dst_namespace")
_LIMIT_S, _LOOK_S = 30.0, 0.5
_REQUEST = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True, slots=True)
class Query:
    """The PromQL of one metric of one AnalysisTemplate, and those of its arguments that have a value."""

    template: str
    metric: str
    promql: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Series:
    """A series that a query names.

    `name` may be a regular expression (RE2, of whole names, as Prometheus has it): one such series is enough.
    `namespace`: the label by which the query asks for a namespace's, and another one's is not it. `optional`: it may be
    absent, because the query has a number for that: it stands left of `or vector(0)` and nowhere else.
    """

    name: str
    namespace: str | None = None
    optional: bool = False

    def is_named(self, name: str) -> bool:
        """Whether a metric of this name is what the query asks for."""
        return re2.fullmatch(self.name, name) is not None


# (AnalysisTemplate, metric, what it asks for)
Wanted = tuple[str, str, Series]


def wanted_series(queries: Iterable[Query]) -> list[Wanted]:
    """What the queries name, each once, what may be absent included. UserError for a query that cannot be read."""
    wanted: dict[Wanted, None] = {}
    for query in queries:
        try:
            found = series_of(_filled(query.promql, query.arguments))
        except ValueError as error:
            raise UserError(
                f"AnalysisTemplate {query.template}: the query of metric {query.metric} is no PromQL: {error}."
            ) from error
        wanted |= dict.fromkeys((query.template, query.metric, series) for series in found)
    return list(wanted)


def series_of(query: str) -> list[Series]:
    """The series that a query reads, each once. ValueError: it is no PromQL."""
    found: dict[Series, None] = {}
    for selector, optional in _selectors(promql_parser.parse(query), optional=False):
        label = next((one.name for one in selector.matchers.matchers if one.name in _NAMESPACES), None)
        found.update(dict.fromkeys(Series(name, label, optional) for name in _names(selector)))
    return [one for one in found if not (one.optional and replace(one, optional=False) in found)]


def _selectors(
    expression: promql_parser.Expr, *, optional: bool
) -> Iterator[tuple[promql_parser.VectorSelector, bool]]:
    """Every selector in it, and whether there is a number in its place where it finds nothing."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression, optional
        return
    if isinstance(expression, promql_parser.BinaryExpr) and str(expression.op) == "or":
        optional = optional or _is_constant(expression.rhs)
    parts = [getattr(expression, name, None) for name in ("vector_selector", "lhs", "rhs", "param", "expr")]
    for part in (*parts, *getattr(expression, "args", ())):
        if part is not None:
            yield from _selectors(part, optional=optional)


def _is_constant(expression: promql_parser.Expr) -> bool:
    if isinstance(expression, promql_parser.ParenExpr):
        return _is_constant(expression.expr)
    return isinstance(expression, promql_parser.Call) and expression.func.name == "vector"


def presence_query(names: Iterable[str], label: str | None, namespace: str) -> str:
    """The PromQL that gives one sample for each metric of these names (see Series) that has series.

    With this label, or with no `label`.
    """
    either = "|".join(names).replace("\\", r"\\").replace('"', r"\"")
    of_namespace = "" if label is None else f',{label}="{namespace}"'
    return f'count by (__name__) ({{__name__=~"{either}"{of_namespace}}})'


async def wait_until_measured(prometheus: str, queries: Iterable[Query], namespace: str) -> None:
    """Return when Prometheus holds every series that the queries ask for, but those that may be absent.

    UserError: one that has not come within 30 s, or a Prometheus that does not answer.
    """
    missing = [one for one in wanted_series(queries) if not one[2].optional]
    trouble = ""
    try:
        async with aiohttp.ClientSession(timeout=_REQUEST) as session, asyncio.timeout(_LIMIT_S):
            while missing:
                try:
                    there = await present(session, prometheus, [series for *_, series in missing], namespace)
                    missing, trouble = [one for one in missing if one[2] not in there], ""
                except (aiohttp.ClientError, ValueError, KeyError) as error:
                    trouble = str(error) or type(error).__name__
                if missing:
                    await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        if trouble:
            raise UserError(f"Prometheus at {prometheus} does not answer: {trouble}.") from None
        template, metric, series = missing[0]
        where = f" for namespace {namespace}" if series.namespace else ""
        raise UserError(
            f"AnalysisTemplate {template}: metric {metric} asks for {series.name}, and Prometheus has had no such "
            f"series{where} for {_LIMIT_S:g} s; correct the query, or send visitors if nobody has visited."
        ) from None


async def present(
    session: aiohttp.ClientSession, prometheus: str, wanted: Collection[Series], namespace: str
) -> set[Series]:
    """Those of the series that Prometheus has now."""
    found: set[Series] = set()
    for label in dict.fromkeys(series.namespace for series in wanted):
        names = dict.fromkeys(series.name for series in wanted if series.namespace == label)
        query = {"query": presence_query(names, label, namespace)}
        async with session.get(f"{prometheus}/api/v1/query", params=query) as answer:
            answer.raise_for_status()
            result = (await answer.json())["data"]["result"]
        named = {one["metric"]["__name__"] for one in result}
        found |= {one for one in wanted if one.namespace == label and any(map(one.is_named, named))}
    return found


def _filled(query: str, values: Mapping[str, str]) -> str:
    return _ARGUMENT.sub(lambda found: str(values.get(found[1], _ANYTHING)), query)


def _names(selector: promql_parser.VectorSelector) -> Iterator[str]:
    if selector.name:
        yield selector.name
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op in (promql_parser.MatchOp.Equal, promql_parser.MatchOp.Re):
            yield matcher.value
