"""What `platform.json` says: where everything of a running instance is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from deploy.local.logins import SUBSCRIBER
from deploy.local.roles import SERVICES, role_names

if TYPE_CHECKING:
    from deploy.local.plan import Plan
    from deploy.local.processes import Processes


def places(plan: Plan, processes: Processes, *, servers_only: bool) -> dict[str, Any]:
    """The promised keys first; `kafka_admin`, `letters`, `logs`, `ports`, `own` and `image` are ours besides."""
    services = {} if servers_only else plan.ports.of(SERVICES)
    urls = {name: f"http://127.0.0.1:{port}" for name, port in services.items()}
    return {
        "kafka": plan.brokers.split(","),
        **_logins(plan),
        "postgres": {role: plan.dsn(role) for role in ("admin", *role_names())},
        "smtp": plan.smtp_url,
        "services": urls,
        "metrics": {name: f"{url}/metrics" for name, url in urls.items()},
        "tokens": "make token ROLE=coordinator",
        "pids": _pids(processes),
        "letters": str(plan.root / "letters"),
        "logs": str(processes.logs),
        "ports": asdict(plan.ports),
        "own": asdict(plan.own),
        **({"image": asdict(plan.image)} if plan.image else {}),
    }


def _logins(plan: Plan) -> dict[str, Any]:
    """Of a subscriber, who may read all but names and addresses, and of the administrator."""
    subscriber, admin = plan.kafka.login(SUBSCRIBER), plan.kafka.admin
    return {"kafka_security": asdict(subscriber), "kafka_admin": asdict(admin)} if subscriber and admin else {}


def _pids(processes: Processes) -> dict[str, int]:
    pids = {info["name"]: int(info["pid"]) for info in processes.info() if info["pid"]}
    supervisor = processes.supervisor_pid()
    return {"supervisor": supervisor, **pids} if supervisor else pids
