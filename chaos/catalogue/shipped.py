"""The catalogue: good versions first, then the bad ones by how they are bad."""

from chaos.catalogue import answers, connections, good, identities, processes, retries, times
from seam.releases import Release

FAMILIES: dict[str, tuple[Release, ...]] = {
    "good": good.RELEASES,
    "answers": answers.RELEASES,
    "times": times.RELEASES,
    "connections": connections.RELEASES,
    "identities": identities.RELEASES,
    "retries": retries.RELEASES,
    "processes": processes.RELEASES,
}
RELEASES: tuple[Release, ...] = tuple(release for family in FAMILIES.values() for release in family)
