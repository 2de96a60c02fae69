import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube.refusals import refusal

FORBIDDEN = (
    'rollouts.argoproj.io "smiley" is forbidden: User "jane" cannot patch resource "rollouts/status" '
    'in API group "argoproj.io" in the namespace "faces"'
)
CORE = (
    'pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" '
    'in the namespace "x"'
)
CLUSTER = (
    'namespaces is forbidden: User "jane" cannot create resource "namespaces" in API group "" at the cluster scope'
)
QUOTA = 'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4'


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (403, FORBIDDEN, "jane may not patch rollouts.argoproj.io/status in namespace faces."),
        (403, CORE, "system:serviceaccount:a:b may not list pods in namespace x."),
        (403, CLUSTER, "jane may not create namespaces."),
        (403, QUOTA, f"The cluster refused: {QUOTA}."),
        (422, 'Rollout "x" is invalid: spec.', 'The cluster refused: Rollout "x" is invalid: spec.'),
        (401, "Unauthorized", "The cluster does not accept the credentials of the kubeconfig; log in again."),
    ],
)
def test_a_no_is_one_sentence(status: int, message: str, sentence: str) -> None:
    refused = refusal(status, json.dumps({"kind": "Status", "message": message}).encode())
    assert (refused.status, str(refused)) == (status, sentence)


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "it gave no reason"), (b"404 page not found\n", "404 page not found"), (b"[1]", "[1]"), (b"{}", "{}")],
)
def test_what_is_no_answer_of_an_api_server_is_quoted(body: bytes, said: str) -> None:
    assert str(refusal(404, body)) == f"The cluster refused: {said}."


@given(st.integers(400, 599), st.binary(max_size=400))
def test_any_answer_can_be_told(status: int, body: bytes) -> None:
    assert len(str(refusal(status, body))) < 260
