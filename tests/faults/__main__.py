"""`python -m tests.faults`: every row, then the table of both goes (`tests/goes.py`)."""

import argparse
import os
import sys

from tests.faults.report.row import now
from tests.goes import run_both


def main() -> None:
    """Exits with the worse of the two goes."""
    options = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    options.add_argument("-k", dest="rows", default="", help='some rows only, as pytest takes it: "f3 or f7"')
    options.add_argument("--long", action="store_true", help="repeat more, wait longer: an hour and a half")
    asked = options.parse_args()
    environment = os.environ | {"FAULTS": "long" if asked.long else "full", "FAULTS_SINCE": now()}
    sys.exit(run_both("tests/faults", *(["-k", asked.rows] if asked.rows else []), environment=environment))


if __name__ == "__main__":
    main()
