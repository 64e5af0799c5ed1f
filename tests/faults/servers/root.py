"""What a row needs of the machine."""

import os
import shutil

from tests.faults.report.row import NotRun


def needs(*programs: str) -> None:
    """Root and these programs; where they are missing the row is not run, and says so."""
    if os.geteuid() != 0:
        raise NotRun("only root may do this")
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise NotRun(f"{', '.join(missing)} is not on this machine")
