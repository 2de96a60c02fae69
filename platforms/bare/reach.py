"""How this machine reaches Services and pods of the cluster: through a port of its loopback for each."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

from seam.errors import PlatformFailed


class NodeReach:
    """Forwards into the network namespace of the node whose init is `pid`."""

    def __init__(self, pid: int, kubectl: Path, kubeconfig: Path) -> None:
        self._pid, self._kubectl, self._kubeconfig = pid, kubectl, kubeconfig
        self._opened: dict[tuple[str, str, int], str] = {}
        self._processes: list[asyncio.subprocess.Process] = []

    async def open(self, namespace: str, target: str, port: int) -> str:
        """The address, http://127.0.0.1:PORT, that is forwarded to `port` of "svc/NAME" or "pod/NAME"."""
        key = (namespace, target, port)
        if key not in self._opened:
            self._opened[key] = await self._forward(await self._address(namespace, target), port)
        return self._opened[key]

    async def close(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()
        self._processes.clear()
        self._opened.clear()

    async def _address(self, namespace: str, target: str) -> str:
        command = [str(self._kubectl), "--kubeconfig", str(self._kubeconfig), "--namespace", namespace, "get", target]
        asked = await asyncio.create_subprocess_exec(
            *command, "-o", "json", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        told, said = await asked.communicate()
        if asked.returncode:
            raise PlatformFailed(f"{target} of namespace {namespace} cannot be reached: {said.decode().strip()}")
        found = json.loads(told)
        address = found["spec"].get("clusterIP") or found.get("status", {}).get("podIP")
        if not address:
            raise PlatformFailed(f"{target} of namespace {namespace} has no address yet.")
        return str(address)

    async def _forward(self, address: str, port: int) -> str:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            handle, mine = listening.fileno(), listening.getsockname()[1]
            process = await asyncio.create_subprocess_exec(
                *("nsenter", "--target", str(self._pid), "--net"),
                *(sys.executable, "-P", "-m", "platforms.machine.forward"),
                *(str(handle), address, str(port), str(os.getpid())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(handle,),
            )
        self._processes.append(process)
        return f"http://127.0.0.1:{mine}"
