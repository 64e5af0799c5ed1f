"""The environment of each container against the settings of its service."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from chassis.settings import PREFIX, Settings, WrongSettings, load, variable
from deploy.k8s_check.resource import Body, Mix, Resource
from deploy.k8s_check.rules.kafka import known_services

OTHERS = {"NUMBA_CACHE_DIR", "POSTGRES_ADDRESS"}
"""What no settings hold: Numba reads the one, the other is a part of the addresses."""
OURS = (PREFIX, "OTEL_")
STAND_INS = {"MENTORING_SMTP_URL": "smtp://from-the-cluster:25"}


def names_are_fields(mix: Mix) -> Iterator[str]:
    for each, container, kind in _containers(mix):
        fields = {variable(name, field) for name, field in kind.model_fields.items()}
        for name in mix.environment(container):
            if name not in fields and name not in OTHERS:
                yield each.wrong(
                    f"container {container['name']} is given {name}, which no field of {kind.__module__} has; "
                    f"did you mean {_nearest(name, fields)}?"
                )


def _nearest(name: str, fields: set[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    return next(iter(get_close_matches(name, fields, 1, 0)), PREFIX)


def service_could_start(mix: Mix) -> Iterator[str]:
    """Each container's environment is given to the settings themselves; they say what they would say there."""
    for each, container, kind in _containers(mix):
        said = mix.environment(container)
        for name, value in said.items():
            for hole in re.findall(r"\$\((\w+)\)", value):
                yield each.wrong(
                    f"{name} needs {hole}, which is in no ConfigMap of it; add the component that says it."
                )
        refused = _refusal(kind, frozenset(said.items()))
        if refused:
            yield each.wrong(f"container {container['name']} could not start: {refused} Mend the ConfigMap.")
        if "migrate" in container.get("args", []) and "MENTORING_OWNER_DATABASE_URL" not in said:
            yield each.wrong("container migrate has no MENTORING_OWNER_DATABASE_URL; give it the owner role's address.")


@cache
def _refusal(kind: type[Settings], said: frozenset[tuple[str, str]]) -> str:
    """What the settings say against an environment; most mixes ask the same."""
    names = dict(said)
    with _environment({**names, **{name: STAND_INS[name] for name in STAND_INS.keys() & names.keys()}}):
        try:
            load(kind)
        except WrongSettings as refused:
            return " ".join(str(refused).split())
    return ""


def _containers(mix: Mix) -> Iterator[tuple[Resource, Body, type[Settings]]]:
    kinds = {service.name: service.settings for service in known_services()}
    for each in mix.deployments:
        kind = kinds.get(each.pod_labels.get("app.kubernetes.io/name", ""))
        if kind:
            # What only copies files has no arguments and reads no settings.
            yield from ((each, container, kind) for container in each.containers if "args" in container)


@contextmanager
def _environment(said: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update({name: value for name, value in said.items() if name.startswith(OURS)})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
