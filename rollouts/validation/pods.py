"""The usual rules of Kubernetes about a pod template, in its order.

k8s.io/kubernetes: pkg/apis/core/validation/validation.go, which Argo asks. Not asked here: kinds of volumes, security
contexts, affinities, tolerations and DNS; the API server asks it all again when it makes the pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid
from rollouts.golang.text import quote
from rollouts.schema.names import dns_label_problem, invalid, of_annotations, of_labels
from rollouts.validation.containers import of_container, of_probes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_AT = "spec.template"


def of_pod_template(template: Mapping[str, Any]) -> Iterator[Invalid]:
    metadata, pod = template.get("metadata", {}), template.get("spec", {})
    yield from of_labels(metadata.get("labels", {}), f"{_AT}.metadata.labels")
    yield from of_annotations(metadata.get("annotations", {}), f"{_AT}.metadata.annotations")
    yield from _of_pod(pod, f"{_AT}.spec")
    if pod.get("ephemeralContainers"):
        yield Invalid(f"{_AT}.spec.ephemeralContainers", "Forbidden: ephemeral containers not allowed in pod template")
    if (pod.get("restartPolicy") or "Always") != "Always":
        policy = quote(pod["restartPolicy"])
        yield Invalid(f"{_AT}.spec.restartPolicy", f'Unsupported value: {policy}: supported values: "Always"')
    if "activeDeadlineSeconds" in pod:
        text = "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"
        yield Invalid(f"{_AT}.spec.activeDeadlineSeconds", text)


def _of_pod(pod: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    volumes = pod.get("volumes") or ()
    yield from _of_volumes(volumes, f"{at}.volumes")
    names = {volume.get("name") for volume in volumes if volume}
    containers = pod.get("containers", [])
    if not containers:
        yield Invalid(f"{at}.containers", "Required value")
    for i, container in enumerate(containers):
        yield from of_container(container, names, f"{at}.containers[{i}]")
        yield from of_probes(container, f"{at}.containers[{i}]")
    yield from _of_init_containers(pod, names, f"{at}.initContainers")
    policy = pod.get("restartPolicy") or "Always"
    if policy not in ("Always", "OnFailure", "Never"):
        supported = '"Always", "OnFailure", "Never"'
        yield Invalid(f"{at}.restartPolicy", f"Unsupported value: {quote(policy)}: supported values: {supported}")
    yield from of_labels(pod.get("nodeSelector", {}), f"{at}.nodeSelector")
    deadline = pod.get("activeDeadlineSeconds", 1)
    if not 1 <= deadline < 1 << 31:
        text = f"Invalid value: {deadline}: must be between 1 and 2147483647, inclusive"
        yield Invalid(f"{at}.activeDeadlineSeconds", text)


def _of_volumes(volumes: Any, at: str) -> Iterator[Invalid]:
    seen: set[str] = set()
    for i, volume in enumerate(volumes):
        name = (volume or {}).get("name") or ""
        if not name:
            yield Invalid(f"{at}[{i}].name", "Required value")
        else:
            yield from invalid(f"{at}[{i}].name", name, dns_label_problem(name))
            if name in seen:
                yield Invalid(f"{at}[{i}].name", f"Duplicate value: {quote(name)}")
            seen.add(name)


def _of_init_containers(pod: Mapping[str, Any], volumes: set[str], at: str) -> Iterator[Invalid]:
    names = {container["name"] for container in pod.get("containers", [])}
    for i, container in enumerate(pod.get("initContainers", [])):
        path = f"{at}[{i}]"
        yield from of_container(container, volumes, path)
        if container["name"] in names:
            yield Invalid(f"{path}.name", f"Duplicate value: {quote(container['name'])}")
        if container.get("restartPolicy") == "Always":
            yield from of_probes(container, path)
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if field in container:
                text = "Forbidden: may not be set for init containers without restartPolicy=Always"
                yield Invalid(f"{path}.{field}", text)
