from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platforms.embedded.manifests import load
from platforms.embedded.manifests.variables import refused_by_the_app

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
CONTAINER = "smiley.yaml: Rollout smiley: spec.template.spec.containers[0]"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "more"}, "stringData": {"LOG_LEVEL": "loud"}}


@pytest.mark.parametrize(
    ("env", "sentence", "place"),
    [
        ([], "NUM_ROWS='0': must be at least 1.", "config.yaml: ConfigMap faces: data.NUM_ROWS"),
        ([{"name": "NUM_ROWS", "value": "0"}], "NUM_ROWS='0': must be at least 1.", f"{CONTAINER}.env[4]"),
        (
            [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "faces", "key": "NUM_COLS"}}}],
            "X='4': no.",
            "config.yaml: ConfigMap faces: data.NUM_COLS",
        ),
        (
            [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "faces-control", "key": "token"}}}],
            "X: no.",
            "config.yaml: Secret faces-control: data.token",
        ),
        ([], "LOG_LEVEL='loud': no.", "config.yaml: Secret more: data.LOG_LEVEL"),
        ([], "NOBODYS='4': no.", CONTAINER),
        ([], "it does not say which.", CONTAINER),
    ],
)
def test_what_the_app_refuses_is_named_by_the_place_where_it_is_set(
    shipped: Documents, write_folder: WriteFolder, env: list[dict[str, Any]], sentence: str, place: str
) -> None:
    shipped["config.yaml"].append(SECRET)
    container = shipped["smiley.yaml"][0]["spec"]["template"]["spec"]["containers"][0]
    container["env"] += env
    container["envFrom"].append({"secretRef": {"name": "more"}})
    read = load(write_folder(shipped), lambda: "a-token")
    assert str(refused_by_the_app(read, "smiley", sentence)) == f"{place}: {sentence}"
