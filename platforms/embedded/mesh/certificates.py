"""The certificates of everybody in the mesh: issued when they come, written for Envoy, renewed in time."""

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from platforms.embedded.mesh import naming, tls
from platforms.embedded.mesh.envoy_files import EnvoyFiles
from platforms.embedded.mesh.values import Caller

if TYPE_CHECKING:
    from platforms.embedded.mesh.identity import Authority, Certificate


class Certificates:
    """Times are seconds since the epoch."""

    def __init__(self, files: EnvoyFiles, new_authority: Callable[[], "Authority"]) -> None:
        self._files, self._new_authority = files, new_authority
        self._issued: dict[Caller, Certificate] = {}

    @functools.cached_property
    def authority(self) -> "Authority":
        return self._new_authority()

    def have(self, wanted: Iterable[Caller], now: float) -> None:
        """See to it that each of these has a certificate."""
        for whose in wanted:
            if whose not in self._issued:
                self._issue(whose, now)

    def renew(self, now: float) -> float | None:
        """Renew those that are due; return when the next one will be."""
        for whose, certificate in list(self._issued.items()):
            if certificate.renew_at is not None and certificate.renew_at <= now:
                self._issue(whose, now)
        return min((one.renew_at for one in self._issued.values() if one.renew_at is not None), default=None)

    def keep(self, wanted: Iterable[Caller]) -> None:
        """Take away those of everybody else."""
        for whose in self._issued.keys() - set(wanted):
            del self._issued[whose]
            self._files.forget(naming.file_of("secret", whose))

    def _issue(self, whose: Caller, now: float) -> None:
        self._issued[whose] = certificate = self.authority.issue(whose, now)
        secret = tls.secret(whose, certificate.chain, certificate.private_key)
        self._files.write(naming.file_of("secret", whose), [secret], ())
