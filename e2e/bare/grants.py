"""What ServiceAccounts are granted, and what they were seen to use."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One verb on one resource, for one ServiceAccount (NAMESPACE:NAME)."""

    account: str
    verb: str
    group: str
    resource: str


def granted(account: str, role: dict[str, Any]) -> set[Grant]:
    """Everything that a Role or ClusterRole allows its ServiceAccount."""
    return {
        Grant(account, verb, group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def used(audit_log: Path) -> set[Grant]:
    """What was asked of the API and allowed, after the audit log of the API server."""
    return {
        Grant(
            event["user"]["username"].removeprefix("system:serviceaccount:"),
            event["verb"],
            event["objectRef"].get("apiGroup", ""),
            event["objectRef"]["resource"],
        )
        for event in _events(audit_log)
        if "objectRef" in event and event["responseStatus"]["code"] < 400
    }


def superfluous(allowed: Iterable[Grant], asked: set[Grant]) -> set[Grant]:
    """What is allowed and was not asked for.

    A client that watches is served the list in its watch where the API server streams lists, as of Kubernetes 1.35;
    an older one wants it asked for, so `list` beside a watch that is used is no more than is needed.
    """
    return {
        grant
        for grant in set(allowed) - asked
        if not (grant.verb == "list" and Grant(grant.account, "watch", grant.group, grant.resource) in asked)
    }


def _events(audit_log: Path) -> Iterator[dict[str, Any]]:
    for line in audit_log.read_text().splitlines():
        yield json.loads(line)
