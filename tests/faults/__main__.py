"""`python -m tests.faults`: every row, in two goes, then the table of both.

First by themselves the rows marked `alone`: they compare latencies, and a neighbour on the same cores would be measured
with them. Then all others, two files of them at a time.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.faults.report.row import now

GOES = (("-m", "alone"), ("-m", "not alone", "-n", "2", "--dist", "loadfile"))


def main() -> None:
    """Runs both goes whatever the first one finds, and exits with the worse of the two."""
    options = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    options.add_argument("-k", dest="rows", default="", help='some rows only, as pytest takes it: "f3 or f7"')
    options.add_argument("--long", action="store_true", help="repeat more, wait longer: an hour and a half")
    asked = options.parse_args()
    environment = os.environ | {"FAULTS": "long" if asked.long else "full", "FAULTS_SINCE": now()}
    sys.exit(worst([run(go, asked.rows, environment) for go in GOES]))


def run(go: Sequence[str], rows: str, environment: dict[str, str]) -> int:
    """One go of pytest over this folder."""
    command = [sys.executable, "-m", "pytest", "tests/faults", *go, *(["-k", rows] if rows else [])]
    return subprocess.run(command, env=environment, check=False).returncode


def worst(codes: Sequence[int]) -> int:
    """A go that had no row to run says nothing, unless neither had one."""
    ran = [code for code in codes if code != pytest.ExitCode.NO_TESTS_COLLECTED]
    return max(ran, default=int(pytest.ExitCode.NO_TESTS_COLLECTED))


if __name__ == "__main__":
    main()
