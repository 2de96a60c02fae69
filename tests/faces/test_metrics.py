from collections.abc import Callable

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from faces.metrics import BUCKETS_S, Metrics

LABELS = {"workload": "smiley", "version": "v2"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("smiley", "v2")


@pytest.fixture
def sample(metrics: Metrics) -> Callable[..., float | None]:
    return lambda name, **labels: metrics.registry.get_sample_value(name, LABELS | labels)


def test_requests_are_counted_by_status(metrics: Metrics, sample: Callable[..., float | None]) -> None:
    assert sample("faces_requests_total", status="200") is None
    for status in (200, 503, 200):
        metrics.answered(status, 0.001)
    assert (sample("faces_requests_total", status="200"), sample("faces_requests_total", status="503")) == (2, 1)


def test_durations_are_counted_up_to_and_including_each_bound(
    metrics: Metrics, sample: Callable[..., float | None]
) -> None:
    for seconds in (0.0, 0.001, 0.0011, 60.0, 61.0):
        metrics.answered(200, seconds)
    counted = {le: sample("faces_request_duration_seconds_bucket", le=le) for le in ("0.001", "0.002", "60.0", "+Inf")}
    assert counted == {"0.001": 2, "0.002": 3, "60.0": 4, "+Inf": 5}
    assert sample("faces_request_duration_seconds_count") == 5
    assert sample("faces_request_duration_seconds_sum") == pytest.approx(121.0021)


def test_nothing_was_asked_and_yet_there_is_a_duration(sample: Callable[..., float | None]) -> None:
    assert [sample("faces_request_duration_seconds_bucket", le=str(bound)) for bound in BUCKETS_S] == [0] * 15
    assert sample("faces_request_duration_seconds_sum") == 0
    assert sample("faces_build_info") == 1


def test_faults_are_counted_by_kind(metrics: Metrics, sample: Callable[..., float | None]) -> None:
    for kind in ("error", "hang", "error"):
        metrics.injected(kind)
    counted = {kind: sample("faces_faults_injected_total", kind=kind) for kind in ("error", "hang", "delay")}
    assert counted == {"error": 2, "hang": 1, "delay": None}


def test_two_replicas_in_one_process_count_for_themselves(metrics: Metrics) -> None:
    metrics.answered(200, 0.1)
    other = Metrics("smiley", "v2").registry
    assert other.get_sample_value("faces_requests_total", {**LABELS, "status": "200"}) is None


def test_both_formats_can_be_written(metrics: Metrics) -> None:
    metrics.answered(200, 0.1)
    metrics.injected("error")
    families = {
        family.name: family.type
        for family in text_string_to_metric_families(generate_latest(metrics.registry).decode())
    }
    assert families == {
        "faces_requests": "counter",
        "faces_request_duration_seconds": "histogram",
        "faces_faults_injected": "counter",
        "faces_build_info": "gauge",
    }
    assert b"_created" not in generate_latest(metrics.registry)
    assert generate_openmetrics(metrics.registry).endswith(b"# EOF\n")
