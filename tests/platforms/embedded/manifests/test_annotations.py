import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.embedded.manifests.annotations import callers_of, identity_of, service_policy
from platforms.embedded.policies import NO_POLICY, Breaker, ServicePolicy

ACCRUAL = "balancer.linkerd.io/failure-accrual"


def test_without_annotations_nothing_is_retried_and_nothing_has_a_limit() -> None:
    assert service_policy({}) == NO_POLICY == ServicePolicy()
    assert service_policy({"linkerd.io/inject": "enabled", "team": "smileys"}) == NO_POLICY


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("5xx", tuple(range(500, 600))),
        ("gateway-error", (502, 503, 504)),
        ("503", (503,)),
        ("500-502,504", (500, 501, 502, 504)),
        ("503,gateway-error", (502, 503, 504)),
    ],
)
def test_statuses_that_are_retried(text: str, statuses: tuple[int, ...]) -> None:
    assert service_policy({"retry.linkerd.io/http": text}).retried_statuses == statuses


@pytest.mark.parametrize(("text", "seconds"), [("300ms", 0.3), ("2s", 2), ("1.5s", 1.5), ("1m", 60), ("1h", 3600)])
def test_limits_of_time(text: str, seconds: float) -> None:
    given_ = {"timeout.linkerd.io/request": text, "timeout.linkerd.io/response": text, "retry.linkerd.io/timeout": text}
    policy = service_policy(given_)
    limits = (policy.request_timeout_s, policy.response_timeout_s, policy.try_timeout_s)
    assert limits == pytest.approx((seconds,) * 3)


def test_a_limit_of_0_retries_is_the_default_as_for_linkerd() -> None:
    assert service_policy({"retry.linkerd.io/limit": "0"}).retries == 1
    assert service_policy({"retry.linkerd.io/limit": "3"}).retries == 3


def test_a_breaker_has_linkerds_defaults_and_can_be_tuned() -> None:
    assert service_policy({ACCRUAL: "consecutive"}).breaker == Breaker(7, 1, 60)
    tuned = {f"{ACCRUAL}-consecutive-max-failures": "3", f"{ACCRUAL}-consecutive-min-penalty": "500ms"}
    assert service_policy({ACCRUAL: "consecutive", **tuned}).breaker == Breaker(3, 0.5, 60)


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        ({"retry.linkerd.io/http": "5xx, 404"}, "retry.linkerd.io/http is '5xx, 404'; give statuses without spaces"),
        ({"retry.linkerd.io/http": "99"}, "give statuses"),
        ({"retry.linkerd.io/limit": "-1"}, "give a whole number"),
        ({"retry.linkerd.io/limit": "65536"}, "give a whole number up to 65535"),
        ({"timeout.linkerd.io/request": "300"}, "give a number with its unit, such as 300ms or 2s"),
        ({"timeout.linkerd.io/idle": "2s"}, "timeout.linkerd.io/idle is not known here; use "),
        ({ACCRUAL: "unified"}, "give consecutive"),
        ({f"{ACCRUAL}-consecutive-max-failures": "3"}, "has to be consecutive for its limits to count"),
        ({"balancer.alpha.linkerd.io/penalize-failures": "true"}, "is not known here"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(annotations: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=r"annotation|failure-accrual") as refused:
        service_policy(annotations)
    assert said in str(refused.value)


@given(st.dictionaries(st.sampled_from(["retry.linkerd.io/http", "timeout.linkerd.io/request", ACCRUAL]), st.text()))
def test_any_text_is_understood_or_refused_in_words(annotations: dict[str, str]) -> None:
    try:
        service_policy(annotations)
    except ValueError as refused:
        assert "linkerd.io/" in str(refused)  # noqa: PT017


def test_callers_are_named_or_everybody() -> None:
    assert callers_of({}) is None
    assert callers_of({"faces.dev/callers": ""}) == ()
    assert callers_of({"faces.dev/callers": "gui, face"}) == ("gui", "face")


def test_an_identity_is_one_of_a_few() -> None:
    assert identity_of({}) == "good"
    assert identity_of({"faces.dev/identity": "expired"}) == "expired"
    with pytest.raises(ValueError, match="give one of good, expired, other-ca, wrong-name"):
        identity_of({"faces.dev/identity": "old"})
