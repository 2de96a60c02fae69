"""What to ask a metric's provider, and what its answer means. Sending the request is the caller's job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.model import Outcome, Phase
from rollouts.providers import prometheus, web
from rollouts.providers.exchange import HttpRequest, HttpResponse, Response, Unreachable

if TYPE_CHECKING:
    from rollouts.analysis.spec import Metric

__all__ = ["HttpRequest", "HttpResponse", "Response", "Unreachable", "interpret", "request"]


def request(metric: Metric, *, prometheus_address: str = "") -> HttpRequest | Outcome:
    """What to send to measure this metric; an Outcome (an Error) where there is nothing to send.

    `prometheus_address` serves the metrics that name none.
    """
    if metric.provider.prometheus is not None:
        return prometheus.request(metric, default_address=prometheus_address)
    if metric.provider.web is not None:
        return web.request(metric)
    return Outcome(Phase.ERROR, message="no provider specified")


def interpret(metric: Metric, response: Response, *, prometheus_address: str = "") -> Outcome:
    """The outcome of the measurement for which `request` was sent."""
    if metric.provider.prometheus is not None:
        return prometheus.interpret(metric, response, default_address=prometheus_address)
    if metric.provider.web is not None:
        return web.interpret(metric, response)
    return Outcome(Phase.ERROR, message="no provider specified")
