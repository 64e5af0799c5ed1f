"""What a caller should do about a value that does not fit. The value itself is never repeated: it may be personal."""

from typing import Any

_MENDS = {
    "missing": "give this field; it is required",
    "extra_forbidden": "leave this out; there is no such field here",
    "json_type": "send JSON",
    "model_attributes_type": "send a JSON object, with `Content-Type: application/json`",
    "model_type": "send a JSON object, with `Content-Type: application/json`",
    "dict_type": "give a JSON object",
    "list_type": "give a list",
    "tuple_type": "give a list",
    "string_type": "give a text",
    "string_unicode": "give a text in valid Unicode",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "finite_number": "give a finite number",
    "uuid_parsing": "give a UUID, like 0192f0c4-7a1e-7c3b-9d55-0242ac120003",
    "uuid_type": "give a UUID, like 0192f0c4-7a1e-7c3b-9d55-0242ac120003",
    "timezone_aware": "give an instant with its offset, like 2027-01-20T14:00:00Z",
    "datetime_parsing": "give an instant in RFC 3339, like 2027-01-20T14:00:00Z",
    "datetime_from_date_parsing": "give an instant in RFC 3339, like 2027-01-20T14:00:00Z",
    "datetime_type": "give an instant in RFC 3339, like 2027-01-20T14:00:00Z",
    "date_parsing": "give a day, like 2027-01-20",
    "date_from_datetime_parsing": "give a day, like 2027-01-20",
    "date_type": "give a day, like 2027-01-20",
}


def mend(error: dict[str, Any]) -> str:
    """What to do about one validation error."""
    known = _MENDS.get(error["type"])
    if known:
        return known
    context = error.get("ctx", {})
    if error["type"] in ("literal_error", "enum"):
        return f"give one of: {context.get('expected', '')}"
    message: str = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    # pydantic says "Input should be …", which is the mend already, only longer.
    return message.replace("Input should be", "give").replace("String should", "the text should")


def broken_json(error: dict[str, Any], body: Any) -> str:
    """Where the JSON breaks, as an editor counts: lines and columns from 1."""
    position = int(error["loc"][-1])
    before = body[:position] if isinstance(body, str) else ""
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    reason = error.get("ctx", {}).get("error", "")
    return f"The body is not valid JSON: line {line}, column {column}: {reason.rstrip(':').lower()}."
