"""What the image starts can be stopped from its first moment on, also as the first process of a container."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.children import wait_until
from tests.deploy.manifests import ROOT

START = ROOT / "deploy/image/start.py"
FIRST = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
STOPPED = 128 + signal.SIGTERM
SOON = 5.0
"""A grace of forty seconds must be far away."""


def _can_be_first() -> bool:
    made = shutil.which("unshare") and subprocess.run([*FIRST, "true"], check=False, capture_output=True)
    return bool(made) and not made.returncode


as_first = pytest.param(
    FIRST,
    id="as the first process",
    marks=pytest.mark.skipif(not _can_be_first(), reason="unshare (util-linux) may not make a namespace for processes"),
)


@pytest.fixture
def silent():
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.fixture
def started(silent):
    """Starts the image's first words in a process of its own; ends it whatever happens."""
    running = []
    address = f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/mentoring"
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MENTORING_DATABASE_URL": address,
        "MENTORING_OWNER_DATABASE_URL": address,
        "MENTORING_KAFKA_BROKERS": "127.0.0.1:1",
        "MENTORING_JWKS_URL": "https://issuer.example/keys",
        "MENTORING_TOKEN_ISSUER": "https://issuer.example",
    }

    def start(*words, before=()):
        command = [*before, sys.executable, str(START), *words]
        running.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("before", [pytest.param([], id="as any process"), as_first])
def test_a_service_that_is_still_being_imported_stops_at_once(started, before):
    process = started("services.profiles", "serve", before=before)
    first = _listens_to_signals(process, nested=bool(before))

    assert _stop(process, first) == STOPPED


def test_who_waits_for_a_database_that_is_silent_stops_soon(started, silent):
    serving, migrating = (started("services.profiles", words) for words in ("serve", "migrate"))
    with silent.accept()[0], silent.accept()[0]:
        assert _stop(serving, serving.pid) == STOPPED
        assert _stop(migrating, migrating.pid) == STOPPED


def test_the_words_behind_the_module_are_the_modules(started):
    process = started("json.tool", "--no-such-word")

    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--no-such-word" in said


def _stop(process: subprocess.Popen, pid: int) -> int:
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    process.communicate(timeout=30)
    assert time.monotonic() - began < SOON
    return process.returncode


def _listens_to_signals(process: subprocess.Popen, *, nested: bool) -> int:
    """The process that was started, or the first one of its namespace, as soon as it has said what SIGTERM means."""

    def pid() -> int:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(children[0]) if nested and children else 0 if nested else process.pid

    def listens() -> bool:
        assert process.poll() is None, process.communicate()[1]
        status = Path(f"/proc/{pid()}/status") if pid() else None
        caught = [line for line in (status.read_text() if status else "").splitlines() if line.startswith("SigCgt")]
        return bool(caught) and bool(int(caught[0].split()[1], 16) >> (signal.SIGTERM - 1) & 1)

    wait_until(listens, within=20, what="start.py")
    return pid()
