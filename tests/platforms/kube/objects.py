"""Objects as the API of a cluster with Argo Rollouts v1.10.1 gives them, cut down to what anybody reads."""

from typing import Any

HASH = "rollouts-pod-template-hash"
REVISION = "rollout.argoproj.io/revision"
STEPS = [{"setWeight": 30}, {"pause": {"duration": "3s"}}, {"setWeight": 50}, {"pause": {}}]

Document = dict[str, Any]


def template(version: str = "v1", release: str | None = None) -> Document:
    metadata: Document = {"labels": {"app": "smiley"}}
    if release is not None:
        metadata["annotations"] = {"faces.dev/release": release}
    ports = [{"name": "http", "containerPort": 8000}, {"name": "admin", "containerPort": 8001}]
    ports.append({"name": "control", "containerPort": 8002})
    container = {"name": "smiley", "env": [{"name": "VERSION", "value": version}], "ports": ports}
    return {"metadata": metadata, "spec": {"containers": [container]}}


def rollout(
    version: str = "v1",
    *,
    name: str = "smiley",
    generation: int = 1,
    revision: int = 1,
    status: Document | None = None,
    release: str | None = None,
    steps: list[Document] | None = None,
    **spec: Any,
) -> Document:
    canary = {"canaryService": f"{name}-canary", "steps": STEPS if steps is None else steps}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {
            "name": name,
            "namespace": "run",
            "uid": f"uid-{name}",
            "resourceVersion": "10",
            "generation": generation,
            "labels": {"faces.dev/run": "run"},
            "annotations": {REVISION: str(revision)},
        },
        "spec": {"replicas": 2, "strategy": {"canary": canary}, "template": template(version, release), **spec},
        "status": healthy() if status is None else status,
    }


def healthy(observed: int = 1, pod_hash: str = "aaa", index: int | None = len(STEPS)) -> Document:
    return {
        "observedGeneration": str(observed),
        "phase": "Healthy",
        "stableRS": pod_hash,
        "currentPodHash": pod_hash,
        "currentStepIndex": index,
        "canary": {"weights": weights(0, pod_hash)},
    }


def under_way(weight: int = 30, index: int = 1, **more: Any) -> Document:
    """v2 (bbb) on its way beside v1 (aaa); the second generation, observed."""
    return {
        "observedGeneration": "2",
        "phase": "Progressing",
        "message": "more replicas need to be updated",
        "stableRS": "aaa",
        "currentPodHash": "bbb",
        "currentStepIndex": index,
        "canary": {"weights": weights(weight, "bbb", "aaa")},
        **more,
    }


def aborted(observed: int = 2) -> Document:
    message = "RolloutAborted: Rollout aborted update to revision 2"
    return under_way(0, 0, observedGeneration=str(observed), abort=True, phase="Degraded", message=message)


def weights(canary: int, canary_hash: str, stable_hash: str | None = None) -> Document:
    stable = {"weight": 100 - canary, "podTemplateHash": stable_hash or canary_hash, "serviceName": "smiley"}
    return {
        "canary": {"weight": canary, "podTemplateHash": canary_hash, "serviceName": "smiley-canary"},
        "stable": stable,
    }


def replica_set(
    pod_hash: str = "aaa",
    version: str = "v1",
    revision: int = 1,
    owner: str = "smiley",
    release: str | None = None,
) -> Document:
    labelled = template(version, release)
    labelled["metadata"]["labels"][HASH] = pod_hash
    return {
        "metadata": {
            **_owned(f"{owner}-{pod_hash}", owner),
            "labels": {"app": owner, HASH: pod_hash},
            "annotations": {REVISION: str(revision)},
        },
        "spec": {"replicas": 2, "template": labelled},
        "status": {"replicas": 2, "readyReplicas": 1},
    }


def pod(name: str = "smiley-aaa-1", owner: str = "smiley-aaa", *, ready: bool = True, **metadata: Any) -> Document:
    return {
        "metadata": {**_owned(name, owner), **metadata},
        "spec": template()["spec"],
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def run(
    name: str = "smiley-bbb-2",
    *,
    pod_hash: str = "bbb",
    revision: int = 2,
    kind: str = "Background",
    step: str = "",
    spec: Document | None = None,
    status: Document | None = None,
    created: str = "2026-01-01T00:00:00Z",
) -> Document:
    return {
        "metadata": {
            **_owned(name, "smiley"),
            "labels": {HASH: pod_hash, "rollout-type": kind, **({"step-index": step} if step else {})},
            "annotations": {REVISION: str(revision)},
            "creationTimestamp": created,
        },
        "spec": {} if spec is None else spec,
        **({"status": status} if status is not None else {}),
    }


def measured(*measurements: Document, metric: str = "success-rate", phase: str = "Running") -> Document:
    """The status of an AnalysisRun with these measurements of one metric."""
    results = [{"name": metric, "phase": phase, "measurements": list(measurements)}]
    return {"phase": phase, "metricResults": results}


def measurement(finished: str | None, phase: str = "Successful", value: str = "[1]", **more: Any) -> Document:
    times = {"startedAt": finished, "finishedAt": finished} if finished else {"startedAt": "2026-01-01T00:00:09Z"}
    return {**times, "phase": phase, "value": value, **more}


def _owned(name: str, owner: str) -> Document:
    reference = {"uid": f"uid-{owner}", "name": owner, "controller": True}
    return {
        "name": name,
        "namespace": "run",
        "uid": f"uid-{name}",
        "resourceVersion": "10",
        "ownerReferences": [reference],
    }
