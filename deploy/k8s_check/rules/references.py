"""Names that one resource says and another must have."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.k8s_check.resource import Mix, Resource, matches


def service_finds_pods_and_port(mix: Mix) -> Iterator[str]:
    for each in mix.of("Service"):
        selector = each.spec.get("selector") or {}
        found = [pods for pods in mix.deployments if matches(selector, pods.pod_labels)]
        if not selector or not found:
            yield each.wrong("its selector matches no pods; use the labels of the Deployment's template.")
        for port in each.spec.get("ports") or []:
            for pods in (pods for pods in found if port.get("targetPort") not in ports_of(pods)):
                yield each.wrong(
                    f"its targetPort {port.get('targetPort')} is no port of {pods.name}; use one of "
                    f"{', '.join(sorted(map(str, ports_of(pods))))}."
                )


def ports_of(pods: Resource) -> set[str | int]:
    """Names and numbers of the ports of a Deployment's pods."""
    ports = [port for container in pods.containers for port in container.get("ports") or []]
    return {port["name"] for port in ports} | {port["containerPort"] for port in ports}


def secrets_made(mix: Mix) -> dict[str, set[str]]:
    """Each Secret that the mix makes, or has an operator make, with its keys."""
    made = {each.name: {*each.data, *(each.body.get("stringData") or {})} for each in mix.of("Secret")}
    for each in mix.of("ExternalSecret"):
        target = each.spec.get("target", {})
        shaped = target.get("template", {}).get("data") or {}
        made[target.get("name", each.name)] = {*shaped} or {part["secretKey"] for part in each.spec.get("data", [])}
    for each in mix.of("KafkaUser"):
        made[each.name] = {"password", "sasl.jaas.config"}
    for each in mix.of("Kafka"):
        made[f"{each.name}-cluster-ca-cert"] = {"ca.crt", "ca.p12", "ca.password"}
    for each in mix.of("Cluster"):
        made[f"{each.name}-ca"] = {"ca.crt"}
    return made


def secret_exists_with_its_key(mix: Mix) -> Iterator[str]:
    made = secrets_made(mix)
    for each, name, key in _secrets_read(mix):
        if name not in made:
            yield each.wrong(
                f"it reads the Secret {name}, which nothing in this mix makes; add the component that does "
                "(secrets-from-files, external-secrets, strimzi) or mend the name."
            )
        elif key and key not in made[name]:
            yield each.wrong(f"it reads {key} of the Secret {name}, which holds {', '.join(sorted(made[name]))}.")


def _secrets_read(mix: Mix) -> Iterator[tuple[Resource, str, str]]:
    for each in mix.deployments:
        yield from ((each, name, key) for name, key in _secrets_of(each))
    for each in mix.of("Cluster"):
        for role in each.spec.get("managed", {}).get("roles") or []:
            yield from ((each, role["passwordSecret"]["name"], key) for key in ("username", "password"))
    for each in mix.of("TriggerAuthentication"):
        yield from ((each, said["name"], said["key"]) for said in each.spec.get("secretTargetRef") or [])


def _secrets_of(pods: Resource) -> Iterator[tuple[str, str]]:
    for variable in (each for container in pods.containers for each in container.get("env") or []):
        said = (variable.get("valueFrom") or {}).get("secretKeyRef")
        if said:
            yield said["name"], said["key"]
    for volume in pods.pod.get("volumes") or []:
        yield from ((volume["secret"]["secretName"], item) for item in _items(volume.get("secret")))


def _items(secret: Mapping[str, Any] | None) -> list[str]:
    return [item["key"] for item in secret.get("items") or [{"key": ""}]] if secret else []


def config_map_exists(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        said = [
            source.get("configMapRef", {}).get("name")
            for container in each.containers
            for source in container.get("envFrom") or []
        ]
        said += [volume["configMap"]["name"] for volume in each.pod.get("volumes") or [] if "configMap" in volume]
        for name in (name for name in dict.fromkeys(said) if name and not mix.find("ConfigMap", name)):
            yield each.wrong(f"it reads the ConfigMap {name}, which does not exist; add it to a configMapGenerator.")
    for each in mix.of("Cluster"):
        files = each.spec.get("bootstrap", {}).get("initdb", {}).get("postInitApplicationSQLRefs") or {}
        for said in files.get("configMapRefs") or []:
            found = mix.find("ConfigMap", said["name"])
            if not found or said["key"] not in found.data:
                yield each.wrong(f"it runs {said['key']} of the ConfigMap {said['name']}, which does not exist.")


def account_exists(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        name = each.pod.get("serviceAccountName", "default")
        if not mix.find("ServiceAccount", name):
            yield each.wrong(f"its ServiceAccount {name} does not exist; give every service one of its own.")


def route_leads_to_a_service(mix: Mix) -> Iterator[str]:
    for each in mix.of("HTTPRoute"):
        for backend in (ref for rule in each.spec.get("rules") or [] for ref in rule.get("backendRefs") or []):
            service = mix.find("Service", backend["name"])
            ports = {port["port"] for port in service.spec["ports"]} if service else set()
            if backend.get("port") not in ports:
                yield each.wrong(f"it leads to {backend['name']}:{backend.get('port')}, which no Service offers.")


def nothing_is_made_twice(mix: Mix) -> Iterator[str]:
    made = [each.name for each in mix.of("Secret", "KafkaUser")]
    made += [each.spec.get("target", {}).get("name", each.name) for each in mix.of("ExternalSecret")]
    for name in (name for name, times in Counter(made).items() if times > 1):
        yield f"{mix.name}: the Secret {name} is made twice; leave out one of the components that make it."
