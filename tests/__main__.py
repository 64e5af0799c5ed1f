"""`python -m tests`: every test, two files at a time (`tests/goes.py`); what pytest understands may follow."""

import os
import sys

from tests.faults.report.row import now
from tests.goes import run_both

if __name__ == "__main__":
    # Both goes are one run to the table of faults at the end of the second.
    sys.exit(run_both(*sys.argv[1:], environment=os.environ | {"FAULTS_SINCE": now()}))
