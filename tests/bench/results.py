"""What was measured, as JSON below `.local/bench/`, with what it was measured on."""

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from deploy.local.kafka_files import VERSION as KAFKA

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "bench"
LIBRARIES = ("faststream", "aiokafka", "asyncpg", "pydantic", "uvloop")


def surroundings() -> dict[str, Any]:
    """When, where and with what; the load tells a reader how quiet the machine was."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "cores": os.cpu_count(),
        "processor": models[0].partition(":")[2].strip() if models else platform.machine(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_before": os.getloadavg()[0],
        "versions": {"Python": sys.version.split()[0], "Kafka": KAFKA} | {name: version(name) for name in LIBRARIES},
    }


def save(part: str, on: dict[str, Any], rows: Any) -> Path:
    """Writes one part; the parts of different days may stand side by side."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{part}.json"
    path.write_text(json.dumps({"on": on, "rows": rows}, indent=1) + "\n")
    return path


def load(part: str) -> dict[str, Any] | None:
    """One part as it was last measured, if it was."""
    path = FOLDER / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else None


def value(numbers: dict[str, Any], name: str) -> float:
    """One number; `cpu_us.hear` is that within `cpu_us`."""
    found: Any = numbers
    for part in name.split("."):
        found = found[part]
    return float(found)


def middle(values: Iterable[float]) -> tuple[float, float, float]:
    """Median, least and most."""
    listed = sorted(values)
    return median(listed), listed[0], listed[-1]
