"""A program in a TOML file: the same names as the API's body; what is left out has its default."""

import tomllib
from math import isclose
from pathlib import Path

from pydantic import ValidationError

from contracts.matching import Policy
from services.matching.files.tables import BadFile

CADENCE = ("offer_working_days", "agreement_days", "meeting_every_days", "checkin_days", "checkin_every_days")


def read_program(path: Path) -> Policy:
    """The policy in the file. Raises BadFile with every unknown name, wrong value, and weights that do not add up."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{path} cannot be read as TOML: {error}") from None
    cadence = {name: told.pop(name) for name in (*CADENCE, "checkin_grace_days") if name in told}
    try:
        policy = Policy.model_validate(told | {"cadence": cadence | told.get("cadence", {})} if cadence else told)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise BadFile(f"{path.name}: " + "; ".join(wrong)) from None
    total = sum(policy.weights.model_dump().values())
    if not isclose(total, 1, abs_tol=1e-6):
        raise BadFile(f"{path.name}: the weights add up to {total:g}, not to 1")
    return policy
