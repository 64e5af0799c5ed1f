"""Whether a service's schema is new enough for this code. Apart from `migrate`, since Alembic costs 25 MB."""

import re
from functools import cache
from pathlib import Path

import asyncpg

CHASSIS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^revision = "([^"]+)"', re.MULTILINE)


@cache
def needed(home: Path) -> tuple[str, ...]:
    """The revisions that the chassis and the service at `home` are written for."""
    files = [*(CHASSIS / "versions").glob("*.py"), *(home / "migrations" / "versions").glob("*.py")]
    return tuple(found for file in sorted(files) for found in _REVISION.findall(file.read_text()))


async def missing(pool: asyncpg.Pool, home: Path) -> list[str]:
    """Which revisions the schema lacks. A schema that is ahead of this code is fine: it was only expanded."""
    try:
        rows = await pool.fetch("SELECT revision FROM schema_version")
    except asyncpg.UndefinedTableError:
        return list(needed(home))
    applied = {row["revision"] for row in rows}
    return [revision for revision in needed(home) if revision not in applied]
