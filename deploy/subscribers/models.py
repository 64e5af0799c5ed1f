"""Typed models of every event in four languages, made from the published JSON Schemas by generators that are well kept.

Models are for reading, so they let pass what a later release may allow: bounds and patterns are left out, and where a
language would refuse a value that it does not know (Java, Python), a list of values becomes text.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from chassis.contract_docs.schemas import DIALECT, Schema, schema_of
from contracts.registry import EVENTS
from deploy.subscribers.tools import HOME, MODELS_IN_PYTHON, QUICKTYPE, npm_tool, run

PLACES = {
    "python": "models.py",
    "java": "src/main/java/models",
    "go": "models/models.go",
    "typescript": "models.ts",
}
"""Where a client looks for its models, by language."""
_CHECKS = {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "propertyNames"}
_NOT_FOR_MODELS = {"examples", "$schema", "$id"}
_DROPPED: dict[str, set[str]] = {
    "python": {"enum"},
    "java": {"enum"},
    "go": set(),
    "typescript": {"format"},  # JSON.parse gives text for an instant, whatever a type would say
}
_OPTIONS = {
    "java": ["--package", "models", "--array-type", "list"],
    "go": ["--package", "models"],
    "typescript": ["--just-types"],
}
_PYDANTIC = [
    "--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel",
    "--target-python-version", "3.11", "--use-standard-collections", "--use-union-operator", "--disable-timestamp",
    "--extra-fields", "ignore", "--skip-root-model", "--use-schema-description", "--formatters", "builtin",
]  # fmt: skip


def generate(language: str, client: Path) -> Path:
    """Writes the models of one language where its client looks for them; answers where."""
    place = client / PLACES[language]
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "events.json"
        source.write_text(json.dumps(all_events(language)))
        if language == "python":
            run([generator_in_python(), "--input", source, "--output", place, *_PYDANTIC], Path(folder))
        else:
            _quicktype(language, source, place)
    return place


def all_events(language: str) -> Schema:
    """The schemas of all events and of the values inside them as one document, as models of this language want it."""
    parts: dict[str, Schema] = {}
    for event in EVENTS:
        schema = schema_of(event)
        parts |= schema.pop("$defs", {})
        parts[event.__name__] = schema
    dropped = _CHECKS | _NOT_FOR_MODELS | _DROPPED[language]
    return {"$schema": DIALECT, "$defs": {name: _for_readers(part, dropped) for name, part in parts.items()}}


def _for_readers(node: Any, dropped: set[str]) -> Any:
    if isinstance(node, list):
        return [_for_readers(each, dropped) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: {field: _for_readers(value, dropped) for field, value in part.items()}
        if name == "properties"
        else _for_readers(part, dropped)
        for name, part in node.items()
        if name not in dropped and not name.startswith("x-")
    }


def _quicktype(language: str, source: Path, place: Path) -> None:
    command = npm_tool(QUICKTYPE) / "node_modules/.bin/quicktype"
    if language == "java":  # a file for each class, beside the one that is named
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    out = place / "Converter.java" if language == "java" else place
    options = ["--lang", language, "--src-lang", "schema", *_OPTIONS[language]]
    run([command, *options, "--out", out, f"{source}#/$defs/"], source.parent)
    if language == "go" and shutil.which("gofmt"):
        run(["gofmt", "-w", place], source.parent)


def generator_in_python() -> Path:
    """The command that makes the Python models, in a virtual environment of its own beside the client's."""
    python = HOME / "python" / "venv" / "bin" / "python"
    command = python.with_name("datamodel-codegen")
    if not command.exists():
        run([sys.executable, "-m", "venv", python.parents[1]], HOME.parent)
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", MODELS_IN_PYTHON], HOME.parent)
    return command
