"""`python -m tests.alerts`: alerts fired by real faults under a real Prometheus, and each query of the dashboards.

Exit codes: 0 all as it should be, 1 something was not, 2 wrong use.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path

from deploy.local.demo.company import write_company
from deploy.local.demo.play import play
from deploy.local.problems import LocalError
from deploy.prometheus.local import tool
from tests.alerts.cases import CASES, Case
from tests.alerts.outside import subscribed
from tests.alerts.panels import without_data
from tests.alerts.stage import HURRY, MONDAY, Stage, open_stage
from tests.alerts.walk import walk
from tests.receivers import a_receiver
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2] / ".local" / "alerts"
RESULTS = ROOT / "results"
PEOPLE, SEED = 60, 1
CALM_SECONDS = 30
PATIENCE = 4
"""How much longer than on a machine of one's own is waited before it is said that nothing came."""


def main() -> None:
    """Runs what is asked for and says how it went."""
    options = argparse.ArgumentParser(prog="python -m tests.alerts", description=__doc__)
    options.add_argument(
        "-k", dest="names", default="", help=f"some only, of: {', '.join(each.name for each in CASES)}"
    )
    options.add_argument("--no-panels", action="store_true", help="leave the dashboards out")
    asked = options.parse_args()
    unknown = set(asked.names.split()) - {each.name for each in CASES}
    if unknown:
        options.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(each.name for each in CASES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C: what was started is ended
    try:
        tool("prometheus")
        wrong = asyncio.run(_all(asked.names.split(), panels=not asked.no_panels))
    except LocalError as problem:
        print(f"✗ {problem}", file=sys.stderr)
        sys.exit(1)
    print("\n".join(["", *wrong]) if wrong else "\nAll as it should be.")
    sys.exit(1 if wrong else 0)


async def _all(names: list[str], *, panels: bool) -> list[str]:
    RESULTS.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    async with open_stage(ROOT / "platform") as stage:
        print(f"Prometheus: {stage.prometheus}; windows {HURRY} times shorter")
        await (_live if panels else _hire)(stage)
        if panels:
            wrong += await _panels(stage)
        wrong += await _calm(stage)
        for case in CASES:
            if not names or case.name in names:
                wrong += await _one(stage, case)
    return wrong


async def _live(stage: Stage) -> None:
    """A small company lives through its program, and somebody outside is told: then there is something to see."""
    people = ROOT / "people.csv"
    await asyncio.to_thread(write_company, people, size=PEOPLE, seed=SEED)
    began = time.monotonic()
    async with a_receiver() as receiver, subscribed(stage, [receiver.url]):
        await play(stage.instance, people, columns={}, seed=SEED, say=lambda *_: None)
        await eventually(lambda: receiver.taken)
    await stage.turn_clock(MONDAY)
    print(f"{PEOPLE} people have lived through their program in {time.monotonic() - began:.0f} s")


async def _hire(stage: Stage) -> None:
    """The same company, of which nothing is known yet but who works there."""
    people = ROOT / "people.csv"
    await asyncio.to_thread(write_company, people, size=PEOPLE, seed=SEED)
    await stage.turn_clock(MONDAY)
    await stage.api.send(
        "POST", "hr-directory", "system", "profiles", "/v1/imports",
        content=await asyncio.to_thread(people.read_bytes), headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    heard = f"SELECT FROM notifications.people WHERE email IS NOT NULL OFFSET {PEOPLE - 1}"
    await eventually(lambda: stage.sql(heard), within=300)


async def _panels(stage: Stage) -> list[str]:
    asked, silent = await without_data(stage)
    print(f"dashboards: {asked} queries, {len(silent)} without data")
    (RESULTS / "panels.json").write_text(json.dumps({"asked": asked, "silent": silent}))
    return [f"✗ no data: {each}" for each in silent]


async def _calm(stage: Stage) -> list[str]:
    """Nothing may fire while nothing is wrong; what the calendar's jumps left behind ends first."""
    with contextlib.suppress(AssertionError):  # what still fires then is said below
        await eventually(stage.firing, lambda found: not found, within=5 * CALM_SECONDS)
    over = await stage.clock() + CALM_SECONDS
    await eventually(stage.clock, lambda at: at >= over, within=PATIENCE * CALM_SECONDS)
    seen = await stage.firing(since=CALM_SECONDS)
    print(f"calm for {CALM_SECONDS} s, which are {CALM_SECONDS * HURRY // 60} minutes: {len(seen)} alerts")
    (RESULTS / "calm.json").write_text(json.dumps({"seconds": CALM_SECONDS, "fired": sorted(map(str, seen))}))
    return [f"✗ fires though nothing is wrong: {each}" for each in sorted(seen)]


async def _one(stage: Stage, case: Case) -> list[str]:
    """Breaks, waits until all fire that must, mends, waits until they are over."""
    fired: list[dict[str, object]] = []
    wrong: list[str] = []
    over: float | None = None
    try:
        began = time.monotonic()
        async with case.inject(stage):
            for alert, service in case.fires:
                await stage.until_fires(alert, service, within=PATIENCE * case.within)
                seconds = time.monotonic() - began
                fired.append({"alert": alert, "service": service, "seconds": round(seconds, 1)})
                print(f"  {case.name:<12} {alert} ({service}) after {seconds:.0f} s")
            for alert in sorted({*(alert for alert, _ in case.fires), *case.also}):
                seen = await asyncio.to_thread(walk, stage, alert)
                (RESULTS / f"look-{alert}.txt").write_text(seen, encoding="utf-8")
        mended = time.monotonic()
        for alert in {alert for alert, _ in case.fires} - set(case.stays):
            await stage.until_over(alert, within=PATIENCE * case.over_within)
        over = round(time.monotonic() - mended, 1)
        print(f"  {case.name:<12} over {over:.0f} s after the mend")
    except (AssertionError, TimeoutError, BaseExceptionGroup) as error:
        wrong.append(f"✗ {case.name}: {error}")
        print(wrong[-1])
    found = {
        "name": case.name,
        "what": case.what,
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "alerts": fired,
        "over": over,
        "waited_for": sorted({alert for alert, _ in case.fires} - set(case.stays)),
        "wrong": wrong,
    }
    (RESULTS / f"case-{case.name}.json").write_text(json.dumps(found))
    return wrong


if __name__ == "__main__":
    main()
