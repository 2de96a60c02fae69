from pathlib import Path

import pytest
import yaml

from manifests import BASE
from seam.documents import documents


@pytest.mark.parametrize("file", sorted(BASE.rglob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_manifests_say_what_pyyaml_reads(file: Path) -> None:
    read = [one for one in yaml.safe_load_all(file.read_text()) if one is not None]
    assert list(documents(file)) == [
        item for one in read for item in (one["items"] if one["kind"] == "List" else [one])
    ]


def test_a_tab_between_a_key_and_its_value_is_a_blank_as_for_kubernetes(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("kind:\tService\n")
    assert list(documents(file)) == [{"kind": "Service"}]


def test_a_date_is_text(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("date: 2026-11-29\n")
    assert list(documents(file)) == [{"date": "2026-11-29"}]
