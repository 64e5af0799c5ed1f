"""Names, addresses, tokens, passwords: put wherever somebody could put them, and the places where none may be seen."""

import asyncio
import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
from confluent_kafka import Producer

from chassis.envelope import new_id
from contracts.topics import CONTACT
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.instance import Instance
from deploy.local.logins import client
from deploy.local.roles import SERVICES
from tests.waiting import eventually

NAME = "Quenlivia Zarkhov-Brandl"
EMAIL = "quenlivia.zarkhov@planted.example"
PASSWORD = "hunter2-Zq9x-planted"
TOKEN = ".".join(
    base64.urlsafe_b64encode(part.encode()).decode().rstrip("=")
    for part in ('{"alg":"RS256","typ":"JWT"}', f'{{"sub":"{EMAIL}","name":"{NAME}"}}', "not a signature, but planted")
)
SECRETS = (NAME, EMAIL, PASSWORD, TOKEN)
FORMS = tuple(form for secret in SECRETS for form in {secret, quote(secret), json.dumps(secret)[1:-1]})
"""As they are, and as they look in a path."""
ROLES = ("participant", "coordinator", "administrator", "system")
BODY = {"name": NAME, "email": EMAIL, NAME: EMAIL, "password": PASSWORD, "reason": {"token": TOKEN}, "people": [NAME]}
HEADERS = {
    "User-Agent": quote(NAME), "Cookie": f"session={TOKEN}", "Referer": f"https://x.example/?mail={EMAIL}",
    "X-Correlation-Id": EMAIL, "traceparent": TOKEN, "Idempotency-Key": f"{EMAIL} {PASSWORD}", "If-Match": EMAIL,
}  # fmt: skip


async def plant(instance: Instance) -> int:
    """Puts them into every route of every service, in many wrong ways, and onto the contact topic; counts requests."""
    places = instance.places()
    asked = 0
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=8)) as http:
        for url in places["services"].values():
            paths = (await http.get(f"{url}/openapi.json")).json()["paths"]
            requests = list(_requests(instance, url, paths))
            for start in range(0, len(requests), 8):
                await asyncio.gather(*(http.request(**each) for each in requests[start : start + 8]))
            asked += len(requests)
    await asyncio.to_thread(_onto_the_contact_topic, places)
    await eventually(lambda: _parked(instance), holds=lambda count: count >= 3)
    return asked


def _requests(instance: Instance, url: str, paths: dict[str, Any]) -> Iterator[dict[str, Any]]:
    query = {"note": NAME, "token": TOKEN, "cursor": EMAIL, "limit": PASSWORD}
    for path, methods in paths.items():
        place = url + "/".join(quote(NAME) if part.startswith("{") else part for part in path.split("/"))
        for method in methods:
            for role in ROLES:
                headers = HEADERS | {"Authorization": f"Bearer {instance.token('planted', role)}"}
                yield {"method": method, "url": place, "headers": headers, "json": BODY, "params": query}
            half = {"content": f'{{"name": "{NAME}", "email": "{EMAIL}'.encode()}
            yield {"method": method, "url": place, "headers": headers | {"Content-Type": "application/json"}, **half}
            yield {"method": method, "url": place, "headers": HEADERS | {"Authorization": f"Bearer {TOKEN}"}}
    yield {"method": "GET", "url": f"{url}/v1/{quote(EMAIL)}/{TOKEN}", "auth": (EMAIL, PASSWORD)}
    yield {"method": EMAIL.upper().replace("@", "-"), "url": f"{url}/v1/{quote(NAME)}"}


def _onto_the_contact_topic(places: dict[str, Any]) -> None:
    """Records of people that no service can read: each ends among the parked messages."""
    producer = Producer(client(",".join(places["kafka"]), places["kafka_admin"]))
    kind = "mentoring.contact-updated.v1"
    for number, body in enumerate(
        (
            json.dumps({"person_id": "planted-0", "name": [NAME], "email": EMAIL}),
            json.dumps({"person_id": "planted-1", "name": NAME, "email": [NAME, EMAIL], NAME: TOKEN}),
            f'{{"person_id": "planted-2", "name": "{NAME}", "email": "{EMAIL}"',
        )
    ):
        headers = {"ce_id": str(new_id()), "ce_source": "/mentoring/profiles", "ce_type": kind, "ce_sequence": "1"}
        headers |= {"ce_subject": f"planted-{number}", "ce_time": "2027-01-04T00:00:00Z", "traceparent": TOKEN}
        wire = [(name, value.encode()) for name, value in headers.items()]
        producer.produce(CONTACT.name, key=f"planted-{number}", value=body.encode(), headers=wire)
    producer.flush(10)


async def _parked(instance: Instance) -> int:
    api = PlatformApi(instance.places()["services"], instance.token)
    try:
        return int((await api.get("planted", "administrator", "notifications", "/v1/work"))["parked"])
    finally:
        await api.close()


async def seen_anywhere(instance: Instance, records: Sequence[Any], spans: Sequence[str]) -> dict[str, str]:
    """All that people on call, subscribers and machines beside us can see, by the place where they see it."""
    places = instance.places()
    seen = {path.name: path.read_text(encoding="utf-8") for path in instance.processes.logs.glob("*.log*")}
    async with httpx.AsyncClient() as http:
        for name, url in places["metrics"].items():
            seen[f"metrics of {name}"] = (await http.get(url)).text
    for number, record in enumerate(records):
        if record.topic() != CONTACT.name:
            told = [record.key(), record.value() or b"", *(value or b"" for _, value in record.headers())]
            seen[f"{record.topic()} {number}"] = b"\n".join(told).decode()
    seen |= {f"spans {number}": text for number, text in enumerate(spans)}
    return seen | await _dead_letters(places["postgres"]["admin"])


async def _dead_letters(dsn: str) -> dict[str, str]:
    """Why messages were parked; and of those of other topics than the contacts' also what they hold."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            f"dead letter {row['id']} of {name}": f"{row['reason']} {row['body']} {row['headers']}"
            for name in SERVICES
            for row in await connection.fetch(
                f"SELECT id, reason, CASE topic WHEN $1 THEN '' ELSE convert_from(body, 'UTF8') END AS body,"
                f" CASE topic WHEN $1 THEN '' ELSE headers::text END AS headers FROM {name}.parked",
                CONTACT.name,
            )
        }
    finally:
        await connection.close()


def passwords_of(instance: Instance) -> list[str]:
    """What this instance's servers let people in with."""
    kafka = [path.read_text().strip() for path in (instance.root / "kafka" / "passwords").iterdir()]
    postgres = json.loads((instance.root / "postgres" / "passwords.json").read_text())
    return [*kafka, *postgres.values()]
