"""`st run`, schemathesis' own runner, against a running service: examples, coverage, fuzzing, chains of requests."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.fuzz.seeds import SCOPES, SUBJECTS, Known
from tests.fuzz.served import Served

LEFT_OUT = {
    "positive_data_acceptance": "some rules no schema can say: that an address is one, that a program is open",
    "ensure_resource_availability": "who made a thing and who asks for it next are different people here",
    "use_after_free": "who left the company is still shown, as somebody who left",
}
"""Checks of schemathesis that do not hold here, and why. All others must."""
A_REAL_ONE = 0.7
"""How often a path parameter is one that exists."""


async def play(service: Served, known: Known, folder: Path, *more: str) -> tuple[int, str]:
    """Plays; gives the exit code (0: nothing found) and what was said."""
    config = folder / "schemathesis.toml"
    config.write_text(configuration(known))
    command = ["--config-file", str(config), "run", f"{service.url}/openapi.json", "--no-color", "--checks", "all"]
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        *command,
        *("--exclude-checks", ",".join(LEFT_OUT), "--warnings", "off", *more),
        cwd=folder,  # it keeps crash files where it runs
        env=os.environ | environment(service),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


def environment(service: Served) -> dict[str, str]:
    """Who may ask, for the hooks."""
    tokens = {role: service.token(role, subject, scopes=SCOPES) for role, subject in SUBJECTS.items()}
    return {
        "FUZZ_TOKENS": json.dumps(tokens),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.schemathesis_hooks",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def configuration(known: Known) -> str:
    """Where known values may stand, in schemathesis' own format."""
    places = {f"path.{name}": values for name, values in known.path.items()}
    places |= {f"body.{name}": values for name, values in known.body.items()}
    lines: list[str] = []
    for number, values in enumerate(places.values()):
        lines += [f"[dictionaries.d{number}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    for number, place in enumerate(places):
        lines.append(f'"{place}" = {{ dictionary = "d{number}", probability = {A_REAL_ONE} }}')
    return "\n".join(lines) + "\n"
