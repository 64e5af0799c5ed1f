"""What each service holds before it is fuzzed: enough that a guessed address is sometimes a real one."""

from dataclasses import dataclass, field

from tests.architecture.authorisation_seeds import ANNA, BEN, MARK, SEEDS, ok
from tests.harness import World

COORDINATOR = "c-1"
SUBJECTS = {"participant": ANNA, "coordinator": COORDINATOR, "administrator": "adm-1", "system": "hr-1"}
SCOPES = ("engagement.read", "notifications.read", "webhooks.manage")
HR_FILE = "person_id,name,email,time_zone,languages\np-1,Pia,pia@corp.example,Europe/Berlin,de\np-2,,,,\n"


@dataclass
class Known:
    """Values that mean something there: by path parameter, and by field of a body."""

    path: dict[str, list[str]]
    body: dict[str, list[str]] = field(default_factory=dict)


async def seed(world: World) -> Known:
    """Fills the world of one service."""
    name = world.service.name
    known = Known({place: [value] for place, value in (await SEEDS[name](world)).ids.items()})
    more = {"matching": _a_run, "profiles": _an_import, "engagement": _a_task, "webhooks": _a_subscription}.get(name)
    if more:
        await more(world, known)
    return known


async def _a_run(world: World, known: Known) -> None:
    (program,) = known.path["program_id"]
    coordinator = world.client("coordinator", COORDINATOR)
    run = await ok(await coordinator.post(f"/v1/programs/{program}/runs"))
    await world.run_jobs()
    known.path |= {"run_id": [run["run_id"]], "person_id": [ANNA, BEN, MARK]}
    known.body |= {"program_id": [program], "mentor_id": [MARK, BEN]}


async def _an_import(world: World, known: Known) -> None:
    csv = {"Content-Type": "text/csv"}
    found = await ok(await world.client("system").post("/v1/imports", content=HR_FILE, headers=csv))
    await world.run_jobs()
    known.path |= {"import_id": [found["import_id"]], "person_id": [ANNA, "p-1"]}


async def _a_task(world: World, known: Known) -> None:
    (task, *_) = (await ok(await world.client("coordinator", COORDINATOR).get("/v1/tasks")))["items"]
    known.path["task_id"] = [task["id"]]


async def _a_subscription(world: World, known: Known) -> None:
    body = {"url": "http://127.0.0.1:9/hook", "owner_id": ANNA}
    made = await ok(await world.client("administrator").post("/v1/subscriptions", json=body))
    known.path["subscription_id"] = [made["subscription_id"]]
