"""Short places for unix sockets: a path may have about a hundred characters, a checkout more."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from deploy.local.problems import LocalError

LONGEST = 80
"""What leaves room for the socket's own name below the smallest limit of any system (104)."""


def socket_folder(owner: Path) -> Path:
    """A folder for the sockets of `owner`, the same each time, in the temporary folder and ours alone."""
    name = hashlib.sha256(str(owner.resolve()).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"mentoring-{os.getuid()}-{name}"
    if len(str(folder)) > LONGEST:
        raise LocalError(f"The temporary folder {folder.parent} has too long a name for sockets. Set TMPDIR=/tmp.")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (os.getuid() != 0 and folder.stat().st_uid != os.getuid()):
        raise LocalError(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
    return folder


def remove_socket_folder(owner: Path) -> None:
    """Forget the folder once nothing listens in it; the next start makes it anew."""
    shutil.rmtree(socket_folder(owner), ignore_errors=True)
