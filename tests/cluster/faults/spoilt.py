"""Bad rollouts: the new pod never gets ready, the good ones go on serving."""

import asyncio
import base64
import contextlib
import time
from collections.abc import Collection

from tests.cluster.kubectl import LOOK_SECONDS, Refused
from tests.cluster.platform import Pod
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene
from tests.waiting import eventually

BAD_FOR = 20.0
"""How long the bad rollout is left alone, once it is seen to be bad."""
NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"}
CRASHED = {"CrashLoopBackOff", "Error", "CreateContainerConfigError"}


async def wrong_secret(scene: Scene, row: Row) -> None:
    """The database's password is another one than the Secret says."""
    kubectl, deployments = scene.platform.kubectl, ("profiles-api", "profiles-worker")
    row.done = "the password in postgres-profiles-app changed, `rollout restart` of profiles"
    right = scene.servers.passwords["profiles_app"]
    await _set_password(scene, "postgres-profiles-app", "not-the-password")
    try:
        async with scene.platform.good_pods_stay() as good:
            await kubectl("rollout", "restart", *(f"deployment/{name}" for name in deployments))
            bad = await _bad_pods(scene, deployments, good, CRASHED)
            row.saw(f"the new pods say: {await _last_words(scene, bad[0])}")
            await _left_alone(row, scene, deployments, good)
    finally:
        await _set_password(scene, "postgres-profiles-app", right)
    begun = time.monotonic()
    await scene.platform.healthy()
    row.saw(f"with the right password the rollout goes on by itself, done in {time.monotonic() - begun:.0f} s")


async def wrong_image(scene: Scene, row: Row) -> None:
    """A tag that is nowhere."""
    kubectl, deployments = scene.platform.kubectl, ("engagement-api", "engagement-worker")
    image = f"{scene.options.image.partition('@')[0].rpartition(':')[0] or scene.options.image}:no-such-tag"
    row.done = f"`set image` of engagement to {image}, then `rollout undo`"
    targets = [f"deployment/{name}" for name in deployments]
    try:
        async with scene.platform.good_pods_stay() as good:
            for target in targets:
                await kubectl("set", "image", target, f"service={image}", f"migrate={image}")
            bad = await _bad_pods(scene, deployments, good, NO_IMAGE)
            row.saw(f"the new pods wait: {bad[0].trouble}")
            await _left_alone(row, scene, deployments, good)
    finally:
        begun = time.monotonic()
        await kubectl("rollout", "undo", *targets)
    await scene.platform.healthy()
    row.saw(f"undone in {time.monotonic() - begun:.1f} s")


async def _set_password(scene: Scene, secret: str, password: str) -> None:
    encoded = base64.b64encode(password.encode()).decode()
    await scene.platform.kubectl("patch", "secret", secret, "--patch", f'{{"data": {{"password": "{encoded}"}}}}')


async def _bad_pods(
    scene: Scene, deployments: Collection[str], good: Collection[Pod], troubles: Collection[str]
) -> list[Pod]:
    """The new pods, as soon as each is in such trouble."""
    known = {pod.uid for pod in good}

    async def look() -> list[Pod]:
        new = [pod for pod in await scene.platform.pods() if pod.deployment in deployments and pod.uid not in known]
        bad = [pod for pod in new if pod.trouble in troubles or pod.restarts]
        return bad if {pod.deployment for pod in bad} == set(deployments) else []

    found: list[Pod] = await eventually(look, within=180, every=LOOK_SECONDS)
    return found


async def _left_alone(row: Row, scene: Scene, deployments: Collection[str], good: Collection[Pod]) -> None:
    """For a while nothing is mended: nobody bad gets ready, and those who were good still are."""
    await asyncio.sleep(BAD_FOR)
    known = {pod.uid for pod in good}
    pods = await scene.platform.pods()
    if ready := [pod.name for pod in pods if pod.deployment in deployments and pod.uid not in known and pod.ready]:
        raise Broken(f"a pod that cannot serve counts as ready: {', '.join(ready)}")
    row.saw(f"all {len(good)} good pods went on, none started anew")


async def _last_words(scene: Scene, pod: Pod) -> str:
    """The last line of its log, of whichever of its containers has left one."""
    return str(await eventually(lambda: _said(scene, pod), within=60, every=LOOK_SECONDS))


async def _said(scene: Scene, pod: Pod) -> str:
    for more in ((), ("--previous",)):
        with contextlib.suppress(Refused):
            said = await scene.platform.kubectl("logs", pod.name, "--container", "service", "--tail", "3", *more)
            lines = [line for line in said.splitlines() if line.strip() and not line.startswith("unable to retrieve")]
            if lines:
                return lines[-1][:200]
    return ""
