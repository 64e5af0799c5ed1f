"""`python -m deploy.prometheus`: a real Prometheus that scrapes the platform on this machine, with the alert rules."""

import os
import sys
from typing import Annotated

import typer

from deploy.local.__main__ import HERE, Root
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.problems import LocalError
from deploy.prometheus.local import PORT, command, write

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    root: Root = HERE,
    *,
    port: Annotated[int, typer.Option(help="where to listen on loopback; 0: the port beside the platform's")] = 0,
) -> None:
    """Runs until Ctrl+C; what it has seen stays in .local/prometheus. Needs `make up` first.

    Exit codes: 0 stopped, 1 failed, 2 wrong use. Example: python -m deploy.prometheus --port 9090
    """
    instance = Instance(root)
    where = instance.places()
    words = command(write(instance.root / "prometheus", where["metrics"]), port or beside(where["ports"]))
    address = words[3].partition("=")[2]
    typer.echo(f"Prometheus scrapes {', '.join(where['metrics'])}: http://{address}/alerts (Ctrl+C ends it)")
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606 - it takes over, also Ctrl+C


def beside(ports: dict[str, int]) -> int:
    """The port that belongs to a platform with these."""
    return Ports(**ports).profiles - 1 + PORT


def main() -> None:
    """Runs the command; what goes wrong is a sentence and exit code 1."""
    try:
        app()
    except LocalError as problem:
        typer.echo(f"✗ {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
