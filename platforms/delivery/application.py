"""Argo CD's objects for a run, and what the status of its Application means. Pure."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from manifests import ARGOCD
from platforms.delivery.repository import Commit
from platforms.kube.delivered import NAMESPACE
from platforms.kube.placing import placed
from platforms.kube.resources import Object
from platforms.kube.views import delivery_view
from seam.documents import documents, single
from seam.views import DeliveryView, RolloutView

REFRESH = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
"""A merge patch that has Argo CD look at the repository now, and not within its three minutes."""


def own_repository(run: str) -> str:
    """The address of the repository in the run's own namespace, as Argo CD sees it."""
    return f"git://git.{run}.svc/delivery.git"


def server(run: str, image: str) -> list[dict[str, Any]]:
    """That repository's server, in the run's namespace. `image` is Argo CD's: it has git in it."""
    made = [placed(one, run) for one in documents(ARGOCD / "git.yaml")]
    for one in made:
        if one["kind"] == "Deployment":
            spec = one["spec"]["template"]["spec"]
            for container in (*spec["initContainers"], *spec["containers"]):
                container["image"] = image
    return made


def project(run: str, repository: str) -> dict[str, Any]:
    """What commits may reach."""
    made = _of_run(ARGOCD / "project.yaml", run)
    made["spec"]["sourceRepos"] = [repository]
    made["spec"]["destinations"][0]["namespace"] = run
    return made


def application(run: str, repository: str, branch: str) -> dict[str, Any]:
    """What is delivered, from where, and what Argo CD leaves alone."""
    made = _of_run(ARGOCD / "application.yaml", run)
    made["spec"]["project"] = run
    made["spec"]["source"] = {"repoURL": repository, "targetRevision": branch, "path": run}
    made["spec"]["destination"]["namespace"] = run
    return made


def _of_run(file: Path, run: str) -> dict[str, Any]:
    """Under the run's name and label, but where Argo CD looks for it."""
    made: dict[str, Any] = placed(single(file), run)
    made["metadata"] |= {"name": run, "namespace": NAMESPACE}
    return made


# --- what its status means --------------------------------------------------------------------------------------


def is_synced(one: Object, commit: str) -> bool:
    """Whether the cluster is as this commit says: whether that is good is another question."""
    delivery = delivery_view(one)
    return (delivery.commit, delivery.sync) == (commit, "Synced")


def complaint(one: Object) -> str:
    """Why Argo CD cannot go on, in its own words; "" while it can."""
    status = one.get("status") or {}
    errors = [c["message"] for c in status.get("conditions") or () if c["type"].endswith("Error")]
    operation = status.get("operationState") or {}
    if not errors and operation.get("phase") in ("Failed", "Error"):
        errors = [operation.get("message") or "the last sync failed"]
    return errors[0] if errors else ""


def standing(delivery: DeliveryView, head: str, rollouts: Iterable[RolloutView]) -> str:
    """Where repository and cluster stand to each other, in a sentence. `head` is the repository's newest commit."""
    shown = list(rollouts)
    disagreeing = [view for view in shown if view.repository_disagrees]
    if delivery.commit != head:
        return f"Argo CD has not compared the cluster with commit {head[:7]} yet."
    if delivery.sync != "Synced":
        return f"The cluster is not as the repository says ({delivery.sync or 'nobody has looked yet'})."
    if disagreeing:
        return " ".join(
            f"{view.name}: rolled back in the cluster; the repository still says {view.current_version}."
            for view in disagreeing
        )
    under_way = [view.name for view in shown if not view.settled]
    if under_way:
        return f"The cluster is as the repository says; {' and '.join(under_way)} is still going out."
    if delivery.health != "Healthy":
        return f"The cluster is as the repository says, and {delivery.health or 'nobody knows how well that goes'}."
    return "The cluster is as the repository says, and well."


def ways_out(rollouts: Iterable[RolloutView]) -> Iterator[tuple[str, str]]:
    """(what it comes to, the command's words) of both honest ways out after a rollback; none without one."""
    for view in rollouts:
        if view.repository_disagrees:
            taken_back = f"git revert: the repository says {view.stable_version} of {view.name} again"
            yield taken_back, f"gitops revert {view.name}"
            yield "roll forward: a fixed version, as a new commit", f"release {view.name} --as good --by git"


def delivery_of(rollouts: Iterable[RolloutView]) -> DeliveryView:
    """What delivers them: the same for all."""
    return next((view.delivery for view in rollouts if view.delivery is not None), DeliveryView("", "", ""))


def to_json(head: Commit, rollouts: Iterable[RolloutView]) -> dict[str, Any]:
    """For `faces gitops status --json`."""
    shown = list(rollouts)
    delivery = delivery_of(shown)
    return {
        "head": {"commit": head.sha, "subject": head.subject},
        "commit": delivery.commit,
        "sync": delivery.sync,
        "health": delivery.health,
        "message": standing(delivery, head.sha, shown),
        "rollouts": {view.name: {"version": view.current_version, "phase": view.phase} for view in shown},
    }
