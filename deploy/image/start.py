"""What the image starts: `start.py services.matching serve --role api` runs that module, and can be stopped at once.

For the first process of a container the kernel drops every signal that the process has not asked for. A service asks
when it serves, seconds after its start; a pod that is taken away before would sit out its whole grace.
"""

import os
import runpy
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

KERNELS = Path(__file__).with_name("kernels")
"""What was compiled while the image was built."""


def stop(number: int, _frame: FrameType | None) -> None:
    """Ends what does not serve yet, with a signal's code: 143 for SIGTERM. `serve` puts its own orderly end here."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and getattr(asyncio, "_get_running_loop", lambda: None)() is not None:
        sys.exit(128 + number)  # a migration: its transaction is rolled back, its lock given up
    os._exit(128 + number)  # imports: nothing to give up, and some libraries would swallow an exception


def unpack_kernels() -> None:
    """Lays the kernels where Numba may add to them: it takes no folder that it cannot write to."""
    if KERNELS.is_dir() and "NUMBA_CACHE_DIR" not in os.environ:
        place = Path(tempfile.gettempdir()) / "kernels"
        shutil.copytree(KERNELS, place, dirs_exist_ok=True)
        os.environ["NUMBA_CACHE_DIR"] = str(place)


def main(words: list[str]) -> None:
    """Runs the module that is named first with the words that follow it, as `python -m` does."""
    if not words:
        sys.exit("Say what to run, for example: services.matching serve --role api --host 0.0.0.0")
    if words[0] == "services.matching":
        unpack_kernels()
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    main(sys.argv[1:])
