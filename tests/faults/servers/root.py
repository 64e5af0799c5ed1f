"""What a row needs of the machine, and the sentence it is reported with where that is missing."""

import os
import shutil


class CannotRun(Exception):
    """The machine lacks what the row needs: the row is reported as not run, by name."""


def needs(*programs: str) -> None:
    """Root, and these programs."""
    if os.geteuid() != 0:
        raise CannotRun("only root may do this")
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise CannotRun(f"{', '.join(missing)} not on this machine")
