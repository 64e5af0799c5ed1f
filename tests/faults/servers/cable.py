"""A real network cable between a client and a server, in which one direction can be made to lose everything.

One end lies in a network namespace of its own. Frames that are lost go to a hardware address that nobody has, so
they leave and never arrive, as with a DROP rule: no answer, no reset, no acknowledgement. Needs root and `ip`.
"""

import contextlib
import ctypes
import itertools
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.report.row import NotRun
from tests.faults.servers.proxy import Direction, Proxy, a_proxy
from tests.faults.servers.root import needs

NOBODY = "02:00:00:00:00:01"
CLONE_NEWNET = 0x40000000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Cable:
    """`host` and `port` are where a client on our side finds the server at the far end."""

    name: str
    proxy: Proxy
    near: str
    host: str

    @property
    def port(self) -> int:
        return self.proxy.port

    @contextlib.contextmanager
    def losing(self, way: Direction) -> Iterator[None]:
        """Everything that goes this way is lost meanwhile."""
        before, device, address = {
            "to the server": ([], f"{self.name}a", self.host),
            "to the client": (["-n", self.name], f"{self.name}b", self.near),
        }[way]
        _ip(*before, "neigh", "replace", address, "lladdr", NOBODY, "dev", device, "nud", "permanent")
        try:
            yield
        finally:
            _ip(*before, "neigh", "del", address, "dev", device)


@contextlib.contextmanager
def a_cable(target: tuple[str, int] | str) -> Iterator[Cable]:
    """A cable to `target`, a socket's path: the far end listens in another network and passes on."""
    needs("ip")
    name = f"f{os.getpid() % 100000}n{next(_numbers)}"
    # 198.18.0.0/15 is set aside for tests of networks.
    third, fourth = divmod(os.getpid() % 16384 * 4, 256)
    near, host = f"198.18.{third}.{fourth + 1}", f"198.18.{third}.{fourth + 2}"
    with _namespace(name, near, host):
        listening = _listen_in(name, host)
        with a_proxy(target, listening=listening) as proxy:
            yield Cable(name, proxy, near, host)


@contextlib.contextmanager
def _namespace(name: str, near: str, host: str) -> Iterator[None]:
    try:
        _ip("netns", "add", name)
    except subprocess.CalledProcessError as refused:
        raise NotRun(f"no network namespace may be made here: {refused.stderr.strip()}") from refused
    try:
        _ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
        _ip("addr", "add", f"{near}/30", "dev", f"{name}a")
        _ip("-n", name, "addr", "add", f"{host}/30", "dev", f"{name}b")
        _ip("link", "set", f"{name}a", "up")
        _ip("-n", name, "link", "set", f"{name}b", "up")
        yield
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):  # it was never laid
            _ip("link", "del", f"{name}a")
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _listen_in(namespace: str, host: str) -> socket.socket:
    """A listening socket of that namespace; only the thread that makes it enters there."""
    made: list[socket.socket] = []

    def enter() -> None:
        file = os.open(f"/var/run/netns/{namespace}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(file, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(file)
        made.append(socket.create_server((host, 0)))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if not made:
        raise NotRun("the network namespace could not be entered")
    return made[0]
