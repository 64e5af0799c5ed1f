"""Two goes of pytest: what compares latencies runs before the others and alone, the others two files at a time.

A neighbour on the same cores would be measured with what is compared; everybody else mostly waits for servers.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest

GOES = (("-m", "alone"), ("-m", "not alone", "-n", "2", "--dist", "loadfile"))


def run_both(*asked: str, environment: Mapping[str, str]) -> int:
    """Runs both goes whatever the first one finds; the worse of their exit codes."""
    return worst([subprocess.run(command(go, asked), env=dict(environment), check=False).returncode for go in GOES])


def command(go: Sequence[str], asked: Sequence[str]) -> list[str]:
    """One go over what was asked for."""
    return [sys.executable, "-m", "pytest", *go, *asked]


def worst(codes: Sequence[int]) -> int:
    """A go that had nothing to run says nothing, unless neither had anything."""
    ran = [code for code in codes if code != pytest.ExitCode.NO_TESTS_COLLECTED]
    return max(ran, default=int(pytest.ExitCode.NO_TESTS_COLLECTED))
