"""What a repository holds that Argo CD delivers a run from, and what a release changes in it. Pure.

    RUN/kustomization.yaml   what belongs together
    RUN/app/                 the manifests as they ship, an object a file
    RUN/releases/            of each Rollout what is different now: a release is a commit that changes one of these

A release's patch is made from the shipped pod template, never from the one before: what an earlier release changed is
gone by itself, and a file says all that is different, which is what one sees in `git show`.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from platforms.kube.commands import release as released
from platforms.kube.resources import Object
from seam.errors import UserError
from seam.releases import RELEASE, PodChange, next_version, version_of

BRANCH = "main"
_TEMPLATE, _CONTAINER = "/spec/template", "/spec/template/spec/containers/0"
_README = """# What runs as {run}

Argo CD keeps the namespace {run} as this folder says. A release is a commit that changes a file in `releases/`;
`git revert` takes it back. Nothing here says how much traffic a version gets: that is for Argo Rollouts to decide.
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """`sha` is the whole hash, `subject` the first line of its message."""

    sha: str
    subject: str

    @property
    def short(self) -> str:
        return self.sha[:7]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the repository says of a Rollout. `release` is None for what ships."""

    version: str
    release: str | None


def files(run: str, documents: Iterable[Object]) -> dict[str, str]:
    """{path: text} of a new repository. `documents` are those of the run, each placed in its namespace."""
    ordered = list(documents)
    rollouts = [str(one["metadata"]["name"]) for one in ordered if one["kind"] == "Rollout"]
    app = {f"app/{one['kind'].lower()}-{one['metadata']['name']}.yaml": one for one in ordered}
    if len(app) < len(ordered):
        raise UserError("Two of the manifests are of the same kind and name: a repository holds each of them once.")
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(app),
        "patches": [
            {"path": f"releases/{name}.yaml", "target": {"kind": "Rollout", "name": name}} for name in rollouts
        ],
    }
    texts = {
        "README.md": _README.format(run=run),
        "kustomization.yaml": _yaml(kustomization),
        **{path: _yaml(one) for path, one in app.items()},
        **{f"releases/{one['metadata']['name']}.yaml": _shipped(one) for one in ordered if one["kind"] == "Rollout"},
    }
    return {f"{run}/{path}": text for path, text in texts.items()}


def rollout_file(run: str, workload: str) -> str:
    """Where its Rollout is, as it ships."""
    return f"{run}/app/rollout-{workload}.yaml"


def release_file(run: str, workload: str) -> str:
    """Where what is different now is."""
    return f"{run}/releases/{workload}.yaml"


def patch_of(rollout: Object, release: str, version: str, change: PodChange) -> str:
    """The text of a Rollout's release file. UserError if the release is bad by faults that these pods cannot have."""
    template = rollout["spec"]["template"]
    return _patch(template, released(template, release, version, change), f"{version}, released as {release}.")


def wanted(patch: str) -> Wanted:
    """What a release file says. UserError if it is no such file."""
    values = {one["path"]: one.get("value") for one in _operations(patch)}
    env, annotations = values.get(f"{_CONTAINER}/env"), values.get(f"{_TEMPLATE}/metadata/annotations")
    container = {"env": env if isinstance(env, list) else []}
    release = annotations.get(RELEASE) if isinstance(annotations, Mapping) else None
    return Wanted(version_of({"spec": {"containers": [container]}}), release)


def version_after(known: Iterable[str], patch: str) -> str:
    """The next number after those that the cluster knows, and the one that the repository says."""
    return next_version([*known, wanted(patch).version])


def subject(workload: str, release: str, version: str) -> str:
    """The first line of a release's commit."""
    return f"{workload} {version}: {release}"


def released_by(subject_line: str) -> str | None:
    """The workload whose release a commit is, after its first line; None for any other commit."""
    found = re.fullmatch(r"([a-z0-9-]+) \S+: \S+", subject_line)
    return found[1] if found else None


def _shipped(rollout: Object) -> str:
    template = rollout["spec"]["template"]
    return _patch(template, template, f"{version_of(template)}, as it ships.")


def _patch(template: Mapping[str, Any], changed: Mapping[str, Any], title: str) -> str:
    """A JSON patch, as kustomize takes it: a merge would not know which container of a Rollout is meant."""
    before, after = template["spec"]["containers"][0], changed["spec"]["containers"][0]
    metadata = changed["metadata"]
    operations = [
        {"op": "add", "path": f"{_TEMPLATE}/metadata/{name}", "value": metadata[name]}
        for name in ("labels", "annotations")
        if metadata.get(name) != template["metadata"].get(name)
    ]
    # Its environment even if nothing is different: it says which version this is.
    different = [name for name in after if name == "env" or after[name] != before.get(name)]
    operations += [{"op": "add", "path": f"{_CONTAINER}/{name}", "value": after[name]} for name in different]
    return f"# {title}\n{_yaml(operations)}"


def _operations(patch: str) -> list[dict[str, Any]]:
    try:
        found = yaml.safe_load(patch)
    except yaml.YAMLError as error:
        raise UserError(f"A release file in the repository is not YAML: {error}.") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) and "path" in one for one in found):
        raise UserError("A release file in the repository is no JSON patch; take the last commit that changed it back.")
    return found


def _yaml(value: object) -> str:
    """Without references to itself: objects that are one in memory are written twice."""
    return yaml.dump(copy.deepcopy(value), Dumper=_Plain, sort_keys=False, width=110)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, _: object) -> bool:
        return True
