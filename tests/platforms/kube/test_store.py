from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube import store as module
from platforms.kube.resources import PODS
from platforms.kube.store import Store


def of(uid: str, number: int) -> dict[str, Any]:
    return {"metadata": {"uid": uid, "resourceVersion": str(number)}}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 99)), max_size=20))
def test_of_every_object_the_newest_state_stays_in_whatever_order_they_come(states: list[tuple[str, int]]) -> None:
    store = Store([PODS])
    for uid, number in states:
        before = {one["metadata"]["uid"]: int(one["metadata"]["resourceVersion"]) for one in store.of(PODS)}
        assert store.put(PODS, of(uid, number)) == (number > before.get(uid, 0))
    known = {one["metadata"]["uid"]: int(one["metadata"]["resourceVersion"]) for one in store.of(PODS)}
    assert known == {uid: max(number for other, number in states if other == uid) for uid, _ in states}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 30), st.booleans()), max_size=20))
def test_the_newest_news_wins_be_it_a_state_or_a_deletion(news: list[tuple[str, int, bool]]) -> None:
    store = Store([PODS])
    newest: dict[str, tuple[int, bool]] = {}
    for uid, number, deleted in news:
        (store.remove if deleted else store.put)(PODS, of(uid, number))
        known, known_deleted = newest.get(uid, (0, True))
        if number > known or (number == known and deleted):  # nobody puts what was deleted under the same version
            newest[uid] = (number, deleted)
        else:
            newest[uid] = (known, known_deleted)
    assert {one["metadata"]["uid"] for one in store.of(PODS)} == {uid for uid, (_, gone) in newest.items() if not gone}


def test_a_deleted_object_does_not_come_back_by_a_late_answer_and_may_come_back_by_a_newer_one() -> None:
    store = Store([PODS])
    store.put(PODS, of("a", 5))
    assert store.remove(PODS, of("a", 7))
    assert not store.put(PODS, of("a", 6))
    assert not store.put(PODS, of("a", 7))
    assert store.of(PODS) == ()
    assert store.put(PODS, of("a", 8))  # a label selector did not match for a while


def test_an_object_that_a_list_has_no_more_does_not_come_back_either() -> None:
    store = Store([PODS])
    store.put(PODS, of("a", 5))
    assert store.replace(PODS, [], 9)
    assert not store.put(PODS, of("a", 6))
    assert store.of(PODS) == ()


def test_as_many_deletions_are_remembered_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    store = Store([PODS])
    for uid in "abc":
        store.remove(PODS, of(uid, 5))
    assert len(store._deleted) == 2
    assert not store.put(PODS, of("c", 4))
    assert store.put(PODS, of("a", 4))


def test_a_list_is_the_whole_truth_up_to_its_version_and_says_whether_it_is_news() -> None:
    store = Store([PODS])
    assert store.replace(PODS, [of("a", 5)], 5)
    assert not store.replace(PODS, [of("a", 5)], 6)
    assert store.put(PODS, of("c", 9))
    assert store.replace(PODS, [of("b", 4)], 8)
    assert store.of(PODS) == (of("c", 9), of("b", 4))  # c came after the list was made
    assert store.remove(PODS, of("b", 10))
    assert not store.remove(PODS, of("b", 10))
