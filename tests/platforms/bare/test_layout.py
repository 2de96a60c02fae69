import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from platforms.bare.layout import Layout, clusters
from platforms.machine import places
from seam.errors import UserError


@settings(deadline=None)
@given(st.text(max_size=30) | st.text("az09-./\n", max_size=24))
@example("a")
@example("a" * 20)
@example("a" * 21)
@example("bare\n")
@example("..")
def test_a_name_is_a_folder_of_its_own_or_is_refused(name: str) -> None:
    try:
        made = Layout.of(name)
    except UserError:
        assert not re.fullmatch(r"[a-z0-9]{1,20}", name)
        return
    assert len(name) <= 20
    assert made.folder.resolve().parent == places._CLUSTERS.resolve()
    assert made.lock.parent == made.folder.parent
    assert made.cgroup == f"faces-{name}"


def test_a_name_that_is_refused_is_told_with_what_would_do() -> None:
    with pytest.raises(UserError) as told:
        Layout.of("../up")
    assert str(told.value) == "'../up' cannot be a cluster's name; use up to 20 lower-case letters, digits and dashes."


def test_what_a_cluster_has_is_in_its_folder_but_for_the_lock_which_outlives_it() -> None:
    made = Layout.of("mine")
    for place in (made.pki, made.config, made.logs, made.kubeconfig, made.pid):
        assert place.parent == made.folder
    assert made.folder not in made.lock.parents


def test_two_clusters_share_nothing() -> None:
    one, other = Layout.of("one"), Layout.of("other")
    assert {one.folder, one.lock, one.cgroup}.isdisjoint({other.folder, other.lock, other.cgroup})


def test_clusters_are_the_folders_in_order() -> None:
    assert clusters() == []
    for name in ("two", "one"):
        Layout.of(name).folder.mkdir()
        Layout.of(name).lock.touch()
    assert clusters() == ["one", "two"]


def test_where_there_never_was_a_cluster_there_is_none(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_CLUSTERS", machine / "nowhere")
    assert clusters() == []


def test_whoever_may_not_look_is_told_to_ask_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UserError, match=r"^Only root can see the clusters of this machine: try again with sudo\.$"):
        clusters()
