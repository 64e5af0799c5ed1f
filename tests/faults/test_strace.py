"""F2: the carrier dies at every single system call with which it sends something, one after the other."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.faults.report.row import NotRun
from tests.faults.rig.load import under_load
from tests.faults.rig.process import Proc

SENDING = "sendto,sendmsg,write,writev"
"""uvloop writes to its sockets with write and writev, the standard loop with sendto."""
CARRIES_NOTHING = {"FAULTS_SET": "chassis.relay.BUCKETS=0"}
SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


@pytest.mark.full
async def test_f2_a_carrier_killed_at_every_single_send_loses_nothing_and_keeps_order(row, ledger):
    with row("F2") as f2:
        refuse_without_strace()
        ledger.add_teller(role="api", **CARRIES_NOTHING)
        await ledger.start(tellers=0, hearers=1)
        carrier = ledger.add_teller(role="worker")
        async with under_load(ledger, rate=15):
            for number in range(1, 41):
                await carrier.start().ready()
                await die_at(carrier, number)
                f2.inject("SIGKILL at the n-th send, n = 1, 2, …")
            await carrier.start().ready()
            last = time.monotonic()
        f2.recovered(await ledger.settled(since=last))
        f2.judge(await ledger.check())


def refuse_without_strace() -> None:
    """This row needs strace, and the right to attach it to a process of ours."""
    if not shutil.which("strace"):
        raise NotRun("strace is missing")
    if os.geteuid() and SCOPE.exists() and SCOPE.read_text().strip() != "0":
        raise NotRun("strace may attach as root only here (kernel.yama.ptrace_scope)")


async def die_at(carrier: Proc, number: int) -> None:
    """Counts its sends from now on and kills it at that one."""
    inject = ("-e", f"trace={SENDING}", "-e", f"inject={SENDING}:signal=SIGKILL:when={number}")
    words = ("strace", "-f", "-qq", "-o", "/dev/null", *inject, "-p", str(carrier.pid))
    carrier.may_end = True
    strace = await asyncio.create_subprocess_exec(*words)
    assert await carrier.ended() == -9
    await strace.wait()
