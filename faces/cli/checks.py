"""What can be refused before anything starts: a folder that cannot be written to, a workload that is not there."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests import BASE
from seam.errors import ManifestError, UserError
from seam.releases import CONTROL_PORT, no_faults, takes_faults

if TYPE_CHECKING:
    from seam.releases import Release

# What a kustomization may say that leaves the names of Rollouts and of their ports alone.
_KEEPS_NAMES = {
    *("apiVersion", "kind", "metadata", "namespace", "resources", "patches", "images", "labels", "replicas"),
    *("commonLabels", "commonAnnotations", "configMapGenerator", "secretGenerator", "generatorOptions"),
}


def check_out(path: Path) -> None:
    """UserError if no report can be written into this folder. It is made for the trial and taken away again."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    trial = path / f".faces-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        trial.touch()
    except OSError as error:
        raise UserError(
            f"--out {path}: no report can be written there: {error.strerror}. Name a folder that you may write to."
        ) from error
    finally:
        for undo in (trial.unlink, *(folder.rmdir for folder in missing)):
            with contextlib.suppress(OSError):  # it was never made
                undo()


def check_workload(manifests: Path | None, name: str, release: "Release | None" = None) -> None:
    """UserError if these manifests (None: the shipped ones) have no such Rollout, or one that cannot be released as
    `release`.

    Says nothing where that cannot be known without rendering them: the platform will.
    """
    if manifests is None and _is_shipped_with_faults(name) and _workloads(name, release) == {name}:
        return
    folder, where = (manifests, str(manifests)) if manifests is not None else (BASE, "the shipped manifests")
    # A manifest that cannot be read is the platform's to refuse, by file and field.
    with contextlib.suppress(ManifestError, OSError, ValueError, LookupError, TypeError, AttributeError):
        files = _files(folder)
        if files is not None:
            _check(where, files, name, release)


def _check(where: str, files: Iterable[Path], name: str, release: "Release | None") -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.is_file()}
    candidates = [file for file, text in texts.items() if "Rollout" in text]
    # Those that are likely first: YAML is slow to read, and the platform is to start soon.
    candidates.sort(key=lambda file: f"name: {name}" not in texts[file])
    wanted = _workloads(name, release)
    found: dict[str, Mapping[str, Any]] = {}
    for file in candidates:
        found |= _rollouts(file)
        if wanted <= found.keys():
            break
    if not found:
        return
    for workload in sorted(wanted):
        if workload not in found:
            raise _unknown(where, workload, found)
    for workload in _with_faults(name, release):
        if not takes_faults(found[workload]["spec"]["template"]):
            everybody = {key: value for file in candidates for key, value in _rollouts(file).items()}
            others = [key for key, rollout in sorted(everybody.items()) if takes_faults(rollout["spec"]["template"])]
            assert release is not None
            raise no_faults(workload, release.name, others)


def _is_shipped_with_faults(name: str) -> bool:
    """The answer that is almost always right, without YAML: a demo is to start at once."""
    file = BASE / f"{name}.yaml"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return "kind: Rollout\n" in text and f"{{name: {CONTROL_PORT}," in text


def _workloads(name: str, release: "Release | None") -> set[str]:
    """The released workload, and those in which the release has faults."""
    return {name, *(plan.workload for plan in (release.faults if release is not None else ()) if plan.workload)}


def _with_faults(name: str, release: "Release | None") -> list[str]:
    """The workloads in whose pods the release has faults."""
    if release is None:
        return []
    by_environment = {name} if "FAULTS" in release.pods.env else set()
    return sorted({plan.workload or name for plan in release.faults} | by_environment)


def _unknown(where: str, name: str, known: Iterable[str]) -> UserError:
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return UserError(f"There is no Rollout {name!r} in {where}; there are {', '.join(names)}.{hint}")


def _files(folder: Path) -> list[Path] | None:
    """The files that a folder's kustomization names, or all; None if that cannot be said without kustomize."""
    kustomization = folder / "kustomization.yaml"
    if not kustomization.is_file():
        return sorted(folder.glob("*.yaml"))
    from seam.documents import single

    settings = single(kustomization)
    if not isinstance(settings, Mapping) or not set(settings) <= _KEEPS_NAMES:
        return None
    files: list[Path] = []
    for resource in settings.get("resources") or ():
        path = folder / str(resource)
        inside = _files(path) if path.is_dir() else [path] if path.is_file() else None
        if inside is None:
            return None
        files += inside
    return files


def _rollouts(file: Path) -> dict[str, Mapping[str, Any]]:
    return {rollout["metadata"]["name"]: rollout for rollout in _objects(file) if rollout.get("kind") == "Rollout"}


def _objects(file: Path) -> Iterator[Mapping[str, Any]]:
    from seam.documents import documents

    return (document for document in documents(file) if isinstance(document, Mapping))
