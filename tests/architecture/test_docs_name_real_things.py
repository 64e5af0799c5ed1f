"""The walk through one event names real files and functions, and shows lines that are really there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
WALK = PAGE.split("## How one event travels\n", 1)[1]
FILE = r"(?:contracts|chassis|services|deploy|tests|docs)/[\w./<>-]*"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
PROSE = BLOCK.sub("", WALK)
PATHS = sorted(set(re.findall(rf"`({FILE})`", PAGE)))
PLACED = sorted(set(re.findall(rf"`(\w+)` (?:of `\w+` )?(?:in|of)\s+`({FILE}\.py)`", PROSE)))
CALLED = sorted(set(re.findall(r"`([A-Za-z_]\w*)`", PROSE)))
SHOWN = [line.strip() for block in BLOCK.findall(WALK) for line in block.splitlines() if line.strip()]
NOT_CODE = {"ce_id", "ce_type", "ce_correlationid", "match_id"}
"""Headers and fields; the contracts' own tests look after them."""


@cache
def defined_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@cache
def code() -> tuple[Path, ...]:
    return tuple(path for part in ("contracts", "chassis", "services") for path in (ROOT / part).rglob("*.py"))


def test_the_walk_was_found_and_names_much():
    assert len(PATHS) >= 15
    assert len(PLACED) >= 8
    assert len(SHOWN) >= 12


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_the_page_names_exists(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize(("name", "path"), PLACED)
def test_a_function_is_in_the_file_that_the_walk_names(name, path):
    assert name in defined_in(ROOT / path)


@pytest.mark.parametrize("name", [name for name in CALLED if name not in NOT_CODE])
def test_a_name_in_the_walk_is_defined_somewhere(name):
    assert any(name in defined_in(path) for path in code())


@pytest.mark.parametrize("line", SHOWN)
def test_a_line_that_the_walk_shows_is_in_the_code(line):
    named = [ROOT / name for name in re.findall(rf"`({FILE}\.py)`", WALK)]
    assert any(line in path.read_text(encoding="utf-8") for path in named)
