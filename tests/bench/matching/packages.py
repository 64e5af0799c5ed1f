"""`mentor-match`, put below `.local/bench/` when it is first needed: nobody but this bench uses it."""

import subprocess
import sys
from pathlib import Path

from tests.bench import results

PINNED = Path(__file__).with_name("mentor-match.txt")
FOLDER = results.FOLDER / "packages"


def installed() -> bool:
    """Installs what PINNED names; False where that cannot be had."""
    if not (FOLDER / "matching").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        done = subprocess.run([*command, "--target", str(FOLDER), "--requirement", str(PINNED)], check=False)
        return done.returncode == 0
    return True
