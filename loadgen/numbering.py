"""The number in a visitor's name."""

import heapq


class Numbers:
    """Gives each visitor the smallest free number, so that a later burst brings the same visitors back."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._taken = 0

    def take(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._taken += 1
        return self._taken

    def give_back(self, number: int) -> None:
        heapq.heappush(self._free, number)
