"""`python -m deploy.k8s_check`: check every mix, write what follows from the registries, make passwords."""

from pathlib import Path
from typing import Annotated

import typer

EXIT_CODES = "Exit codes: 0 done, 1 something is wrong or not fresh, 2 it cannot be checked here, or wrong use."
ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=f"The manifests of deploy/k8s.\n\nExample: python -m deploy.k8s_check check\n\n{EXIT_CODES}",
)


@app.command()
def check(
    *,
    schemas: Annotated[bool, typer.Option(help="judge by the schemas of Kubernetes and of the operators")] = True,
) -> None:
    """Builds every overlay with every mix of components and says what is wrong, a sentence each.

    Example: check --no-schemas

    Exit codes: 0 nothing is wrong, 1 something is, 2 it cannot be checked here, or wrong use.
    """
    from deploy.k8s_check.judge import judge  # noqa: PLC0415 - the services' code is heavy
    from deploy.k8s_check.problems import CannotCheck  # noqa: PLC0415

    try:
        verdict = judge(ROOT, schemas=schemas)
    except CannotCheck as reason:
        typer.echo(f"✗ {reason}", err=True)
        raise typer.Exit(2) from None
    for sentence in verdict.sentences:
        typer.echo(f"- {sentence}")
    typer.echo(f"{verdict.mixes} mixes, {verdict.resources} different resources: {len(verdict.sentences)} wrong.")
    if verdict.sentences:
        raise typer.Exit(1)


@app.command()
def write(
    *,
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 if a file is not fresh")] = False,
) -> None:
    """Writes topics, users, access rules, scaling and schemas from the registries.

    Example: write --check

    Exit codes: 0 written, or all is fresh; 1 a file is not fresh; 2 wrong use.
    """
    from deploy.k8s_check import generated  # noqa: PLC0415

    paths = generated.stale(ROOT) if check else generated.write(ROOT)
    for path in paths:
        typer.echo(f"{'stale' if check else 'written'}: {path}")
    if check and paths:
        typer.echo("Run `make docs` and commit what it wrote.", err=True)
        raise typer.Exit(1)


@app.command()
def secrets() -> None:
    """Writes a random password into each file that the component secrets-from-files misses.

    Example: secrets

    Exit codes: 0 written, 1 failed, 2 wrong use.
    """
    from deploy.k8s_check.generated import K8S  # noqa: PLC0415
    from deploy.k8s_check.secret_texts import write_missing_files  # noqa: PLC0415

    for path in write_missing_files(ROOT / K8S):
        typer.echo(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    app()
