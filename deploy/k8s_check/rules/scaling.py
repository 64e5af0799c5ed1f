"""How many pods there are, how few there may be, and whether PostgreSQL has room for all of them."""

from collections.abc import Iterator

from deploy.k8s_check.resource import Mix, Resource, matches

BESIDE_THE_POOL = 2
"""Connections of a process that are not in its pool: the relay's, and the migration's before it."""
RESERVED = 10
DEFAULT_POOL = 10


def scaler_has_one_target_and_a_measure(mix: Mix) -> Iterator[str]:
    seen: dict[str, str] = {}
    for each in mix.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = each.spec.get("scaleTargetRef", {})
        name = str(target.get("name"))
        if target.get("kind", "Deployment") != "Deployment" or not mix.find("Deployment", name):
            yield each.wrong(
                f"its target {target.get('kind', 'Deployment')} {name} does not exist; mend scaleTargetRef."
            )
        if name in seen:
            yield each.wrong(f"{name} is scaled by {seen[name]} already; leave one of them out.")
        seen[name] = f"{each.kind} {each.name}"
        if not each.spec.get("metrics") and not each.spec.get("triggers"):
            yield each.wrong("it measures nothing, so it would never scale; add a metric.")
        least, most = limits_of(each)
        if not 1 <= least <= most:
            yield each.wrong(
                f"it keeps at least {least} and at most {most} pods; at least 1, and no more than the most."
            )


def limits_of(scaler: Resource) -> tuple[int, int]:
    """The fewest and the most pods that a scaler keeps."""
    if scaler.kind == "ScaledObject":
        return int(scaler.spec.get("minReplicaCount", 0)), int(scaler.spec.get("maxReplicaCount", 100))
    return int(scaler.spec.get("minReplicas", 1)), int(scaler.spec.get("maxReplicas", 1))


def scaled_says_no_replicas(mix: Mix) -> Iterator[str]:
    for each in mix.deployments:
        if _scaler(mix, each) and "replicas" in each.spec:
            yield each.wrong(
                "it says replicas although it is scaled, so every apply would undo the scaling; take replicas out."
            )


def _scaler(mix: Mix, pods: Resource) -> Resource | None:
    scalers = mix.of("HorizontalPodAutoscaler", "ScaledObject")
    return next((each for each in scalers if each.spec.get("scaleTargetRef", {}).get("name") == pods.name), None)


def replicas(mix: Mix, pods: Resource) -> tuple[int, int]:
    """The fewest and the most pods of a Deployment."""
    scaler = _scaler(mix, pods)
    fixed = int(pods.spec.get("replicas", 1))
    return limits_of(scaler) if scaler else (fixed, fixed)


def budget_covers_pods_and_lets_one_go(mix: Mix) -> Iterator[str]:
    covered = set()
    for each in mix.of("PodDisruptionBudget"):
        selector = each.spec.get("selector", {}).get("matchLabels") or {}
        found = [pods for pods in mix.deployments if selector and matches(selector, pods.pod_labels)]
        covered |= {pods.name for pods in found}
        if not found:
            yield each.wrong(
                "its selector matches no pods, so it protects nobody; use the labels of a Deployment's pods."
            )
        for pods in found:
            fewest = replicas(mix, pods)[0]
            if _kept(each, fewest) >= fewest:
                yield each.wrong(
                    f"it keeps all {fewest} pods of {pods.name}, so no node could ever be drained; "
                    "say maxUnavailable: 1 instead."
                )
    for pods in (pods for pods in mix.deployments if pods.name not in covered):
        yield pods.wrong("no PodDisruptionBudget covers it, so a drain may take all its pods at once; add one.")


def _kept(budget: Resource, fewest: int) -> int:
    least, lost = budget.spec.get("minAvailable"), budget.spec.get("maxUnavailable")
    if isinstance(least, str):
        return -(-fewest * int(least.rstrip("%")) // 100)
    if least is not None:
        return int(least)
    if isinstance(lost, str):
        return fewest - -(-fewest * int(lost.rstrip("%")) // 100)
    return fewest - int(lost or 0)


def connections_are_enough(mix: Mix) -> Iterator[str]:
    """Every process that a rollout at full scale may hold, each with its pool."""
    for cluster in mix.of("Cluster"):
        allowed = int(cluster.spec.get("postgresql", {}).get("parameters", {}).get("max_connections", 100))
        needed = RESERVED + sum(_connections(mix, pods) for pods in mix.deployments)
        if needed > allowed:
            yield cluster.wrong(
                f"it takes {allowed} connections, and all replicas together may want {needed}; "
                "raise max_connections, or lower maxReplicas or MENTORING_POOL_SIZE."
            )


def _connections(mix: Mix, pods: Resource) -> int:
    surge = int(pods.spec.get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", 1))
    said = mix.environment(pods.pod["containers"][0]).get("MENTORING_POOL_SIZE", str(DEFAULT_POOL))
    return (replicas(mix, pods)[1] + surge) * (int(said) + BESIDE_THE_POOL)
