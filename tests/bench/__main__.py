"""All measurements, one after the other, and the page made of them: `make bench`.

.venv/bin/python -m tests.bench [--full] [--rounds 3] [--skip platform]
"""

import argparse

from tests.bench import growth, platform, render, side_by_side

PARTS = ("platform", "side_by_side", "growth")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="every point of the curves, a backlog of a million")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip", action="append", choices=PARTS, default=[], help="leave a part as it was")
    asked = parser.parse_args()
    if "platform" not in asked.skip:
        print("── the whole platform", flush=True)
        platform.main(rows=100_000)
    if "side_by_side" not in asked.skip:
        print("── side by side", flush=True)
        side_by_side.main(asked.rounds)
    if "growth" not in asked.skip:
        print("── how the cost grows", flush=True)
        growth.main(full=asked.full)
    render.main()


if __name__ == "__main__":
    main()
