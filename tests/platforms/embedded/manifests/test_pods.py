from typing import Any

import pytest

from platforms.embedded.manifests.pods import PodTemplate
from platforms.embedded.manifests.reading import Manifests
from seam.releases import version_of

CONFIG_MAPS = {"base": {"A": "map", "B": "map", "C": "map"}, "more": {"B": "more"}}
SECRETS = {"hidden": {"C": "secret", "token": "s3cret"}}


def pods(env_from: list[Any], env: list[Any]) -> PodTemplate:
    container = {
        "name": "smiley",
        "args": ["smiley"],
        "ports": [{"name": "admin", "containerPort": 8001}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "admin"}},
        "envFrom": env_from,
        "env": env,
    }
    return PodTemplate.model_validate({"metadata": {"labels": {"app": "smiley"}}, "spec": {"containers": [container]}})


def environment(env_from: list[Any], env: list[Any]) -> dict[str, str]:
    return pods(env_from, env).environment("smiley-1", "faces", CONFIG_MAPS, SECRETS)


def test_of_two_sources_with_one_key_the_later_wins() -> None:
    base, more = {"configMapRef": {"name": "base"}}, {"configMapRef": {"name": "more"}}
    assert environment([base, more], []) == {"A": "map", "B": "more", "C": "map"}
    assert environment([more, base], []) == {"A": "map", "B": "map", "C": "map"}
    assert environment([base, {"secretRef": {"name": "hidden"}}], [])["C"] == "secret"


def test_a_variable_of_its_own_wins_over_every_source_and_the_later_of_two_wins() -> None:
    sources = [{"configMapRef": {"name": "base"}}]
    assert environment(sources, [{"name": "A", "value": "own"}])["A"] == "own"
    assert environment(sources, [{"name": "A", "value": "own"}, {"name": "A", "value": "last"}])["A"] == "last"
    assert environment(sources, [{"name": "A"}])["A"] == ""


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"configMapKeyRef": {"name": "more", "key": "B"}}, "more"),
        ({"secretKeyRef": {"name": "hidden", "key": "token"}}, "s3cret"),
        ({"fieldRef": {"fieldPath": "metadata.name"}}, "smiley-1"),
        ({"fieldRef": {"fieldPath": "metadata.namespace"}}, "faces"),
        ({"fieldRef": {"fieldPath": "status.podIP"}}, "127.0.0.1"),
        ({"fieldRef": {"fieldPath": "status.hostIP"}}, "127.0.0.1"),
    ],
)
def test_a_variable_takes_its_value_from_where_it_says(source: dict[str, Any], value: str) -> None:
    assert environment([], [{"name": "X", "valueFrom": source}]) == {"X": value}


def test_every_reference_is_told_with_its_place() -> None:
    wanted = pods(
        [{"configMapRef": {"name": "base"}}, {"secretRef": {"name": "hidden"}}],
        [{"name": "A", "value": "1"}, {"name": "X", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "token"}}}],
    )
    at = "spec.template.spec.containers[0]"
    assert list(wanted.references()) == [
        (f"{at}.envFrom[0]", "ConfigMap", "base", None),
        (f"{at}.envFrom[1]", "Secret", "hidden", None),
        (f"{at}.env[1]", "Secret", "hidden", "token"),
    ]


@pytest.mark.parametrize(
    ("resources", "limit"),
    [
        ({}, None),
        ({"limits": {"cpu": "1"}}, None),
        ({"limits": None, "requests": {"memory": "64Mi"}}, None),
        ({"limits": {"memory": "128Mi"}}, 128 << 20),
        ({"limits": {"memory": "0.5G"}}, 500_000_000),
        ({"limits": {"memory": 1000}}, 1000),
    ],
)
def test_a_memory_limit_is_known_in_bytes(resources: dict[str, Any], limit: int | None) -> None:
    container = pods([], []).container.model_copy(update={"resources": resources})
    assert container.memory_limit == limit


def test_the_shipped_pods_get_what_the_app_needs(manifests: Manifests) -> None:
    for name, template in manifests.pods.items():
        env = template.environment(f"{name}-x", manifests.namespace, manifests.config_maps, manifests.secrets)
        assert env["VERSION"] == "v1"
        assert env["HOST_IP"] == f"{name}-x"
        assert env["CONTROL_TOKEN"] == "a-token"
        assert env["NUM_ROWS"] == "4"


def test_the_version_of_a_template() -> None:
    def template(env: list[Any]) -> dict[str, Any]:
        return {"spec": {"containers": [{"env": env}]}}

    assert version_of(template([{"name": "X", "value": "1"}, {"name": "VERSION", "value": "v7"}])) == "v7"
    assert version_of(template([])) == "?"
    assert version_of(template([{"name": "VERSION", "valueFrom": {}}])) == "?"
    assert version_of({"spec": {"containers": [{}]}}) == "?"
