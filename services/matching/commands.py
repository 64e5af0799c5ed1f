"""Matching on files: match, assign, verify, explain. Numbers and solver are imported when they are needed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chassis.cli import fail
from chassis.errors import DomainError

commands = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="the folder of a run")]
Out = Annotated[Path, typer.Option(metavar="RUN", help="folder for the result")]
Json = Annotated[bool, typer.Option("--json", help="for programs")]


@contextmanager
def _failing_in_words() -> Iterator[None]:
    """A wrong input is a sentence and exit code 1, never a traceback."""
    try:
        yield
    except DomainError as error:
        fail(str(error))


@commands.command()
def assign(
    pairs: Annotated[Path, typer.Option(help="CSV: mentee_id,mentor_id,score (decimal, 0 or more)")],
    seats: Annotated[Path, typer.Option(help="CSV: mentor_id,seats")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Matches your own scores: as many mentees as possible, then the highest total score, with its proof.

    Every pair in the file is allowed, all others are not.
    Example: assign --pairs pairs.csv --seats seats.csv --out RUN/
    """
    from services.matching.engine.settle import settle  # noqa: PLC0415
    from services.matching.files.run import write_run  # noqa: PLC0415
    from services.matching.files.scores import read_scores  # noqa: PLC0415

    with _failing_in_words():
        problem, scale = read_scores(pairs, seats)
        outcome = settle(problem, scale=scale, policy_version=0)
        write_run(out, outcome, ((mentee, "seats-taken") for mentee in outcome.unmatched()))
    _tell(outcome.certificate.as_json(), as_json=as_json)


@commands.command()
def match(
    people: Annotated[Path, typer.Option(help="JSON lines: the body of a profile-updated each")],
    program: Annotated[Path, typer.Option(help="TOML: name, starts_on, [rules], [weights] …")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Matches a whole cohort: as many as possible, then the highest total score, with its proof.

    Example: match --people people.jsonl --program program.toml --out RUN/
    """
    from services.matching.files.cohort import match_files, read_profiles  # noqa: PLC0415
    from services.matching.files.program import read_program  # noqa: PLC0415

    with _failing_in_words():
        certificate = match_files(read_profiles(people), read_program(program), out)
    _tell(certificate.as_json(), as_json=as_json)


@commands.command()
def verify(run: Folder, as_json: Json = False) -> None:
    """Checks the certificate of a run without the solver; exit code 1 if it does not hold.

    Example: verify RUN/
    """
    from services.matching.engine.verify import objections  # noqa: PLC0415
    from services.matching.files.run import read_run  # noqa: PLC0415

    with _failing_in_words():
        claim = read_run(run)
        wrong = objections(claim)
    if as_json:
        typer.echo(json.dumps({"holds": not wrong, "objections": wrong[:100]}))
    if wrong:
        fail("does not hold:\n" + "\n".join(wrong[:20]))
    if not as_json:
        _tell(dict(claim.certificate), as_json=False)
        typer.echo("The certificate holds: no matching is above these bounds.")


@commands.command()
def explain(
    run: Folder,
    mentee: Annotated[str, typer.Option(help="whose mentor")],
    mentor: Annotated[str | None, typer.Option(help="why not this one")] = None,
    as_json: Json = False,
) -> None:
    """Says why a mentee has their mentor, and why not another one.

    Example: explain RUN/ --mentee p-0042 --mentor p-0007
    """
    from services.matching.files import explain as explaining  # noqa: PLC0415

    with _failing_in_words():
        sentences = list(explaining.explain(run, mentee, mentor))
    typer.echo(json.dumps(sentences) if as_json else "\n".join(sentences))


def _tell(told: dict[str, int | float | str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo("{matched} of {mentees} mentees matched (bound {matched_bound}),".format(**told))
    typer.echo("score {score} (bound {score_bound}, gap {gap_ppm} ppm, scale {scale})".format(**told))
