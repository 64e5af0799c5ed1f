"""Finds every call that writes a log line, and reads its event and fields without running anything."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

METHODS = ("debug", "info", "warning", "error", "exception", "critical", "log")


@dataclass(frozen=True)
class Call:
    """A line as the code writes it."""

    place: str
    event: str
    method: str
    fields: frozenset[str]

    def __str__(self) -> str:
        return f"{self.place}: {self.event}"


def calls_in(path: Path, root: Path) -> Iterator[Call]:
    """Every call of a logger of structlog in this file, in order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    loggers = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_logger(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for scope, node in _calls(tree, tree):
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and _is_logger(node.func.value, loggers):
            place = f"{path.relative_to(root)}:{node.lineno}"
            yield _read(node, node.func, scope, place, root)


def _calls(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Calls, each with the innermost function around it."""
    for child in ast.iter_child_nodes(node):
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        if isinstance(child, ast.Call):
            yield scope, child
        yield from _calls(child, inner)


def _is_logger(node: ast.expr, loggers: set[str]) -> bool:
    """`log`, `structlog.get_logger()`, or either with `.bind(…)` behind it."""
    if isinstance(node, ast.Name):
        return node.id in loggers
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("bind", "new"):
        return _is_logger(node.func.value, loggers)
    return getattr(node.func, "attr", getattr(node.func, "id", "")) == "get_logger"


def _read(call: ast.Call, func: ast.Attribute, scope: ast.AST, place: str, root: Path) -> Call:
    words = call.args[1:] if func.attr == "log" else call.args
    named = words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str)
    assert named, f"{place}: say the event's name in the call, as text, so that it can be found"
    fields = _fields(call, scope, place, root)
    bound = func.value
    while isinstance(bound, ast.Call) and isinstance(bound.func, ast.Attribute):
        fields |= _fields(bound, scope, place, root)
        bound = bound.func.value
    return Call(place, words[0].value, func.attr, frozenset(fields))


def _fields(call: ast.Call, scope: ast.AST, place: str, root: Path) -> set[str]:
    fields = {keyword.arg for keyword in call.keywords if keyword.arg}
    for keyword in call.keywords:
        if keyword.arg is None:
            spread = _spread(keyword.value, scope, root)
            assert spread is not None, f"{place}: a reader cannot see which fields ** brings; name them"
            fields |= spread
    return fields


def _spread(value: ast.expr, scope: ast.AST, root: Path) -> set[str] | None:
    """The keys behind `**value`: of a dict that this function builds, or that a function of ours returns."""
    if isinstance(value, ast.Name):
        return _built(value.id, scope) or None
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        return set(_returned(name, root)) or None
    return None


def _built(name: str, scope: ast.AST) -> set[str]:
    keys: set[str] = set()
    for node in ast.walk(scope):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name and getattr(node, "value", None):
                keys |= _keys(node.value)
            if isinstance(target, ast.Subscript) and getattr(target.value, "id", "") == name:
                keys.add(target.slice.value)
    return keys


@cache
def _returned(name: str, root: Path) -> frozenset[str]:
    for path in sorted((root / "chassis").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return frozenset(_keys(node))
    return frozenset()


def _keys(node: ast.AST) -> set[str]:
    dicts = (each for each in ast.walk(node) if isinstance(each, ast.Dict))
    return {key.value for each in dicts for key in each.keys if isinstance(key, ast.Constant)}
