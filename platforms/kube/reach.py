"""How this machine reaches what listens inside the cluster."""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from platforms.kube.log import log
from seam.errors import PlatformFailed, UserError

_OPEN_LIMIT_S = 30.0
_BACKOFF_S = (0.1, 0.25, 0.5, 1.0, 2.0)
_LISTENS = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) ->")
# kubectl does not notice the end of its parent. The shell between them does: its standard input ends with this process,
# however that ends, and then it kills kubectl. Its own output is closed, so that the end of kubectl's can be seen.
_TIED = """
"$@" &
child=$!
trap 'kill "$child" 2>/dev/null' EXIT
trap 'exit 0' HUP INT TERM
exec >&- 2>&-
cat >/dev/null
"""


class Reach(Protocol):
    async def open(self, namespace: str, target: str, port: int) -> str:
        """The address, `http://127.0.0.1:PORT`, at which `svc/NAME` or `pod/NAME` answers; each time the same.

        Raises UserError if there is no such target, PlatformFailed if it cannot be reached.
        """
        ...

    async def close(self) -> None: ...


class KubectlPortForward:
    """One `kubectl port-forward` for each target, started again whenever it ends.

    It forwards to one pod of a Service, and notices the end of that pod only with the next connection, which fails.
    """

    def __init__(self, kubectl: str = "kubectl", options: Sequence[str] = ()) -> None:
        """`options` say which cluster: see Kubeconfig.options."""
        self._command = (kubectl, *options)
        self._forwards: dict[tuple[str, str, int], _Forward] = {}

    async def open(self, namespace: str, target: str, port: int) -> str:
        key = (namespace, target, port)
        forward = self._forwards.get(key)
        if forward is None or forward.gone:
            arguments = ("port-forward", "--namespace", namespace, "--address", "127.0.0.1", target)
            forward = self._forwards[key] = _Forward((*self._command, *arguments), port)
        try:
            return await forward.address()
        except BaseException:
            if self._forwards.get(key) is forward:
                del self._forwards[key]
            await forward.close()
            raise

    async def close(self) -> None:
        forwards, self._forwards = list(self._forwards.values()), {}
        await asyncio.gather(*(forward.close() for forward in forwards))


class _Forward:
    def __init__(self, command: Sequence[str], port: int) -> None:
        self._command, self._remote = command, port
        self._local: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._output: deque[str] = deque(maxlen=5)
        self._keeper = asyncio.create_task(self._keep())

    @property
    def gone(self) -> bool:
        """Whether its target does not exist any more: a pod does not come back under its name."""
        return self._keeper.done()

    async def address(self) -> str:
        either: list[asyncio.Future[Any]] = [self._local, self._keeper]
        await asyncio.wait(either, timeout=_OPEN_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        if self._local.done():
            return f"http://127.0.0.1:{self._local.result()}"
        if self._keeper.done():
            await self._keeper  # raises, if kubectl is not to be had
            raise UserError(f"There is nothing to forward to: {self._last_line()}.")
        target, limit = self._command[-1], f"{_OPEN_LIMIT_S:.0f} s"
        raise PlatformFailed(f"{target}, port {self._remote}, could not be reached in {limit}: {self._last_line()}.")

    async def close(self) -> None:
        self._keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError, UserError):
            await self._keeper

    async def _keep(self) -> None:
        """Run kubectl again and again, until it answers that there is no such target."""
        failures = 0
        while True:
            served = await self._run()
            if "not found" in self._last_line():
                return
            failures = 0 if served else failures + 1
            wait = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
            log.info("port-forward restarted", target=self._command[-1], after_s=wait, error=self._last_line())
            await asyncio.sleep(wait)

    async def _run(self) -> bool:
        """Run kubectl once, until it exits; returns whether it listened."""
        local = self._local.result() if self._local.done() else ""
        try:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", _TIED, "sh", *self._command, f"{local}:{self._remote}"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is the command line's to answer
            )
        except OSError as error:
            raise UserError(f"A shell is needed to run kubectl, and cannot be run: {error.strerror}.") from error
        assert process.stdin is not None
        assert process.stdout is not None
        listened = False
        try:
            async for line in process.stdout:
                self._output.append(line.decode(errors="replace").strip())
                found = _LISTENS.match(self._output[-1])
                listened = listened or found is not None
                if found is not None and not self._local.done():
                    self._local.set_result(int(found[1]))
        finally:
            process.stdin.close()
            exit_ = asyncio.ensure_future(process.wait())
            try:
                await asyncio.shield(exit_)
            except asyncio.CancelledError:  # closed while it was ending by itself: nothing is left behind all the same
                await exit_
                raise
        return listened

    def _last_line(self) -> str:
        line = self._output[-1] if self._output else "kubectl wrote nothing"
        return re.sub(r"^(error: |Error from server.*?: )", "", line).rstrip(".")
