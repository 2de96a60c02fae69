"""The clocks of a cluster: of its API server by an answer's Date, of its nodes by the leases that they renew. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from email.utils import parsedate_to_datetime

from platforms.doctor.checking import Look
from platforms.doctor.measured import Clock
from platforms.kube.objects import seconds
from platforms.kube.resources import Object


def of_api_server(date: str, sent: float, received: float) -> Clock:
    """`date` is in whole seconds. ValueError: it is no date."""
    said = parsedate_to_datetime(date).timestamp()
    return Clock("the API server", sent, received, said, said + 1)


def of_nodes(leases: Look[Sequence[Object]], server: Look[Clock]) -> Iterator[Look[Clock]]:
    """A node notes in its lease when it has renewed it, and the API server when that came in: so their clocks can be
    compared, and the node's with ours.
    """
    if server.found is None:
        return
    if leases.found is None:
        yield Look(absent=leases.absent, hidden=leases.hidden)
        return
    for lease in leases.found:
        renewed, came_in = (lease.get("spec") or {}).get("renewTime"), _last_write(lease)
        if renewed and came_in:
            ahead = seconds(renewed) - seconds(came_in)
            least = server.found.earliest - server.found.received + ahead - 1
            most = server.found.latest - server.found.sent + ahead
            yield Look(Clock(f"node {lease['metadata']['name']}", 0, 0, least, most))


def _last_write(lease: Object) -> str:
    """When the API server has taken in the last renewal, in whole seconds."""
    times: Iterable[str] = (one.get("time") or "" for one in lease["metadata"].get("managedFields") or ())
    return max(times, default="")
