"""The order in which an instance comes up. Every step may be repeated; what is done already is left alone."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from deploy.local import compose, identity, kafka, kafka_users, postgres, roles, smtp, topics
from deploy.local.children import wait_until
from deploy.local.migrate import migrate_all
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.local.plan import Plan
    from deploy.local.processes import Processes
    from deploy.local.steps import Steps


def prepare(plan: Plan, steps: Steps) -> None:
    """Keys, passwords, and the data folders of the servers that are ours."""
    identity.ensure_keys(plan.root / "identity")
    plan.postgres.folder.mkdir(parents=True, exist_ok=True)
    for role in (postgres.ADMIN, *roles.role_names()):
        plan.postgres.password(role)
    if plan.runs_kafka:
        kafka.prepare(steps.console)
    with ThreadPoolExecutor(2) as pool:
        work = [pool.submit(plan.kafka.format)] if plan.runs_kafka else []
        work += [pool.submit(plan.postgres.initialise)] if plan.runs_postgres else []
    for done in work:
        done.result()


def start_servers(plan: Plan, processes: Processes, steps: Steps) -> None:
    """Start all servers together, then wait for each; the user's own are only waited for."""
    if plan.own.compose:
        with steps("containers"):
            compose.up(plan.project, plan.compose_env())
    processes.start(program.name for program in plan.servers())
    with steps("PostgreSQL"):
        own = "" if plan.runs_postgres else "DATABASE_URL"
        _wait(processes, "postgres", lambda: postgres.is_ready(plan.admin_dsn), own=own)
    if not plan.own.smtp_url:
        with steps("SMTP"):
            _wait(processes, "smtp", lambda: smtp.is_ready(plan.ports.smtp, plan.host))
    with steps("Kafka"):
        own = "" if plan.runs_kafka else "KAFKA_BROKERS"
        _wait(processes, "kafka", lambda: kafka.is_ready(plan.brokers, plan.kafka.admin), own=own)


def furnish(plan: Plan, steps: Steps) -> None:
    """Roles, schemas and topics, as far as they are missing."""
    with steps("roles and schemas"):
        passwords = {role: plan.postgres.password(role) for role in roles.role_names()}
        roles.create_roles(plan.admin_dsn, SERVICES, passwords)
        roles.create_database(plan.admin_dsn, plan.database)
        if plan.runs_postgres:
            roles.close_other_databases(plan.admin_dsn)
    with steps("topics and who may use them"):
        admin = plan.kafka.admin
        copies = topics.copies(plan.brokers, admin)
        differences = topics.create_topics(plan.brokers, replication=copies, login=admin)
        if admin:
            kafka_users.create_users(plan.brokers, admin, plan.kafka.passwords)
            differences += kafka_users.missing_rules()
    for difference in differences:
        steps.warn(difference)


def start_services(plan: Plan, processes: Processes, steps: Steps) -> None:
    """Migrate, start the services together, and wait until each says it is ready."""
    with steps("migrations" + (f" by {plan.image.name}" if plan.image else "")):
        migrate_all(plan)
    with steps("services" + (f" from {plan.image.name}" if plan.image else "")):
        processes.start(SERVICES)
        for name, port in plan.ports.of(SERVICES).items():
            _wait(processes, name, partial(_is_healthy, port))


def _wait(processes: Processes, name: str, ready: Callable[[], bool], *, own: str = "") -> None:
    if own:
        wait_until(ready, within=15, what=f"Your {name} ({own})")
        return
    try:
        wait_until(ready, within=60, what=name, died=lambda: processes.died(name))
    except LocalError as reason:
        log = processes.log(name)
        raise LocalError(f"{reason}\nSee `make logs S={name}` ({log}); `make down` stops the rest.") from reason


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
