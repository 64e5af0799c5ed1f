"""`make k8s-e2e IMAGE=…`: the platform on the cluster of KUBECONFIG, with this machine's Kafka and PostgreSQL.

A namespace of its own, the demo's company, people who ask all the while, and fault after fault; then the checker. The
table comes at the end; exit code 1 if a promise did not hold, 2 if the run could not start.
"""

import argparse
import asyncio
import os
import secrets
import signal
import sys
from pathlib import Path

from rich.console import Console

from tests.cluster.problems import CannotRun
from tests.cluster.rows import passed, show
from tests.cluster.run import Run
from tests.cluster.scene import Options

FOLDER = Path(".local") / "k8s-e2e"


def options(words: list[str]) -> Options:
    """The command line; what is missing is a sentence."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--image", default="", help="what the cluster runs, for example mentoring:dev")
    parser.add_argument("--image2", default="", help="a second tag, rolled out under load")
    parser.add_argument("--host", default="", help="the address of this machine that pods can reach")
    parser.add_argument("--size", type=int, default=60, help="people in the company")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave everything up at the end")
    parser.add_argument("--only", default="", help="some faults, by words of their names: 'killed|drained'; 'none'")
    parser.add_argument("--day-seconds", type=float, default=6.0, help="how long a day of the company lasts at least")
    parser.add_argument("--through-pod", action="store_true", help="even where Services can be reached from here")
    parser.add_argument("--kubelet-pid", default="", help="file with the process id of the kubelet on this machine")
    parser.add_argument("--kubelet-stop", default="", help="or a command that stops it")
    parser.add_argument("--kubelet-start", default="", help="and one that starts it again")
    asked = parser.parse_args(words)
    if not asked.image:
        raise CannotRun("IMAGE is not given. Build one (`make image TAG=mentoring:dev`), then say IMAGE=mentoring:dev.")
    return Options(**vars(asked))


async def run(asked: Options, console: Console) -> int:
    """One run; gives the exit code."""
    # Ctrl+C and SIGTERM end what is going on; then everything is cleaned up as always.
    if task := asyncio.current_task():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    one = Run(asked, secrets.token_hex(3), FOLDER, console)
    try:
        await one.everything()
    finally:
        if one.rows:
            show(one.rows, console)
            one.write_report()
            console.print(f"{FOLDER / 'report.json'} says the same.")
        await one.clean_up()
    return 0 if passed(one.rows) else 1


def main() -> None:
    """Exit code 0: all held; 1: something did not; 2: could not start; 130: interrupted."""
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
    os.chdir(Path(__file__).resolve().parents[2])
    try:
        sys.exit(asyncio.run(run(options(sys.argv[1:]), console)))
    except CannotRun as reason:
        console.print(f"✗ {reason}", markup=False)
        sys.exit(2)
    except asyncio.CancelledError:
        console.print("Interrupted.")
        sys.exit(130)


if __name__ == "__main__":
    main()
