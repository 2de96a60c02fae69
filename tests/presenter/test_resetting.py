from dataclasses import replace

import pytest

from presenter.resetting import Way, bring_back, is_there, way
from seam.errors import PlatformFailed, UserError
from seam.views import ReplicaSetView, RolloutView
from tests.presenter.conftest import FIRST, V1, Played

CANARY = replace(V1, current_hash="bbb", current_version="v2", phase="Paused", canary_weight=30, revision=2)
PROMOTED = replace(CANARY, phase="Healthy", canary_weight=0, stable_hash="bbb", stable_version="v2")


def test_what_is_as_at_first_needs_nothing() -> None:
    assert is_there(V1, "aaa")
    assert way(V1, "aaa") == Way()


@pytest.mark.parametrize("view", [CANARY, PROMOTED, replace(CANARY, aborted=True, phase="Degraded", canary_weight=0)])
def test_another_version_goes_back_to_the_first_ones_revision(view: object) -> None:
    kept = replace(view, replica_sets=(replace(FIRST, revision=7), ReplicaSetView("x", "bbb", 8, "v2", 1, 1)))  # type: ignore[type-var]
    assert way(kept, "aaa") == Way(revision=7)  # type: ignore[arg-type]


def test_the_first_version_skips_its_steps_where_another_one_is_stable() -> None:
    assert way(replace(PROMOTED, current_hash="aaa", phase="Progressing"), "aaa") == Way(skip=True)
    # While stable's own is brought back there are no steps to skip.
    assert way(replace(V1, phase="Progressing"), "aaa") == Way()


def test_a_first_version_that_is_not_kept_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"The first version of smiley is kept no longer \(revisionHistoryLimit\)"):
        way(replace(PROMOTED, replica_sets=()), "aaa")


async def test_after_a_promoted_release_it_is_undone_and_promoted_to_the_end() -> None:
    platform = Played()
    await platform.release("smiley", "good", None, "v2")  # type: ignore[arg-type]
    await platform.promote("smiley")
    await bring_back(platform, {"smiley": "aaa", "gui": "ggg"}, 5)  # type: ignore[arg-type]
    assert platform.asked[2:] == [
        ("undo", "smiley", 1),
        ("promote", "smiley", True),
        ("clear", "smiley"),
        ("clear", "gui"),
    ]
    assert is_there(platform.smiley, "aaa")


class Late(Played):
    """Its views come late: after an undo it shows what was before three times more, and refuses to undo it again."""

    def __init__(self) -> None:
        super().__init__()
        self.late = 0

    async def undo(self, name: str, revision: int | None = None) -> None:
        if self.late:
            raise UserError("Revision 3 is the present one; there are 2 and 3.")
        self.late = 3
        self._note("undo", name, revision)

    async def rollout(self, name: str) -> RolloutView:
        if self.late:
            self.late -= 1
            if not self.late:
                self.become(current_hash="aaa", current_version="v1", phase="Healthy", canary_weight=0, release=None)
        return await super().rollout(name)


async def test_a_view_that_comes_late_is_waited_for() -> None:
    platform = Late()
    await platform.release("smiley", "errors-40", None, "v2")  # type: ignore[arg-type]
    await bring_back(platform, {"smiley": "aaa"}, 5)  # type: ignore[arg-type]
    assert is_there(platform.smiley, "aaa")
    assert platform.verbs() == ["release", "undo", "clear"]


async def test_what_cannot_be_undone_at_all_says_why() -> None:
    platform = Played()
    await platform.release("smiley", "errors-40", None, "v2")  # type: ignore[arg-type]
    platform.refuses = "This run is delivered by git: use gitops revert."
    with pytest.raises(UserError, match="use gitops revert"):
        await bring_back(platform, {"smiley": "aaa"}, 5)  # type: ignore[arg-type]


async def test_it_says_so_when_nothing_comes_of_it() -> None:
    platform = Played()
    platform.become(phase="Progressing")
    with pytest.raises(PlatformFailed, match=r"Not everything is as at first after 0\.2 s"):
        await bring_back(platform, {"smiley": "aaa"}, 0.2)  # type: ignore[arg-type]
