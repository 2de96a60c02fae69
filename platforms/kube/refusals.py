"""The refusal of an API server, as one sentence. Pure."""

import json
import re

from seam.errors import UserError

# As the authorizer of Kubernetes words it; an admission plugin's 403 has other words.
_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]+)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]+)")?'
)


class Refused(UserError):  # noqa: N818 - an answer, not a defect
    """`status` is the HTTP status: 404 no such thing, 409 it changed meanwhile, 410 too long ago, ..."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


def refusal(status: int, body: bytes) -> Refused:
    """The answer of the API server as an exception."""
    reason = message(body)
    forbidden = _FORBIDDEN.search(reason) if status == 403 else None
    if forbidden is not None:
        user, verb, resource, group, namespace = forbidden.group("user", "verb", "resource", "group", "namespace")
        return Refused(status, f"{user} {may_not(verb, _title(resource, group), namespace)}.")
    if status == 401:
        return Refused(status, "The cluster does not accept the credentials of the kubeconfig; log in again.")
    return Refused(status, f"The cluster refused: {reason}.")


def may_not(verb: str, title: str, namespace: str | None) -> str:
    """`may not patch rollouts.argoproj.io/status in namespace faces`."""
    return f"may not {verb} {title}" + (f" in namespace {namespace}" if namespace else "")


def _title(resource: str, group: str | None) -> str:
    name, slash, sub = resource.partition("/")
    return (f"{name}.{group}" if group else name) + slash + sub


def message(body: bytes) -> str:
    """The message of a `Status` object, or the answer that came instead of one; without a full stop."""
    text = body.decode(errors="replace").strip()
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    told = str(read.get("message") or "") if isinstance(read, dict) else ""
    return (told or text[:200]).rstrip(".") or "it gave no reason"
