"""Matching on files: match, assign, verify, explain, compare. Numbers and solver are imported when they are needed."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chassis.clock import SystemClock
from chassis.console import fail
from chassis.errors import DomainError

if TYPE_CHECKING:
    from services.matching.files.people import People

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
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"{error.filename} cannot be written or read: {error.strerror}") from error


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

    Exit codes: 0 done, 1 a file cannot be used, 2 wrong use.
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
    people: Annotated[Path, typer.Option(help="the HR file (CSV); or .jsonl: the body of a profile-updated a line")],
    program: Annotated[Path, typer.Option(help="TOML: name, starts_on, tables rules, weights …")],
    out: Out,
    columns: Annotated[Path | None, typer.Option(help='TOML for other headers: person_id = "Employee ID"')] = None,
    groups: Annotated[
        Path | None, typer.Option(help="CSV: person,group; who opted in, for the report (and [fairness])")
    ] = None,
    paraphrases: Annotated[bool, typer.Option("--paraphrases", help="goals that mean the same count too")] = False,
    beside: Annotated[
        Path | None, typer.Option("--compare", metavar="BEFORE", help="the folder of a run: say what this one changes")
    ] = None,
    as_json: Json = False,
) -> None:
    """Matches a whole cohort: as many as possible, then the highest total score, with its proof.

    Refused rows of the HR file go to RUN/rejected.csv with line, column, reason and mend; the others are matched.

    Example: match --people people.csv --columns map.toml --program program.toml --out RUN/

    What if? match --people people.csv --program other.toml --compare RUN/ --out OTHER/

    Exit codes: 0 done, 1 a file cannot be used, 2 wrong use.
    """
    from services.matching.files.bar import bar  # noqa: PLC0415
    from services.matching.files.cohort import match_files  # noqa: PLC0415
    from services.matching.files.compare import must_be_comparable  # noqa: PLC0415
    from services.matching.files.groups import Members, read_groups  # noqa: PLC0415
    from services.matching.files.program import read_program  # noqa: PLC0415
    from services.matching.files.told import beside_totals  # noqa: PLC0415

    with _failing_in_words():
        policy = read_program(program)
        if beside:
            must_be_comparable(beside, out)
        members = read_groups(groups) if groups else Members()
        found = _people(people, columns, out)
        with bar() as progress:
            certificate, report = match_files(
                found.profiles, policy, out, paraphrases=paraphrases, groups=members.groups(), progress=progress
            )
    _tell(certificate.as_json() | {"rejected": found.rejected}, as_json=as_json)
    if not as_json:
        for sentence in beside_totals(found, members, report, out):
            typer.echo(sentence)
    if beside:
        _compare(beside, out, as_json=as_json)


def _people(path: Path, columns: Path | None, out: Path) -> "People":
    from services.matching.files.cohort import read_profiles  # noqa: PLC0415
    from services.matching.files.people import People, read_columns, read_people  # noqa: PLC0415
    from services.matching.files.run import REJECTED  # noqa: PLC0415

    if path.suffix.lower() == ".jsonl":
        if columns:
            raise typer.BadParameter("JSON lines have no headers to map", param_hint="--columns")
        profiles = list(read_profiles(path))
        (out / REJECTED).unlink(missing_ok=True)  # of a run before; here a wrong line stops everything
        return People(profiles)
    return read_people(path, read_columns(columns) if columns else {}, out, now=SystemClock().now())


@commands.command()
def verify(run: Folder, as_json: Json = False) -> None:
    """Checks the certificate of a run without the solver.

    Example: verify RUN/

    Exit codes: 0 it holds, 1 it does not, or the folder cannot be read, 2 wrong use.
    """
    from services.matching.engine.verify import objections  # noqa: PLC0415
    from services.matching.files.run import read_run  # noqa: PLC0415

    with _failing_in_words():
        claim = read_run(run)
        wrong = objections(claim)
    if as_json:
        typer.echo(json.dumps({"holds": not wrong, "objections": wrong[:100]}))
    if wrong:
        raise fail("does not hold:\n" + "\n".join(wrong[:20]))
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

    Exit codes: 0 said, 1 nobody has this id or the folder cannot be read, 2 wrong use.
    """
    from services.matching.files import explain as explaining  # noqa: PLC0415

    with _failing_in_words():
        sentences = list(explaining.explain(run, mentee, mentor))
    typer.echo(json.dumps(sentences) if as_json else "\n".join(sentences))


@commands.command()
def compare(
    run: Folder,
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="the folder of a run with another program, or later")],
    as_json: Json = False,
) -> None:
    """Says what OTHER changes: who gets another mentor, one at all, or none; what is gained; how each group fares.

    With --json everybody who changes is named, with the scores of both pairs. To make OTHER: match --help.

    Example: compare RUN/ OTHER/

    Exit codes: 0 said, 1 a folder cannot be read or the two cannot be compared, 2 wrong use.
    """
    _compare(run, other, as_json=as_json)


def _compare(run: Path, other: Path, *, as_json: bool) -> None:
    from services.matching.files.compare import compare as comparing  # noqa: PLC0415
    from services.matching.files.compare import in_full, in_words  # noqa: PLC0415

    with _failing_in_words():
        found = comparing(run, other)
    typer.echo(json.dumps(in_full(found)) if as_json else "\n".join(in_words(found, run, other)))


@commands.command(name="warm")
def warm_up() -> None:
    """Compiles the engine ahead, as an image build does; else the first large cohort waits for it.

    Example: warm

    Exit codes: 0 compiled, 1 failed, 2 wrong use.
    """
    from services.matching.engine.warm import warm  # noqa: PLC0415

    began = time.perf_counter()
    warm()
    typer.echo(f"compiled in {time.perf_counter() - began:.1f} s")


def _tell(told: dict[str, int | float | str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo("{matched} of {mentees} mentees matched (bound {matched_bound}),".format(**told))
    typer.echo("score {score} (bound {score_bound}, gap {gap_ppm} ppm, scale {scale})".format(**told))
    if not told["matched"]:
        typer.echo(f"nobody is matched: {_why_nobody(told)}")


def _why_nobody(told: dict[str, int | float | str]) -> str:
    if not told["mentees"]:
        return "no mentee takes part"
    if not told["seats"]:
        return "no mentor who takes part has a free seat"
    return "no pair is allowed; unmatched.csv says why of each mentee"
