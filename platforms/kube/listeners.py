"""What one listener has yet to take: every state, or the newest if it is too slow for all of them."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

State = TypeVar("State")
# More than a release comes to: a listener that keeps up with a minute of news misses nothing.
KEPT_STATES = 1000


class Listener(Generic[State]):
    """A queue that never holds more than `limit` states. Each state is newer than the one before.

    When it is full, a new state takes the place of the newest one in it: that one is skipped, and counted.
    """

    def __init__(self, limit: int = KEPT_STATES) -> None:
        self._limit, self._states = limit, deque[State]()
        self._filled = asyncio.Event()
        self.skipped = 0

    def put(self, state: State) -> None:
        if len(self._states) >= self._limit:
            self._states.pop()
            self.skipped += 1
        self._states.append(state)
        self._filled.set()

    async def get(self) -> State:
        """The oldest state that was not taken yet; waits for one."""
        await self._filled.wait()
        state = self._states.popleft()
        if not self._states:
            self._filled.clear()
        return state
