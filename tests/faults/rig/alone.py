"""The whole platform as `make up` starts it, alone in a folder, for as long as a storm or a soak lasts."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.steps import Steps


@contextlib.contextmanager
def a_platform(root: Path, *, test_clock: bool = False) -> Iterator[Instance]:
    """Started fresh; stopped at the end, and its data stay in the folder."""
    env = {"MENTORING_REQUESTS_PER_SECOND": "10000"}
    instance = Instance(
        root, ports=Ports.free(), test_clock=test_clock, service_env=env, steps=Steps(quiet=True), guarded=False
    )
    instance.start(fresh=True)
    try:
        yield instance
    finally:
        instance.stop()
