"""One pair's story, from the offer to the last check-in, told from the events alone."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from deploy.local.demo.life import Life

Body = dict[str, Any]
_LEVELS = 10_000_000


def tell(life: Life, console: Console) -> None:
    """Prints the story of the pair that went through most, with the reasons of their match."""
    pair = _chosen(life)
    if pair is None:
        console.print("No pair came together this time; a larger company may help.")
        return
    names = {seen.body["person_id"]: seen.body["name"] for seen in life.seen if seen.name == "contact-updated"}
    mentee, mentor = (str(names.get(pair[side], pair[side])) for side in ("mentee_id", "mentor_id"))
    console.print(Panel(_lines(life, pair, mentee, mentor), title=f"{mentee} and {mentor}", title_align="left"))
    console.print(
        f'With every event and letter, while it is up: make cli S=chassis C="trace {pair["relationship_id"]}"'
    )


def _chosen(life: Life) -> Body | None:
    """The pair with the most kinds of events, a full story rather than a long one."""
    kinds: dict[str, set[str]] = {}
    started = {seen.body["relationship_id"]: seen.body for seen in life.seen if seen.name == "relationship-started"}
    for seen in life.seen:
        if seen.body.get("relationship_id") in started:
            kinds.setdefault(seen.body["relationship_id"], set()).add(seen.name)
    best = max(started, key=lambda each: (len(kinds[each]), started[each]["mentee_id"]), default=None)
    return started.get(best or "")


def _lines(life: Life, pair: Body, mentee: str, mentor: str) -> Table:
    names = {pair["mentee_id"]: mentee, pair["mentor_id"]: mentor}
    lines = Table.grid(padding=(0, 2))
    for seen in life.seen:
        body = seen.body
        ours = body.get("relationship_id") == pair["relationship_id"] or body.get("match_id") == pair["match_id"]
        if ours and seen.name in _TELLING:
            day = life.days[seen.headers["ce_id"]]
            lines.add_row(f"[dim]{day:%d %b}[/]", _TELLING[seen.name](body, names))
    return lines


def _offer(body: Body, names: dict[str, str]) -> str:
    reasons = "".join(f"\n  [green]·[/] {reason['text']}" for reason in body["reasons"])
    asked = " and ".join(names[person] for person in body["undecided"])
    return f"{asked} are asked. They fit to {body['score'] / _LEVELS:.0%}:{reasons}"


def _agreement(body: Body, _names: dict[str, str]) -> str:
    agreed = body["agreement"]
    about = ", ".join(agreed["focus"])
    return f"They agree: {agreed['rhythm']}, {agreed['channel']}, about {about}, for {agreed['weeks']} weeks."


_TELLING: dict[str, Callable[[Body, dict[str, str]], str]] = {
    "match-proposed": _offer,
    "match-reminder-due": lambda body, names: f"{names[body['person_id']]} is reminded of the offer.",
    "match-accepted": lambda _body, _names: "Both say yes.",
    "relationship-started": lambda body, _names: f"They start; the pair runs until {body['ends_on']}.",
    "agreement-due": lambda _body, _names: "No agreement yet: both are reminded.",
    "agreement-diverged": lambda body, _names: (
        f"They want different things: {', '.join(body['fields'])}. Time to talk."
    ),
    "agreement-signed": _agreement,
    "meeting-held": lambda _body, _names: "They meet.",
    "meeting-cancelled": lambda _body, _names: "A meeting is called off.",
    "checkin-due": lambda body, names: f"{names[body['person_id']]} is asked how it goes.",
    "checkin-completed": lambda body, names: f"{names[body['person_id']]} answers.",
    "checkin-missed": lambda body, names: (
        f"{names[body['person_id']]} lets it go by (number {body['missed_in_a_row']})."
    ),
    "relationship-closed": lambda body, _names: f"Their time together ends ({body['reason']}).",
}


def figures(report: dict[str, Any], console: Console) -> None:
    """The table of figures."""
    table = Table(title="Counted on the topics", title_justify="left", show_header=False, box=None, padding=(0, 2))
    shown = [name for name, value in report.items() if isinstance(value, int)]
    half = (len(shown) + 1) // 2
    for left, right in zip(shown[:half], [*shown[half:], ""], strict=False):
        table.add_row(*_cell(report, left), *_cell(report, right))
    console.print(table)


def _cell(report: dict[str, Any], name: str) -> tuple[str, str]:
    return (name.replace("_", " "), f"{report[name]:,}".replace(",", " ")) if name else ("", "")
