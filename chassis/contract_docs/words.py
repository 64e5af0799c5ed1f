"""A schema in words, for people who read a table."""

from typing import Any

from chassis.contract_docs.schemas import Schema
from contracts.event import PersonId

_PERSON = PersonId.__metadata__[0].pattern  # type: ignore[attr-defined]
_FORMATS = {"uuid": "UUID", "date-time": "instant", "date": "day"}
_PLAIN = {"integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}


def type_in_words(node: Schema) -> str:
    """`list of [Skill](#skill) (at most 200 of them)`."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        return " or ".join(type_in_words(option) for option in node["anyOf"])
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    return _kind(node) + _bounds(node)


def _kind(node: Schema) -> str:
    match node.get("type"):
        case "array" if "prefixItems" in node:
            return "list of exactly: " + ", ".join(type_in_words(item) for item in node["prefixItems"])
        case "array":
            return f"list of {type_in_words(node['items'])}"
        case "object" if isinstance(node.get("additionalProperties"), dict):
            keys = type_in_words({"type": "string", **node.get("propertyNames", {})})
            return f"map from {keys} to {type_in_words(node['additionalProperties'])}"
        case "string":
            return "person id" if node.get("pattern") == _PERSON else _FORMATS.get(node.get("format", ""), "text")
        case kind:
            return _PLAIN.get(str(kind), str(kind))


def _bounds(node: Schema) -> str:
    if "prefixItems" in node:
        return ""
    parts = [
        _range(node.get("minimum"), node.get("maximum"), ""),
        _range(node.get("minLength"), node.get("maxLength"), " characters"),
        _range(node.get("minItems"), node.get("maxItems"), " of them"),
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _range(least: Any, most: Any, what: str) -> str:
    if least is not None and least == most:
        return f"exactly {_number(least)}{what}"
    if least is not None and most is not None:
        return f"{_number(least)} to {_number(most)}{what}"
    if least is not None:
        return f"at least {_number(least)}{what}"
    return f"at most {_number(most)}{what}" if most is not None else ""


def _number(value: float) -> str:
    return f"{value:,}".replace(",", " ").removesuffix(".0")
