"""Another image, and back: nobody is without a pod, no request fails."""

import time

from deploy.local.roles import SERVICES
from tests.cluster.kubectl import Refused
from tests.cluster.platform import DEPLOYMENTS, REPLICAS
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene


async def update(scene: Scene, row: Row) -> None:
    """One service after the other, by its tag in the overlay, as docs/deploy.md says."""
    platform, image = scene.platform, scene.options.image2
    row.done = f"a second tag ({image}), service by service, `kubectl apply`"
    if not image:
        await _restart(scene, row)
        return
    for name in SERVICES:
        begun = time.monotonic()
        platform.use_image(image, [name])
        await platform.apply()
        await platform.healthy([f"{name}-api", f"{name}-worker"])
        row.saw(f"{name} in {time.monotonic() - begun:.0f} s")
        scene.say(f"{name} runs {image}")
    await _all_run(scene, image)
    _nobody_was_missed(scene, row)


async def _restart(scene: Scene, row: Row) -> None:
    row.done = "the same tag anew, `kubectl rollout restart` (no IMAGE2 was given)"
    await scene.platform.kubectl("rollout", "restart", *_all())
    await scene.platform.healthy()
    _nobody_was_missed(scene, row)


async def roll_back(scene: Scene, row: Row) -> None:
    """All at once, with what the cluster remembers; afterwards the overlay says the same again."""
    platform, image = scene.platform, scene.options.image
    row.done = "`kubectl rollout undo` of every Deployment at once, then the old tags applied"
    begun = time.monotonic()
    await platform.kubectl("rollout", "undo", *_all())
    await platform.healthy()
    row.saw(f"the pods of before again in {time.monotonic() - begun:.0f} s")
    await _all_run(scene, image)
    await _apply_after_undo(scene, row)
    _nobody_was_missed(scene, row)


async def _apply_after_undo(scene: Scene, row: Row) -> None:
    """Who applies after an `undo` meets it as another manager of the image."""
    platform = scene.platform
    if scene.options.image2:
        try:
            await platform.apply("--dry-run=server")
        except Refused as reason:
            if "conflict" not in str(reason):
                raise
            row.saw("an apply of the newer tags is refused after it without --force-conflicts")
    platform.use_image(scene.options.image)
    await platform.apply("--force-conflicts")
    await platform.healthy()


async def _all_run(scene: Scene, image: str) -> None:
    others = {pod.name: pod.image for pod in await scene.platform.pods() if pod.image != image and not pod.leaving}
    if others:
        raise Broken(f"these pods do not run {image}: {others}")


def _nobody_was_missed(scene: Scene, row: Row) -> None:
    if fewer := scene.platform.fewer_than(REPLICAS):
        raise Broken(f"fewer than {REPLICAS} pods were ready: {', '.join(fewer)}")
    row.saw(f"never fewer than {REPLICAS} of each ready")


def _all() -> list[str]:
    return [f"deployment/{name}" for name in DEPLOYMENTS]
