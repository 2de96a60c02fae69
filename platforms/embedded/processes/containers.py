"""What a kubelet knows of a container that has ended, and when it starts it again. Pure.

k8s.io/kubernetes: pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff) and pkg/kubelet/kubelet.go: at once after
the first end, then after ten seconds, doubled each time up to five minutes; all is forgotten once it ran for ten.
"""

from dataclasses import dataclass
from typing import Self

CRASH_LOOP = "CrashLoopBackOff"
OUT_OF_MEMORY = "OOMKilled"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _FORGOTTEN_AFTER_S = 10.0, 300.0, 600.0


@dataclass(frozen=True, slots=True)
class Termination:
    """How a container ended, in Kubernetes' words."""

    exit_code: int
    reason: str

    @classmethod
    def of(cls, code: int, *, out_of_memory: bool) -> Self:
        """`code` negative: the signal that ended the process, which a container runtime shows as 128 more."""
        if out_of_memory:
            return cls(128 + 9, OUT_OF_MEMORY)
        return cls(128 - code if code < 0 else code, "Error" if code else "Completed")


@dataclass(frozen=True, slots=True)
class ContainerHistory:
    """`ends`: how often it has ended since it last ran for long; `last`: how, the last time."""

    ends: int = 0
    last: Termination | None = None

    def ended(self, termination: Termination, ran_s: float) -> Self:
        before = self.ends if ran_s < _FORGOTTEN_AFTER_S else 0
        return type(self)(before + 1, termination)

    @property
    def pause_s(self) -> float:
        """How long it is not started again."""
        if self.ends < 2:
            return 0.0
        return min(_FIRST_PAUSE_S * (1 << min(self.ends, 30) - 2), _LONGEST_PAUSE_S)
