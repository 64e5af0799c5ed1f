"""Brings every service's tables up to date, all services at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from deploy.local.children import last_lines
from deploy.local.orphans import MARK
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES

if TYPE_CHECKING:
    from deploy.local.plan import Plan
    from deploy.local.processes import Processes


def migrate_all(plan: Plan, processes: Processes) -> None:
    """Migrate every service with its owner's role; the first failure stops the start, with its log."""

    def migrate(service: str) -> None:
        env = {**os.environ, **plan.env(service, owner=True), MARK: processes.mark}
        command = [sys.executable, "-m", f"services.{service}", "migrate"]
        log = processes.log(f"migrate-{service}")
        with log.open("wb") as out:
            done = subprocess.run(command, env=env, cwd=processes.directory, stdout=out, stderr=out, check=False)
        if done.returncode:
            raise LocalError(f"The tables of {service} could not be brought up to date. {last_lines(log)}")

    with ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(migrate, SERVICES))
