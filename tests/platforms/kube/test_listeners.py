import asyncio

from platforms.kube.listeners import Listener


async def test_states_are_taken_in_the_order_in_which_they_came() -> None:
    listener = Listener[int]()
    taking = asyncio.create_task(listener.get())
    await asyncio.sleep(0)
    assert not taking.done()
    for state in (1, 2, 3):
        listener.put(state)
    assert [await taking, await listener.get(), await listener.get()] == [1, 2, 3]
    assert listener.skipped == 0


async def test_a_full_listener_keeps_what_came_first_and_the_newest() -> None:
    listener = Listener[int](limit=3)
    for state in range(10):
        listener.put(state)
    assert [await listener.get() for _ in range(3)] == [0, 1, 9]
    assert listener.skipped == 7
    listener.put(10)
    assert await listener.get() == 10
