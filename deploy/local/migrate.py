"""Brings every service's tables up to date, all services at the same time, each as the owner of its schema."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from chassis.migrate import migrate
from deploy.local.children import REPOSITORY, run_sync
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.local.plan import Plan


@dataclass(frozen=True)
class Schema:
    """What a migration needs to know of a service, without starting its code."""

    name: str

    @property
    def folder(self) -> Path:
        """Where its migrations lie."""
        return REPOSITORY / "services" / self.name


def migrate_all(plan: Plan) -> None:
    """Migrate every service; the first failure stops the start and names the service."""
    if plan.containers is None:
        run_sync(_all(plan))
        return
    # An image brings the tables that it knows, not those of this checkout.
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        work = [pool.submit(plan.containers.migrate, name, plan.env(name, owner=True)) for name in SERVICES]
    for done in work:
        done.result()


async def _all(plan: Plan) -> None:
    await asyncio.gather(*(_one(name, plan.dsn(f"{name}_owner")) for name in SERVICES))


async def _one(name: str, dsn: str) -> None:
    try:
        await migrate(Schema(name), dsn)
    except (asyncpg.PostgresError, OSError) as error:
        raise LocalError(f"The tables of {name} could not be brought up to date: {error}") from error
