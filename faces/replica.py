"""One replica: what all its servers share. It is made once and passed to each of them; nothing of it is global."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Self

from structlog.typing import FilteringBoundLogger

from faces.config import Config
from faces.faults import Faults
from faces.metrics import Metrics

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Replica:
    """`clock` gives monotonic seconds. `draining` only ever turns from False to True."""

    config: Config
    clock: Clock
    metrics: Metrics
    faults: Faults
    log: FilteringBoundLogger
    draining: bool = False

    @classmethod
    def make(cls, config: Config, *, clock: Clock, rng: Random, sleep: Sleep, log: FilteringBoundLogger) -> Self:
        metrics = Metrics(config.workload, config.version)
        faults = Faults(config.faults, clock=clock, rng=rng, sleep=sleep, count=metrics.injected)
        return cls(config, clock, metrics, faults, log.bind(workload=config.workload, version=config.version))

    def answered(self, path: str, status: int, since: float) -> None:
        seconds = self.clock() - since
        self.metrics.answered(status, seconds)
        self.log.debug("answered", path=path, status=status, seconds=round(seconds, 6))

    def report_defect(self, path: str, defect: Exception) -> None:
        """Log an exception that a handler let through: a mistake in this program, whatever was asked."""
        self.log.error("a request met a defect", path=path, exc_info=defect)
