"""Builds all mixes and collects what the rules and the schemas say about them."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.k8s_check import rules
from deploy.k8s_check.build import build, choose, copy_of, kustomize
from deploy.k8s_check.mixes import OVERLAYS, mixes, named
from deploy.k8s_check.resource import Mix, Resource
from deploy.k8s_check.schemas import Schemas

AT_ONCE = 2


@dataclass(frozen=True)
class Verdict:
    """What was looked at, and what is wrong with it."""

    mixes: int
    resources: int
    sentences: tuple[str, ...]


def judge(root: Path, *, schemas: bool) -> Verdict:
    """All overlays as they are, and with every mix."""
    found = build_all(root)
    different = list(distinct(found))
    said = [sentence for mix in found for sentence in rules.judge(mix)]
    said += by_schemas(different) if schemas else []
    return Verdict(len(found), len(different), tuple(dict.fromkeys(said)))


def by_schemas(different: Sequence[Resource]) -> list[str]:
    """What the schemas say about these resources."""
    judged_by = Schemas.load({each.kind for each in different})
    return [sentence for each in different for sentence in judged_by.judge(each)]


def build_all(root: Path) -> list[Mix]:
    """Every overlay as it is, and with every mix."""
    kustomize()
    with tempfile.TemporaryDirectory(prefix="mentoring-k8s-") as place:
        return list(built(copy_of(root, Path(place)), every_mix()))


def every_mix() -> list[tuple[str, Sequence[str] | None]]:
    """The overlays as they lie there, then each with each mix."""
    return [*((overlay, None) for overlay in OVERLAYS), *mixes()]


def built(k8s: Path, wanted: Iterable[tuple[str, Sequence[str] | None]]) -> Iterator[Mix]:
    """Each of these mixes, some at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda each: _one(k8s, *each), enumerate(wanted))


def _one(k8s: Path, number: int, each: tuple[str, Sequence[str] | None]) -> Mix:
    overlay, components = each
    name = f"overlays/{overlay}" if components is None else named(overlay, tuple(components))
    return build(choose(k8s, overlay, components, into=f"mix-{number}"), name=name, overlay=overlay)


def distinct(found: Iterable[Mix]) -> Iterator[Resource]:
    """Each resource once, however many mixes have it."""
    seen = set()
    for each in (each for mix in found for each in mix.resources):
        body = json.dumps(each.body, sort_keys=True, default=str)
        if body not in seen:
            seen.add(body)
            yield each
