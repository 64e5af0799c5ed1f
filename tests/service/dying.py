"""Another process of a service that works once and is killed in the middle of it."""

import asyncio
import json
import os
import sys

from tests.harness import World


async def die_working(world: World, program: str, point: str) -> None:
    """Runs this program, which takes settings on its input and the point at which it ends itself with 9."""
    given = world.running.settings
    settings = {name: value for name, value in given.model_dump(mode="json").items() if value}
    for name in settings:
        if reveal := getattr(getattr(given, name), "get_secret_value", None):
            settings[name] = reveal()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, point), stdin=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."}
    )
    await process.communicate(json.dumps(settings).encode())
    assert process.returncode == 9
