"""What a container may do to the node and to the cluster: nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.k8s_check.resource import Mix, Resource

SHARED = ("hostNetwork", "hostPID", "hostIPC")
VOLUMES = {"name", "configMap", "secret", "emptyDir", "projected", "downwardAPI"}


def nobody_is_privileged(mix: Mix) -> Iterator[str]:
    """As Pod Security `restricted` wants it; a pod inside a Deployment is refused only when it is rolled out."""
    for each, container in _containers(mix):
        own = container.get("securityContext") or {}
        pod = each.pod.get("securityContext") or {}
        held = {
            "privileged: false": not own.get("privileged", False),
            "allowPrivilegeEscalation: false": own.get("allowPrivilegeEscalation") is False,
            "capabilities: {drop: [ALL]}": own.get("capabilities") == {"drop": ["ALL"]},
            "runAsNonRoot: true": own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True,
            "runAsUser: 65532": own.get("runAsUser", pod.get("runAsUser")) == 65532,  # noqa: PLR2004
            "seccompProfile: {type: RuntimeDefault}": own.get("seccompProfile", pod.get("seccompProfile"))
            == {"type": "RuntimeDefault"},
        }
        for wanted in (rule for rule, is_held in held.items() if not is_held):
            yield each.wrong(
                f"container {container['name']} may do more than Pod Security `restricted` allows; "
                f"set securityContext {wanted}."
            )


def file_system_is_read_only(mix: Mix) -> Iterator[str]:
    for each, container in _containers(mix):
        if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
            yield each.wrong(
                f"container {container['name']} may write to its image; "
                "set securityContext readOnlyRootFilesystem: true and mount an emptyDir where it writes."
            )


def nothing_of_the_node_is_shared(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        for name in (name for name in SHARED if each.pod.get(name)):
            yield each.wrong(f"it shares the node's own ({name}); take that out.")
        for volume in each.pod.get("volumes") or []:
            for kind in volume.keys() - VOLUMES:
                yield each.wrong(f"its volume {volume['name']} is a {kind}; use a ConfigMap, a Secret or an emptyDir.")


def no_token_is_mounted(mix: Mix) -> Iterator[str]:
    for each in [*mix.deployments, *mix.of("ServiceAccount")]:
        place = each.pod if each.kind == "Deployment" else each.body
        if place.get("automountServiceAccountToken") is not False:
            yield each.wrong(
                "its pods would hold a token for the cluster's API, which no service calls; "
                "set automountServiceAccountToken: false."
            )


def _containers(mix: Mix) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    return ((each, container) for each in mix.deployments for container in each.containers)
