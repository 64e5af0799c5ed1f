"""Pods: their selector, resources, probes, volumes, end and arguments."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from chassis.http.admin import READY_SECONDS
from deploy.k8s_check.registry import LONGEST_STOP, NAMES
from deploy.k8s_check.resource import Mix, Resource, matches

SPARE_SECONDS = 5
PATHS = {"startupProbe": "/health/live", "livenessProbe": "/health/live", "readinessProbe": "/health/ready"}
_UNITS = {"m": "0.001", "Ki": "1024", "Mi": "1048576", "Gi": "1073741824", "k": "1E3", "M": "1E6", "G": "1E9"}


def amount(said: object) -> Decimal:
    """A quantity as a number."""
    text = str(said)
    for unit, factor in _UNITS.items():
        if text.endswith(unit):
            return Decimal(text.removesuffix(unit)) * Decimal(factor)
    return Decimal(text)


def selector_finds_its_own_pods(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        selector = each.spec.get("selector", {}).get("matchLabels") or {}
        if not selector or not matches(selector, each.pod_labels):
            yield each.wrong(f"its selector {_said(selector)} does not match its pods; use {_said(each.pod_labels)}.")
        for other in mix.deployments:
            if other is not each and matches(selector, other.pod_labels):
                yield each.wrong(
                    f"its selector also matches the pods of {other.name}; add app.kubernetes.io/component."
                )


def requests_are_within_limits(mix: Mix) -> Iterator[str]:
    for each, container in _containers(mix):
        resources = container.get("resources") or {}
        requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
        for what in ("cpu", "memory"):
            if what not in requests:
                yield each.wrong(f"container {container['name']} requests no {what}; add resources.requests.{what}.")
        if "memory" not in limits:
            yield each.wrong(f"container {container['name']} has no limit of memory; add resources.limits.memory.")
        for what in requests.keys() & limits.keys():
            if amount(requests[what]) > amount(limits[what]):
                yield each.wrong(
                    f"container {container['name']} requests {what} {requests[what]} above its limit {limits[what]}; "
                    "lower the request or raise the limit."
                )


def probes_ask_what_the_chassis_answers(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        for container in each.pod.get("containers") or []:
            for probe, path in PATHS.items():
                yield from _probe(each, container, probe, path)


def _probe(each: Resource, container: Mapping[str, Any], probe: str, path: str) -> Iterator[str]:
    asks = (container.get(probe) or {}).get("httpGet")
    if not asks:
        yield each.wrong(f"container {container['name']} has no {probe}; ask {path} on its port http.")
        return
    ports = container.get("ports") or []
    known = {port.get("name") for port in ports} | {port["containerPort"] for port in ports}
    if asks.get("port") not in known:
        yield each.wrong(
            f"its {probe} asks port {asks.get('port')}, which no container has; use one of {_list(known)}."
        )
    if asks.get("path") != path:
        yield each.wrong(f"its {probe} asks {asks.get('path')}; the chassis answers at {path}.")
    if path == "/health/ready" and container[probe].get("timeoutSeconds", 1) <= READY_SECONDS:
        yield each.wrong(
            f"its {probe} gives up within {READY_SECONDS:.0f} s, before the chassis answers; "
            "set timeoutSeconds above it."
        )


def mounts_have_volumes(mix: Mix) -> Iterator[str]:
    for each, container in _containers(mix):
        volumes = {volume["name"] for volume in each.pod.get("volumes") or []}
        for mount in container.get("volumeMounts") or []:
            if mount["name"] not in volumes:
                yield each.wrong(
                    f"container {container['name']} mounts {mount['name']}, which is no volume of the pod; "
                    f"add it or use one of {_list(volumes)}."
                )


def stop_is_long_enough(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        before = max(
            (
                container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
                for container in each.containers
            ),
            default=0,
        )
        needed = LONGEST_STOP + before + SPARE_SECONDS
        if each.pod.get("terminationGracePeriodSeconds", 30) < needed:
            yield each.wrong(
                f"its grace is shorter than a stop: {before} s before the signal, {LONGEST_STOP:.0f} s in the chassis, "
                f"{SPARE_SECONDS} s spare; set terminationGracePeriodSeconds to {needed:.0f} or more."
            )


def arguments_name_the_service(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        service, role = (each.pod_labels.get(f"app.kubernetes.io/{part}", "") for part in ("name", "component"))
        if service not in NAMES or role not in ("api", "worker"):
            yield each.wrong(
                f"its labels say {service or 'no name'}/{role or 'no component'}; no service is called so."
            )
            continue
        for container in each.pod.get("containers") or []:
            yield from _arguments(each, container, service, role)
        yield from _images(each, service)


def _arguments(each: Resource, container: Mapping[str, Any], service: str, role: str) -> Iterator[str]:
    said = list(container.get("args") or [])
    ports = [str(port["containerPort"]) for port in container.get("ports") or []]
    for option, wanted in (("--role", [role]), ("--port", ports), ("--host", ["0.0.0.0"])):  # noqa: S104 - in a pod
        value = said[said.index(option) + 1] if option in said[:-1] else "nothing"
        if value not in wanted:
            yield each.wrong(f"its arguments say {option} {value}, the rest of it {_list(wanted)}; make them agree.")
    if f"services.{service}" not in said:
        yield each.wrong(f"its arguments do not start services.{service}, as its label says; name it first.")


def _images(each: Resource, service: str) -> Iterator[str]:
    for container in each.containers:
        image = str(container.get("image"))
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@" not in image and tag in ("", "latest"):
            yield each.wrong(
                f"its image {image} has no tag of its own; set newTag of mentoring/{service} in the overlay."
            )


def _containers(mix: Mix) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    return ((each, container) for each in mix.deployments for container in each.containers)


def _said(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items()) or "(empty)"


def _list(values: object) -> str:
    return ", ".join(sorted(map(str, values))) or "nothing"  # type: ignore[call-overload]
