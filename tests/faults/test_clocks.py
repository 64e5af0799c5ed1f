"""F20: clocks are wrong by an hour or by days. Stories are in order all the same, and a timer rings once."""

import shutil
import time

import pytest

from tests.faults.report.row import NotRun
from tests.faults.rig.load import under_load
from tests.faults.rig.process import Proc
from tests.waiting import eventually

pytestmark = pytest.mark.full

HOUR, DAY = 3600, 86400
SKEWS = {"an hour ahead": HOUR, "an hour behind": -HOUR, "three days behind": -3 * DAY}


async def test_f20_wrong_calendars_change_neither_the_order_nor_the_state(row, ledger, scale):
    with row("F20", "the calendars of tellers and hearers are wrong") as f20:
        for words, seconds in SKEWS.items():
            ledger.add_teller(FAULTS_SKEW=str(seconds))
            ledger.add_hearer(FAULTS_SKEW=str(-seconds))
            f20.inject(f"teller {words}")
        await ledger.start(tellers=1, hearers=1)
        async with under_load(ledger, accounts=10) as load:
            await load.answered(scale(300, 800))
            last = time.monotonic()
        f20.recovered(await ledger.settled(since=last))
        f20.judge(await ledger.check())


async def test_f20_processes_whose_whole_clock_is_wrong_still_carry_and_hear_in_order(row, ledger, scale):
    with row("F20", "everything in relays and hearers sees a wrong clock (libfaketime)") as f20:
        if not shutil.which("faketime"):
            raise NotRun("faketime is not on this machine")
        # Real time for whoever checks tokens: a clock that is an hour off refuses everybody, and rightly so.
        ledger.add_teller(role="api")
        for words, off in {"an hour ahead": "+1h", "three days behind": "-3d"}.items():
            for proc in (ledger.add_teller(role="worker"), ledger.add_hearer()):
                proc.before = ("env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "faketime", "-m", "-f", off)
                f20.inject(f"process {words}")
        await ledger.start(tellers=0, hearers=0)
        async with under_load(ledger, accounts=10) as load:
            await load.answered(scale(300, 800))
            ledger.tellers[0].kill()  # what it has not carried is left to those whose clocks are wrong
            ledger.tellers[0].start()
            await load.answered(50)
            last = time.monotonic()
        f20.recovered(await ledger.settled(since=last))
        f20.judge(await ledger.check())


_RINGS = """
CREATE TABLE {hearer}.rings (key text, said timestamptz, at timestamptz NOT NULL DEFAULT clock_timestamp());
GRANT INSERT ON {hearer}.rings TO {hearer}_app
"""
_SET = """
WITH made AS (
    INSERT INTO {hearer}.timers (kind, key, due_at)
    SELECT 'ring', 'timer ' || n, clock_timestamp() + make_interval(secs => n / 100.0) FROM generate_series(1, $1) AS n
    RETURNING key, due_at)
SELECT key, due_at FROM made
"""


async def test_f20_a_timer_rings_once_though_the_clocks_of_those_who_look_differ(row, ledger, scale):
    with row("F20", "timers, and sweeps whose clocks differ") as f20:
        count = scale(500, 2000)
        await ledger.sql(_RINGS)
        alarms = [alarm(ledger, seconds) for seconds in (0, HOUR, -3 * DAY)]
        try:
            for proc in alarms:
                proc.start()
                f20.inject(f"clock off by {proc.env['FAULTS_SKEW']} s")
            due = dict(await ledger.sql(_SET, count))
            rung = "SELECT count(DISTINCT key) FROM {hearer}.rings"
            await eventually(lambda: ledger.sql(rung), lambda rows: rows[0][0] == count, within=60)
            rings = await ledger.sql("SELECT key, said, at FROM {hearer}.rings")
        finally:
            for proc in alarms:
                proc.close()
        assert len(rings) == count, f"{len(rings) - count} timers rang more than once"
        assert all(said >= due[key] for key, said, _ in rings), "a handler was told a time before its timer was due"
        f20.measured |= {"timers": count, "rang by a clock ahead": sum(at < due[key] for key, _, at in rings)}


def alarm(ledger, seconds: int) -> Proc:
    env = {**ledger.env("hearer"), "MENTORING_INSTANCE": f"alarm{seconds}", "FAULTS_SKEW": str(seconds)}
    return Proc(f"alarm{seconds}", "tests.faults.ledger.alarm", env, ledger.folder, role="worker")
