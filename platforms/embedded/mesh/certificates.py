"""The certificates of everybody in the mesh: issued when they come, written for Envoy, renewed in time."""

from collections.abc import Iterable

from platforms.embedded.mesh import naming, tls
from platforms.embedded.mesh.envoy_files import EnvoyFiles
from platforms.embedded.mesh.identity import Authority, Certificate
from platforms.embedded.mesh.values import SetKey


class Certificates:
    """Times are seconds since the epoch."""

    def __init__(self, files: EnvoyFiles, authority: Authority) -> None:
        self._files, self.authority = files, authority
        self._issued: dict[SetKey, tuple[str, Certificate]] = {}

    def have(self, wanted: Iterable[tuple[SetKey, str]], now: float) -> None:
        """See to it that each of these has a certificate of its kind, one of annotations.IDENTITIES."""
        for key, kind in wanted:
            if key not in self._issued or self._issued[key][0] != kind:
                self._issue(key, kind, now)

    def renew(self, now: float) -> float | None:
        """Renew those that are due; return when the next one will be."""
        for key, (kind, certificate) in list(self._issued.items()):
            if certificate.renew_at is not None and certificate.renew_at <= now:
                self._issue(key, kind, now)
        return min((one.renew_at for _, one in self._issued.values() if one.renew_at is not None), default=None)

    def keep(self, wanted: Iterable[SetKey]) -> None:
        """Take away those of everybody else."""
        for key in self._issued.keys() - set(wanted):
            del self._issued[key]
            self._files.forget(naming.file_of("secret", key))

    def _issue(self, key: SetKey, kind: str, now: float) -> None:
        certificate = self.authority.issue(key, now, kind)
        self._issued[key] = kind, certificate
        secret = tls.secret(key, certificate.chain, certificate.private_key)
        self._files.write(naming.file_of("secret", key), [secret], ())
