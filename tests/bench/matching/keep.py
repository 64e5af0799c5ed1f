"""Works out the pairs of an instance in a process of its own: `python -m tests.bench.matching.keep FOLDER`."""

import sys
from pathlib import Path

from tests.bench.matching.kept import keep_pairs

if __name__ == "__main__":
    keep_pairs(Path(sys.argv[1]))
