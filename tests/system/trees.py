"""Spans that services have exported, put together to the tree of one story."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from tests.otlp import Received

Spans = Mapping[bytes, Received]
CONVENTIONS = ("cloudevents.", "code.", "error.", "http.", "messaging.", "network.", "server.", "url.")
"""What OpenTelemetry has names for; what it has none for begins with `mentoring.`."""


def orphans(spans: Spans) -> list[Received]:
    """Those whose parent, or what they link to, nobody has exported."""
    return [span for span in spans.values() if not ({span.parent, *span.links} - {b""}) <= spans.keys()]


def tree(spans: Spans, trace: bytes, *, also: str) -> str:
    """A trace as people draw it: each span under its parent, equal ones once with their number.

    Spans of the name `also` are drawn under those that they link to, though their traces are others.
    """
    below: dict[bytes, list[Received]] = defaultdict(list)
    for span in spans.values():
        below[span.parent].append(span)
        for link in span.links if span.name == also else ():
            below[link].append(span)
    (root,) = (span for span in below[b""] if span.trace == trace)
    return "\n".join(_drawn(below, [root], 0, under=b""))


def _drawn(
    below: Mapping[bytes, list[Received]], siblings: Iterable[Received], depth: int, *, under: bytes
) -> list[str]:
    drawn = Counter(
        (_label(span, under), *_drawn(below, below[span.id], depth + 1, under=span.id)) for span in siblings
    )
    lines = []
    for (label, *inner), count in sorted(drawn.items()):
        lines += [f"{'  ' * depth}{label}{f' (x {count})' if count > 1 else ''}", *inner]
    return lines


def _label(span: Received, under: bytes) -> str:
    handler = span.attributes.get("code.function.name", span.attributes.get("mentoring.letter.template", ""))
    later = "" if span.parent == under else "later "
    return f"{span.service}: {later}{span.name}" + (f" ({handler})" if handler else "")


def foreign_names(spans: Spans) -> set[str]:
    """Names of attributes that are neither the conventions' nor marked as ours."""
    names = {name for span in spans.values() for name in span.attributes}
    return {name for name in names if not name.startswith((*CONVENTIONS, "mentoring."))}
