"""A program in a TOML file: the same names and limits as the API's body; what is left out has its default."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.matching import Cadence, Policy
from services.matching.domain import sense
from services.matching.files.tables import BadFile

MENDS = {"missing": "give this field; it is required", "extra_forbidden": "leave this out; there is no such field here"}


def read_program(path: Path) -> Policy:
    """The policy in the file. Raises BadFile with every unknown name, every wrong value, and what makes no sense."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{path} cannot be read as TOML: {error}") from None
    cadence = {name: told.pop(name) for name in Cadence.model_fields if name in told}
    nested = told.get("cadence", {})
    if cadence and isinstance(nested, dict):
        told["cadence"] = cadence | nested
    try:
        policy = Policy.model_validate(_with_a_length(told))
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {MENDS.get(one['type'], one['msg'])}" for one in error.errors()]
        raise _refused(path, wrong) from None
    except ValueError as error:
        raise _refused(path, [str(error)]) from None
    if wrong := list(_nonsense(policy)):
        raise _refused(path, wrong)
    return policy


def _with_a_length(told: dict[str, Any]) -> dict[str, Any]:
    """The last day, if the file gives one, as weeks. Raises ValueError."""
    begins, ends = told.get("starts_on"), told.get("ends_on")
    if not (isinstance(begins, date) and isinstance(ends, date)):
        return told
    try:
        length = sense.weeks(begins, sense.after(begins, ends), told.get("length_weeks"))
    except ValueError as error:
        raise ValueError(f"ends_on: {error}") from None
    return {name: told[name] for name in told if name != "ends_on"} | {"length_weeks": length}


def _nonsense(policy: Policy) -> Iterator[str]:
    """What no field can say of itself."""
    checks: list[tuple[str, Callable[[Any], object], Any]] = [
        ("starts_on", sense.in_the_calendar, policy.starts_on),
        ("weights", sense.add_up, policy.weights),
        ("rules", sense.with_a_band, policy.rules),
        ("checkin_days", sense.rising, policy.cadence.checkin_days),
    ]
    for field, check, value in checks:
        try:
            check(value)
        except ValueError as error:
            yield f"{field}: {error}"


def _refused(path: Path, wrong: list[str]) -> BadFile:
    return BadFile(f"{path.name}: " + "; ".join(wrong))
