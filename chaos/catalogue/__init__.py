"""Releases by name: the shipped ones (`shipped.py`), or one that somebody wrote into a file (`reading.py`).

A release is data, not code. What its pods can know from their first request on is in the pod template, as it would be
of a real bad release: its faults are the JSON that the app reads from its environment variable FAULTS. Faults that
start later are switched on in the running pods by whoever runs the release (chaos/experiment).
"""

import json
from difflib import get_close_matches
from pathlib import Path

from chaos.catalogue.shipped import RELEASES
from seam.errors import UserError
from seam.releases import FaultPlan, Outcome, PodChange, Release

__all__ = ["RELEASES", "FaultPlan", "Outcome", "Release", "UnknownRelease", "find", "pod_change"]


class UnknownRelease(UserError):  # noqa: N818 - a sentence for the person, not a defect
    """The catalogue has no release of this name."""


def find(name: str) -> Release:
    """The shipped release of this name, or the one in a file: FILE.yaml, FILE.yml or FILE.json.

    UnknownRelease lists the names and a close match; ManifestError names the file and the field.
    """
    if name.endswith((".yaml", ".yml", ".json")):
        # Only now: pydantic and the app's faults cost more time than the rest of a command's start.
        from chaos.catalogue.reading import read_release  # noqa: PLC0415

        return read_release(Path(name))
    for release in RELEASES:
        if release.name == name:
            return release
    names = [release.name for release in RELEASES]
    close = get_close_matches(name.lower(), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise UnknownRelease(
        f"There is no release named {name!r}.{hint} The catalogue has: {', '.join(names)}. "
        "A file of your own is named with its ending: FILE.yaml."
    )


def pod_change(release: Release) -> PodChange:
    """What the pod template says of a release: its own changes, and the faults that are on from the start.

    FAULTS is always written, so that it can be read off a pod what it was released with.
    """
    faults: dict[str, object] = {}
    for plan in release.faults:
        if plan.from_the_start:
            faults |= plan.faults
    text = json.dumps(faults, sort_keys=True, separators=(",", ":"))
    pods = release.pods
    return PodChange(
        {"FAULTS": text, **pods.env},
        pods.image,
        pods.command,
        pods.readiness_probe,
        pods.liveness_probe,
        pods.resources,
        pods.annotations,
    )
