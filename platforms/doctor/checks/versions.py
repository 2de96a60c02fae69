"""Whether what runs is of versions that were tested together."""

from collections.abc import Mapping

from platforms.doctor.checking import NotThere, ok, warning
from platforms.doctor.tested import TESTED
from seam.doctor import Finding


def check(found: Mapping[str, str]) -> Finding:
    """`found`: the version of each component that is there, empty where it cannot be told."""
    if not found:
        raise NotThere("nothing was found that has a version")
    words = [f"{name} {version}" if version else f"{name} of an unknown version" for name, version in found.items()]
    strange = [word for word, (name, version) in zip(words, found.items(), strict=True) if not is_tested(name, version)]
    if not strange:
        return ok(f"{', '.join(words)}: as tested")
    names = [name for name, version in found.items() if not is_tested(name, version)]
    tested = "; ".join(f"{name} {', '.join(TESTED[name])}" if name in TESTED else f"no {name}" for name in names)
    return warning(f"not tested: {', '.join(strange)}", f"Tested were {tested}. What differs may still be well.")


def is_tested(name: str, version: str) -> bool:
    """By major and minor version: patches are taken to be alike. `v` in front means nothing."""
    return any(_minor(version) == _minor(tested) for tested in TESTED.get(name, ())) if version else False


def _minor(version: str) -> tuple[str, ...]:
    """Of `edge-26.8.3` year and month."""
    return tuple(version.removeprefix("v").split(".")[:2])
