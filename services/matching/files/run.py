"""The folder of a run: written once, and read again by whoever doubts it."""

import csv
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from services.matching.engine.certificate import Certificate
from services.matching.engine.report import Report
from services.matching.engine.settle import Outcome
from services.matching.engine.verify import Claim
from services.matching.files.tables import BadFile

COLUMNS = {
    "pairs.csv": ("mentee_id", "mentor_id", "score"),
    "unmatched.csv": ("mentee_id", "reason"),
    "prices.csv": ("mentor_id", "seats", "taken", "price"),
    "utilities.csv": ("mentee_id", "utility"),
    "allowed.csv": ("mentee_id", "mentor_id", "score"),
}
BYTES_PER_PAIR = 25
REJECTED = "rejected.csv"
"""The rows of the HR file that stayed out; no part of the proof."""
KINDS: dict[str, type | tuple[type, ...]] = {"inputs_sha256": str, "seconds": (int, float)}
NUMBERS = frozenset({"score", "seats", "taken", "price", "utility"})


def begin_run(folder: Path) -> None:
    """From now on, and until it is written again, the folder holds no result."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("certificate.json", "report.json"):
        (folder / name).unlink(missing_ok=True)


def write_run(
    folder: Path, outcome: Outcome, unmatched: Iterable[tuple[str, str]], report: Report | None = None
) -> None:
    """Writes the files of the run; `certificate.json` comes last, so that a folder with it is whole."""
    begin_run(folder)
    _must_fit(folder, outcome.problem.allowed)
    _write(folder, "pairs.csv", outcome.pairs())
    _write(folder, "unmatched.csv", unmatched)
    _write(folder, "prices.csv", outcome.prices())
    _write(folder, "utilities.csv", outcome.utilities())
    _write(folder, "allowed.csv", outcome.problem.rows())
    if report:
        _write_json(folder / "report.json", asdict(report))
    _write_json(folder / "certificate.json", outcome.certificate.as_json())


def _must_fit(folder: Path, pairs: int) -> None:
    """Raises BadFile if the disk has no room for so many allowed pairs."""
    need, free = pairs * BYTES_PER_PAIR, shutil.disk_usage(folder).free
    if need > free:
        raise BadFile(
            f"allowed.csv would hold {pairs} pairs, some {need / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free"
        )


def _write_json(path: Path, told: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _write(folder: Path, name: str, rows: Iterable[tuple[object, ...]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS[name])
        writer.writerows(rows)


def read_run(folder: Path) -> Claim:
    """The claim of a run; its allowed pairs are read while they are looked at. Raises BadFile."""
    return Claim(
        allowed=_read(folder, "allowed.csv"),
        pairs=list(_read(folder, "pairs.csv")),
        unmatched=[mentee for mentee, _ in _read(folder, "unmatched.csv")],
        prices=list(_read(folder, "prices.csv")),
        utilities=list(_read(folder, "utilities.csv")),
        certificate=_certificate(folder),
    )


def read_report(folder: Path) -> dict[str, Any]:
    """The figures beside the certificate; empty where there are none (`assign`). Raises BadFile."""
    try:
        told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadFile(f"{folder / 'report.json'} cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise BadFile(f"{folder / 'report.json'} is no report")
    return told


def _read(folder: Path, name: str) -> Iterator[Any]:
    """The rows of one file, with numbers where its columns hold numbers."""
    columns = COLUMNS[name]
    numbers = [at for at, column in enumerate(columns) if column in NUMBERS]
    line = 1
    try:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            if tuple(next(reader, ())) != columns:
                raise BadFile(f"{name}: the first line must be {','.join(columns)}")
            for line, row in enumerate(reader, 2):
                cells: list[Any] = row
                for at in numbers:
                    cells[at] = int(row[at])
                if len(cells) != len(columns):
                    raise BadFile(f"{name}, line {line}: has {len(cells)} cells")
                yield tuple(cells)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, IndexError) as error:
        raise BadFile(f"{folder / name}, line {line}: {error}") from None


def _certificate(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadFile(f"{folder / 'certificate.json'} cannot be read: {error}") from None
    for field in fields(Certificate):
        optional = None if field.default is MISSING else field.default  # what releases before did not write
        if not isinstance(told, dict) or not isinstance(told.get(field.name, optional), KINDS.get(field.name, int)):
            raise BadFile(f"certificate.json: `{field.name}` is missing or of the wrong kind")
    return dict(told)
