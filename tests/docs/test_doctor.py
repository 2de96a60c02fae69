"""docs/troubleshooting.md tells of every check of `faces doctor`, and of no other."""

import re
from pathlib import Path

from platforms.embedded.doctor.checks import CHECKS as EMBEDDED
from platforms.kube.doctor.checks import CHECKS as CLUSTERS

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


def test_each_check_has_its_place_in_the_table_with_where_there_is_one() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|[^|]+\| (both|clusters|embedded) \|$", PAGE.read_text(), re.MULTILINE)
    told = {name: where for names, where in rows for name in re.findall(r"`([^`]+)`", names)}
    clusters, embedded = {check.name for check in CLUSTERS}, {check.name for check in EMBEDDED}
    assert set(told) == clusters | embedded
    for name, where in told.items():
        assert (name in clusters) == (where != "embedded"), name
        if where == "embedded":
            assert name in embedded, name
    both = {name for name, where in told.items() if where == "both"}
    assert both >= clusters & embedded
