"""Pods as objects, for scenarios that evict them. There is no kubelet, so their status is written here."""

import contextlib
from collections.abc import Iterator

from conformance.scenario import time_of
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import PODS, Object
from rollouts.pods import Pods


class PlayedPods:
    """The pods of one ReplicaSet, numbered. They have no node, so a deleted pod is gone at once."""

    def __init__(self, cluster: Cluster, replica_set: Object) -> None:
        self._cluster, self._replica_set = cluster, replica_set
        self._made, self._ready = set[int](), set[int]()

    async def follow(self, pods: Pods, now: float) -> None:
        """Create, delete and update the objects until they are as `pods` says."""
        wanted = {pod.number: pod for pod in pods.pods}
        for number in self._made - wanted.keys():
            self._made.remove(number)
            with _unless_gone():
                await self._cluster.delete(self._path(number))
        for number in wanted.keys() - self._made:
            self._made.add(number)
            await self._cluster.create(PODS.path(self._replica_set["metadata"]["namespace"]), self._document(number))
        for number, pod in wanted.items():
            if pod.ready_at <= now and number not in self._ready:
                self._ready.add(number)
                with _unless_gone():
                    await self._cluster.patch(f"{self._path(number)}/status", {"status": _ready_since(now)})

    def _path(self, number: int) -> str:
        return PODS.path(self._replica_set["metadata"]["namespace"], self._name(number))

    def _name(self, number: int) -> str:
        return f"{self._replica_set['metadata']['name']}-{number:04}"

    def _document(self, number: int) -> Object:
        owner, template = self._replica_set, self._replica_set["spec"]["template"]
        reference = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "controller": True,
        }
        labels = template["metadata"]["labels"]
        metadata = {"name": self._name(number), "labels": labels, "ownerReferences": [reference]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def number_of(pod: str) -> int:
    """The number in the name of such a pod."""
    return int(pod.rpartition("-")[2])


def _ready_since(now: float) -> Object:
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": time_of(now)}
    return {"phase": "Running", "conditions": [condition]}


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    """It may have been evicted just now."""
    try:
        yield
    except Refused as refused:
        if refused.status != 404:
            raise
