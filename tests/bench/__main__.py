"""All measurements, one after the other: `make bench`. Copy what they print into docs/benchmarks.md."""

import subprocess
import sys

for name in ("platform", "whole_path"):
    print(f"── tests.bench.{name}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=True)
