"""Who may import whom. A reader must never have to look upwards."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
PACKAGES = ("contracts", "chassis", "services", "deploy")

DOMAIN_MAY_NOT = (
    "asyncpg",
    "aiokafka",
    "fastapi",
    "httpx",
    "aiosmtplib",
    "chassis.db",
    "chassis.outbox",
    "chassis.http",
)
ABOVE = {
    "domain": ("store", "handlers", "api", "events"),
    "store": ("handlers", "api", "events"),
    "handlers": ("api", "events"),
}
"""What each layer of a service may not import from its own service."""


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute, so that a reader can search for them"
            yield str(node.module)
            yield from (f"{node.module}.{each.name}" for each in node.names)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def layer(service: str, name: str) -> list[Path]:
    """A layer is one file, or a folder once it has outgrown that."""
    home = ROOT / "services" / service
    return [*sorted((home / name).rglob("*.py")), *home.glob(f"{name}.py")]


def offenders(paths: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports_of(path)
        if any(name == each or name.startswith(f"{each}.") for each in forbidden)
    ]


def test_the_layers_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_contracts_need_pydantic_and_the_standard_library_only():
    allowed = {*sys.stdlib_module_names, "pydantic", "contracts"}
    found = {name.partition(".")[0] for path in sources("contracts") for name in imports_of(path)}
    assert found <= allowed


def test_the_broker_is_touched_in_the_chassis_only():
    assert offenders(sources("contracts", "services"), "faststream", "aiokafka", "confluent_kafka") == []


def test_deployment_uses_faststream_nowhere():
    assert offenders(sources("deploy"), "faststream") == []


def test_the_chassis_knows_no_business_word():
    """It reads the list of events to make documents; what an event means is not its business."""
    business = [f"contracts.{name}" for name in (*SERVICES, "programs")]
    assert offenders(sources("chassis"), *business) == []


@pytest.mark.parametrize("service", SERVICES)
def test_rules_are_decided_without_the_outside_world(service):
    assert offenders(layer(service, "domain"), *DOMAIN_MAY_NOT) == []


def test_the_hr_file_is_read_without_the_outside_world():
    assert offenders(sources("services/hr_file"), *DOMAIN_MAY_NOT) == []


@pytest.mark.parametrize("below", ABOVE)
@pytest.mark.parametrize("service", SERVICES)
def test_inside_a_service_imports_point_down(service, below):
    assert offenders(layer(service, below), *(f"services.{service}.{above}" for above in ABOVE[below])) == []


@pytest.mark.parametrize("service", SERVICES)
def test_sql_stands_in_the_store(service):
    calls = ("tx.fetch", "tx.fetchrow", "tx.fetchval", "tx.execute", "tx.executemany")
    for name in ("handlers", "api", "domain"):
        for path in layer(service, name):
            used = [call for call in calls if f"{call}(" in path.read_text(encoding="utf-8")]
            assert not used, f"{path.relative_to(ROOT)} asks the database itself: {used}"
