"""Tables for the terminal: where everything is, and how it does."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.children import REPOSITORY

if TYPE_CHECKING:
    from deploy.local.instance import Instance


def places(where: dict[str, Any]) -> None:
    """Where everything is, and what to do next."""
    table = Table.grid(padding=(0, 2))
    for name, url in where["services"].items():
        table.add_row(name, f"{url}/docs", "its HTTP API, to read and to try")
    for name, url in where["metrics"].items():
        table.add_row("", url, f"metrics of {name}")
    login = where.get("kafka_security")
    table.add_row("Kafka", ",".join(where["kafka"]), f"read as {login['user']}: platform.json" if login else "")
    table.add_row(
        "PostgreSQL",
        urlsplit(where["postgres"]["admin"]).netloc.rpartition("@")[2],
        "passwords: platform.json",
    )
    table.add_row("letters", short(where["letters"]), f"every letter as .eml; SMTP {where['smtp']}")
    table.add_row("logs", short(where["logs"]), "make logs, make logs S=matching F=1")
    table.add_row("token", where["tokens"], "a bearer token for the APIs")
    table.add_row("next", "make status · make demo · make down", "")
    # Wider than a narrow terminal: an address that is cut in two cannot be clicked.
    Console(highlight=False, width=max(120, Console().width)).print(table)


def status(instance: Instance) -> bool:
    """A line for each process; answers whether all of them run."""
    known = instance.processes.info()
    if not known:
        Console().print("Nothing is running. `make up` starts the platform.")
        return False
    inside = instance.containers.memory() if instance.containers else {}
    table = Table("part", "state", "pid", "for", "memory", box=None)
    for info in known:
        age = str(timedelta(seconds=info["now"] - info["start"])) if info["pid"] else ""
        held = inside.get(info["name"]) or memory(info["pid"])
        table.add_row(info["name"], info["statename"].lower(), str(info["pid"] or ""), age, held)
    Console(highlight=False).print(table)
    wanted = set(instance.places()["pids"])
    return all(info["statename"] in {"RUNNING", "STARTING"} for info in known if info["name"] in wanted)


def memory(pid: int) -> str:
    """What the process and its children hold for themselves, in MB."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid) if pid else None
        family = [process, *process.children(recursive=True)] if process else []
        return f"{sum(one.memory_full_info().uss for one in family) / 1024**2:.0f} MB" if family else ""
    return ""


def short(path: str) -> str:
    """A path as seen from the checkout."""
    return path.removeprefix(f"{REPOSITORY}/")
