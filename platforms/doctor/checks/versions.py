"""Whether what runs is of versions that were tested together."""

from collections.abc import Iterable, Mapping

from platforms.doctor.checking import NotThere, ok, warning
from seam.doctor import Finding

Tested = Mapping[str, tuple[str, ...]]
"""Some versions of each component."""


def check(found: Mapping[str, str], tested: Tested) -> Finding:
    """`found`: the version of each component that is there, empty where it cannot be told."""
    if not found:
        raise NotThere("nothing was found that has a version")
    strange = [name for name, version in found.items() if not is_tested(version, tested.get(name, ()))]
    if not strange:
        return ok(f"{', '.join(map(' '.join, found.items()))}: as tested")
    words = [f"{name} {found[name] or 'of an unknown version'}" for name in strange]
    others = [f"{name} {', '.join(tested[name])}" if tested.get(name) else f"no {name}" for name in strange]
    return warning(
        f"not tested: {', '.join(words)}", f"Tested were {'; '.join(others)}. What differs may still be well."
    )


def is_tested(version: str, tested: Iterable[str]) -> bool:
    """By major and minor version: patches are taken to be alike. `v` in front means nothing."""
    return bool(version) and any(_minor(version) == _minor(one) for one in tested)


def _minor(version: str) -> tuple[str, ...]:
    """Of `edge-26.8.3` year and month."""
    return tuple(version.removeprefix("v").split(".")[:2])
