"""How much of each row is run: the subset of `make test`, all (`make faults`), or as long as asked (LONG=1)."""

import os
from typing import TypeVar

T = TypeVar("T")
FULL = os.environ.get("FAULTS") in {"full", "long"}
LONG = os.environ.get("FAULTS") == "long"


def scaled(subset: T, full: T, long: T) -> T:
    """What fits this run."""
    return long if LONG else full if FULL else subset
