"""`python -m tests.faults.inject.entry <module> serve …`: a service as it is, with what the environment injects.

FAULTS_AT=point:n       the process meets its fault at the n-th passage of that point (points.py)
FAULTS_DO=kill|freeze   which: SIGKILL (the default) or SIGSTOP
FAULTS_SET=a.b.C=3,…    module constants with other values, so that a row need not wait minutes
FAULTS_SKEW=seconds     its calendar is wrong by that much (clock.py)
FAULTS_MUTATION=name    the chassis with one of its guards removed (mutations.py)

Nothing of this is in a shipped code path: the service's own module is run afterwards, untouched.
"""

import importlib
import os
import runpy
import sys

from tests.faults.inject import clock, mutations, points


def main() -> None:
    """Prepares the process, then becomes the service."""
    for change in filter(None, os.environ.get("FAULTS_SET", "").split(",")):
        set_constant(*change.split("="))
    if seconds := os.environ.get("FAULTS_SKEW"):
        clock.skew(float(seconds))
    if mutation := os.environ.get("FAULTS_MUTATION"):
        mutations.apply(mutation)
    if point := os.environ.get("FAULTS_AT"):
        name, _, passage = point.partition(":")
        points.arm(name, int(passage or 1), os.environ.get("FAULTS_DO", "kill"))
    module, *sys.argv = sys.argv[1], *sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def set_constant(path: str, value: str) -> None:
    """Gives a constant another value of its own type; one that does not exist stops the start."""
    module, _, name = path.rpartition(".")
    holder = importlib.import_module(module)
    setattr(holder, name, type(getattr(holder, name))(value))


if __name__ == "__main__":
    main()
