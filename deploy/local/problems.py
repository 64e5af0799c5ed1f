"""What can go wrong on one machine, said in a sentence that names the mend."""

from __future__ import annotations


class LocalError(Exception):
    """The platform cannot go on here; the message says why and what to do."""
