"""Completion for the shell. `python -m …` cannot be completed, so the script also gives the command a short name."""

import os
import re
import sys
from shlex import quote
from typing import Annotated

import typer

SHELLS = ("bash", "zsh", "fish")


def complete_var(name: str) -> str:
    """The variable by which a completion asks the command."""
    return f"_{re.sub(r'[^A-Za-z0-9]', '_', name)}_COMPLETE".upper()


def run_app(app: typer.Typer, module: str, name: str) -> None:
    """Runs the command line, or answers the shell that asks what could come next."""
    variable = complete_var(name)
    if variable in os.environ:
        from typer._completion_classes import completion_init  # noqa: PLC0415 - only when a shell asks

        completion_init()
    app(prog_name=f"python -m {module}", complete_var=variable)


def add_completion(app: typer.Typer, module: str, name: str) -> None:
    """Adds the command that prints the script."""

    @app.command("completion")
    def _completion(
        shell: Annotated[str, typer.Argument(help="bash, zsh or fish")],
        called: Annotated[str, typer.Option("--as", metavar="NAME", help="the short name")] = name,
    ) -> None:
        """Prints a script that gives this command a short name in your shell, with completion by the tab key.

        Example: eval "$(python -m MODULE completion bash)"

        Exit codes: 0 printed, 2 wrong use.
        """
        if shell not in SHELLS:
            raise typer.BadParameter(f"say {', '.join(SHELLS)}", param_hint="SHELL")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", called):
            raise typer.BadParameter("letters, digits, - and _", param_hint="--as")
        typer.echo(script(shell, module, called, complete_var(name)))

    _completion.__doc__ = (_completion.__doc__ or "").replace("MODULE", module)
    app.registered_commands[-1].help = _completion.__doc__


def script(shell: str, module: str, called: str, variable: str) -> str:
    """What the shell must evaluate."""
    from typer._completion_shared import get_completion_script  # noqa: PLC0415 - typer has no public name for it

    command = f"{quote(sys.executable)} -m {module}"
    asks = get_completion_script(prog_name=called, complete_var=variable, shell=shell)
    # Typer lets the shell ask the short name, which `env` does not know; the command itself it does.
    asks = re.sub(rf"(?<=complete_{shell}) (?:\$1|{re.escape(called)})", f" {command}", asks)
    asks = re.sub(rf"(?<=\(commandline -cp\)) {re.escape(called)}", f" {command}", asks)
    short = f"function {called}; {command} $argv; end" if shell == "fish" else f'{called}() {{ {command} "$@"; }}'
    return f"{short}\n{asks}"
