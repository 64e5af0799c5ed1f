"""Whatever is sent to an API, the answer is one that its OpenAPI document names, and never a 5xx."""

import importlib
import random

import pytest

from tests.faults.extent import scaled
from tests.fuzz.playing import play
from tests.fuzz.seeds import seed
from tests.fuzz.served import served

SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
EXAMPLES = 10
MANY, SECONDS = 300, scaled(0, 40, 300)


@pytest.fixture(params=SERVICES)
async def target(request, a_world, tmp_path):
    """A service as a process, with things of a few people in it."""
    world = await a_world(importlib.import_module(f"services.{request.param}.__main__").SERVICE)
    known = await seed(world)
    async with served(world, tmp_path / "log") as process:
        yield process, known


async def test_no_request_gets_an_answer_that_is_not_written_down(target, tmp_path):
    """The same requests in each run: schemathesis in its deterministic mode."""
    process, known = target
    code, said = await play(process, known, tmp_path, "--generation-deterministic", "-n", str(EXAMPLES))
    assert code == 0, said


@pytest.mark.full
async def test_no_request_of_many_new_ones_gets_an_answer_that_is_not_written_down(target, tmp_path, say):
    """Other requests in each run; the seed is said, so that what is found can be found again."""
    process, known = target
    seed_of_run = random.SystemRandom().randrange(2**32)
    say(f"schemathesis --seed {seed_of_run}")
    more = ("--seed", str(seed_of_run), "-n", str(MANY), "--max-time", str(SECONDS))
    code, said = await play(process, known, tmp_path, *more)
    assert code == 0, said
