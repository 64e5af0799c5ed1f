"""Sixty-odd JSON bodies that mean harm: for HTTP requests and for records on a topic alike."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

MUCH = 900_000
"""Bytes: what a record may hold, and a request too."""
DEEP = 10_000

VALUES: dict[str, bytes] = {
    "null": b"null",
    "NaN": b"NaN",
    "infinity": b"Infinity",
    "minus infinity": b"-Infinity",
    "a float beyond all floats": b"1e999",
    "the smallest float": b"5e-324",
    "minus zero": b"-0.0",
    "a number beyond 64 bits": b"18446744073709551616",
    "a number of 4 000 digits": b"9" * 4_000,
    "a number of 100 000 digits": b"9" * 100_000,
    "a negative number of 4 000 digits": b"-" + b"9" * 4_000,
    "a fraction of 100 000 digits": b"0." + b"1" * 100_000,
    "a text of 900 KB": b'"' + b"a" * (MUCH - 2_000) + b'"',
    "a text of emojis": '"{}"'.format("\U0001f4a3" * 50_000).encode(),
    "a text of combining marks": '"{}"'.format("e" + "\u0301" * 20_000).encode(),
    "a lone high surrogate": rb'"\ud800"',
    "a lone low surrogate": rb'"\udfff"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "NUL": rb'"a\u0000b"',
    "raw control characters": b'"a\x01\x02\x1bb"',
    "invalid UTF-8": b'"\xff\xfe\xfa"',
    "an overlong encoding": b'"\xc0\xaf"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "UTF-8 cut off": b'"\xf0\x9f\x92"',
    "a bad escape": rb'"\x41"',
    "half an escape": rb'"\u12"',
    "direction overrides": '"\u202e\u2066evil\u2069"'.encode(),
    "a line for a log": rb'"a\r\n{\"event\": \"forged\"}"',
    "a header in a text": rb'"a\r\nSet-Cookie: a=b"',
    "SQL": b'"\'; DROP TABLE outbox; --"',
    "a format string": b'"%s%s%n {0.__class__}"',
    "a template": b'"{{ 7*7 }} ${jndi:ldap://a}"',
    "a path": b'"../../../../etc/passwd"',
    "a date before time": b'"0000-00-00"',
    "the first instant": b'"0001-01-01T00:00:00+23:59"',
    "the last instant": b'"9999-12-31T23:59:59.999999-23:59"',
    "the last day": b'"9999-12-31"',
    "a leap second": b'"2027-06-30T23:59:60Z"',
    "an id of nobody": b'"00000000-0000-0000-0000-000000000000"',
    "no text at all": b'""',
    "blanks": rb'" \t\u00a0\u200b\u2028"',
    "true": b"true",
    "a number as text": b'"5"',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list of 100 000 nulls": b"[" + b"null," * 99_999 + b"null]",
    "a list of 100 000 objects": b"[" + b"{}," * 99_999 + b"{}]",
    "900 lists in each other": b"[" * 900 + b"]" * 900,
    "900 objects in each other": b'{"a":' * 900 + b"1" + b"}" * 900,
    "10 000 lists in each other": b"[" * DEEP + b"]" * DEEP,
    "10 000 objects in each other": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "keys with surrogates": rb'{"\ud800": 1}',
    "a key of 100 KB": b'{"' + b"k" * 100_000 + b'": 1}',
    "a prototype": b'{"__proto__": {"admin": true}, "__class__": "x", "constructor": 1}',
}
"""Each stands where an ordinary value should."""


def documents(valid: dict[str, Any]) -> dict[str, bytes]:
    """Whole bodies that are wrong as such, some of them made from a valid one."""
    good = json.dumps(valid).encode()
    head = good[:-1] + (b", " if valid else b"")
    return {
        "nothing": b"",
        "blanks only": b" \n\t ",
        "cut off": good[: len(good) // 2],
        "something behind it": good + b"}",
        "two documents": good + good,
        "a byte order mark before it": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "UTF-32": good.decode().encode("utf-32"),
        "compressed": gzip.compress(good),
        "random bytes": bytes(range(256)) * 40,
        "NUL bytes": b"\0" * 4_096,
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>',
        "a schema registry's prefix": b"\0\0\0\0\1" + good,
        "with a comment": b"/* */" + good,
        "single quotes": good.replace(b'"', b"'") if valid else b"'a'",
        "a comma too many": head + b"}",
        "its fields twice": head + good[1:],
        "only opening brackets": b"[" * MUCH,
        "only opening braces": b'{"a":' * (MUCH // 5),
        "100 000 unknown fields": head + b",".join(b'"u%d":1' % number for number in range(80_000)) + b"}",
        "an unknown field of surrogates": head + rb'"\ud800": 1}',
        "an unknown field of 100 KB": head + b'"' + b"k" * 100_000 + b'": 1}',
        "an unknown field, 900 deep": head + b'"u": ' + VALUES["900 lists in each other"] + b"}",
    }


def bodies(valid: dict[str, Any], *, everywhere: bool = False) -> Iterator[tuple[str, bytes]]:
    """All of them. Hostile values take the places of fields in turn, or each value that of each field."""
    yield from documents(valid).items()
    fields = list(valid)
    for number, (name, raw) in enumerate(VALUES.items()):
        yield name, raw
        for field in fields if everywhere else fields[number % max(1, len(fields)) :][:1]:
            yield f"{name} as {field}", with_raw(valid, field, raw)


def with_raw(valid: dict[str, Any], field: str, raw: bytes) -> bytes:
    """The valid body with this text in the place of one field's value."""
    pairs = [json.dumps(name).encode() + b": " + (raw if name == field else json.dumps(value).encode())
             for name, value in valid.items()]  # fmt: skip
    return b"{" + b", ".join(pairs) + b"}"
