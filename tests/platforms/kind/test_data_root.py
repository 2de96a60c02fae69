from contextlib import ExitStack
from pathlib import Path

from platforms.kind.data_root import DataRoot, claimed


def fill(root: DataRoot) -> Path:
    (root.folder / "overlay2").mkdir()
    return root.folder / "overlay2"


def test_the_first_one_is_kept_and_used_again_when_its_node_was_deleted() -> None:
    with claimed() as (root, _):
        kept = fill(root)
        root.used.touch()
    root.release(clean=True)
    assert kept.is_dir()
    with claimed() as (again, _):
        assert again == root
        assert kept.is_dir()


def test_one_in_which_nobody_knows_what_is_is_removed_when_its_cluster_ends() -> None:
    with claimed() as (root, _):
        fill(root)
        root.used.touch()
    root.release(clean=False)
    assert not root.folder.exists()
    assert not root.used.exists()


def test_one_that_was_left_with_a_node_in_it_is_emptied_before_it_is_used_again() -> None:
    with claimed() as (root, _):
        left = fill(root)
        root.used.touch()
    with claimed() as (again, _):
        assert again == root
        assert not left.exists()
        assert not again.used.exists()
        assert again.folder.is_dir()


def test_two_at_the_same_time_have_one_each_and_the_second_is_not_kept() -> None:
    with ExitStack() as stack:
        (one, _), (two, _) = (stack.enter_context(claimed()) for _ in range(2))
        assert one != two
        fill(two)
    two.release(clean=True)
    assert not two.folder.exists()
    assert not two.lock.exists()
    assert one.folder.exists()


def test_one_that_somebody_else_has_claimed_since_is_left_alone() -> None:
    with claimed() as (dead, _):
        pass
    with claimed() as (theirs, _):
        assert theirs == dead
        kept = fill(theirs)
        theirs.used.touch()
        dead.release(clean=False)
        assert kept.is_dir()
        assert theirs.used.exists()
