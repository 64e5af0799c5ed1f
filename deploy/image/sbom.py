"""Writes what is installed as a CycloneDX bill of materials: names, versions, licences. Standard library only."""

import json
import sys
from importlib.metadata import Distribution, distributions
from typing import Any


def component(found: Distribution) -> dict[str, Any]:
    """One installed package."""
    name, version = found.metadata["Name"], found.version
    made: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
    }
    licence = dict(found.metadata.items()).get("License-Expression")  # type: ignore[attr-defined]
    return made | ({"licenses": [{"expression": licence}]} if licence else {})


def bill() -> dict[str, Any]:
    """The whole environment, in the order of its names; the same for the same packages."""
    found = {each.metadata["Name"].lower(): each for each in distributions()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "mentoring"}},
        "components": [component(found[name]) for name in sorted(found)],
    }


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1)
    sys.stdout.write("\n")
