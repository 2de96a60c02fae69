"""The newest known state of each object. Pure."""

from collections.abc import Iterable

from platforms.kube.resources import Object, Resource, resource_version

# As many deletions are remembered. An answer that is that late has outlived every time limit of a request.
_REMEMBERED = 1000


class Store:
    """Takes lists, changes and deletions, in whatever order they arrive, and never goes back to an older state.

    A list, a watch and the answer to a patch may each have a state of the same object, and the oldest may come last.
    That holds for a deletion as well: an older state that arrives after it does not bring the object back.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._known: dict[Resource, dict[str, Object]] = {resource: {} for resource in resources}
        # The version at which an object was deleted, by uid; the oldest deletion first.
        self._deleted: dict[str, int] = {}

    def of(self, resource: Resource) -> tuple[Object, ...]:
        return tuple(self._known[resource].values())

    def put(self, resource: Resource, one: Object) -> bool:
        """Take a state; returns whether it is news."""
        known, uid = self._known[resource], _uid(one)
        if uid in known and resource_version(known[uid]) >= resource_version(one):
            return False
        if self._deleted.get(uid, -1) >= resource_version(one):
            return False
        # Newer than its deletion: a selector did not match for a while, and does again.
        self._deleted.pop(uid, None)
        known[uid] = one
        return True

    def remove(self, resource: Resource, one: Object) -> bool:
        """Take the last state of an object that is gone; returns whether it was known."""
        known, uid = self._known[resource], _uid(one)
        if uid in known and resource_version(known[uid]) > resource_version(one):
            return False
        self._remember_deletion(uid, resource_version(one))
        return known.pop(uid, None) is not None

    def replace(self, resource: Resource, listed: Iterable[Object], version: int) -> bool:
        """Take all objects that existed at a version; returns whether that is news. What is known since then stays."""
        present = list(listed)
        uids, changed = {_uid(one) for one in present}, False
        for uid, one in tuple(self._known[resource].items()):
            if uid not in uids and resource_version(one) <= version:
                del self._known[resource][uid]
                self._remember_deletion(uid, version)
                changed = True
        for one in present:
            changed = self.put(resource, one) or changed
        return changed

    def clear(self, resource: Resource) -> None:
        """Forget all objects of a kind, and every deletion."""
        self._known[resource].clear()
        self._deleted.clear()

    def _remember_deletion(self, uid: str, version: int) -> None:
        self._deleted[uid] = max(self._deleted.pop(uid, -1), version)
        if len(self._deleted) > _REMEMBERED:
            del self._deleted[next(iter(self._deleted))]


def _uid(one: Object) -> str:
    return str(one["metadata"]["uid"])
