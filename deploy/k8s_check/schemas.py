"""Judges resources strictly by the schemas of their kinds: no unknown field, no other version than is served."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from deploy.k8s_check import schema_sources
from deploy.k8s_check.resource import Resource

Schema = dict[str, Any]
_OPEN = ("additionalProperties", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")


@dataclass(frozen=True)
class Schemas:
    """A validator for each version and kind."""

    validators: Mapping[tuple[str, str], Draft202012Validator]

    @classmethod
    def load(cls, kinds: Collection[str]) -> "Schemas":
        """Reads the schemas of these kinds where their publishers keep them; none of them lies in this repository."""
        found: dict[tuple[str, str], Draft202012Validator] = {}
        for version, kind, schema in schema_sources.schemas_of(kinds):
            found[version, kind] = Draft202012Validator(schema)
        return cls(found)

    def judge(self, resource: Resource) -> Iterator[str]:
        """What the schema of its kind says about a resource."""
        version = str(resource.body.get("apiVersion"))
        validator = self.validators.get((version, resource.kind))
        if validator is None:
            served = sorted({of for of, kind in self.validators if kind == resource.kind})
            yield resource.wrong(
                f"apiVersion {version} has no such kind; use {' or '.join(served) or 'a kind that exists'}."
            )
            return
        for error in validator.iter_errors(resource.body):
            yield resource.wrong(_sentence(error))


def _sentence(error: ValidationError) -> str:
    deepest = best_match([error]) or error
    place = ".".join(map(str, deepest.absolute_path)) or "the resource"
    message = deepest.message if len(deepest.message) < 200 else f"{deepest.validator} is not held"  # noqa: PLR2004
    return f"{place}: {message}; mend it as the schema of its kind says."


def strict(schema: Any) -> Any:
    """The schema with every object closed that does not say it is open, in the words of JSON Schema."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: {name: strict(each) for name, each in value.items()}
        if key in ("properties", "definitions")
        else strict(value)
        for key, value in schema.items()
    }
    if "properties" in made and not any(name in made for name in _OPEN):
        made["additionalProperties"] = False
    if made.get("x-kubernetes-int-or-string") or made.get("format") == "int-or-string":
        made.pop("format", None)
        made["type"] = ["integer", "string"]
    if made.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
