"""What schemas let pass. Each rule takes a mix and says in a sentence what is wrong and how to mend it."""

from collections.abc import Callable, Iterator

from deploy.k8s_check.resource import Mix
from deploy.k8s_check.rules import kafka, monitoring, network, pods, references, safety, scaling, settings

Rule = Callable[[Mix], Iterator[str]]

RULES: tuple[Rule, ...] = (
    pods.selector_finds_its_own_pods,
    pods.requests_are_within_limits,
    pods.probes_ask_what_the_chassis_answers,
    pods.mounts_have_volumes,
    pods.stop_is_long_enough,
    pods.arguments_name_the_service,
    safety.nobody_is_privileged,
    safety.file_system_is_read_only,
    safety.nothing_of_the_node_is_shared,
    safety.no_token_is_mounted,
    references.service_finds_pods_and_port,
    references.secret_exists_with_its_key,
    references.config_map_exists,
    references.account_exists,
    references.route_leads_to_a_service,
    references.nothing_is_made_twice,
    scaling.scaler_has_one_target_and_a_measure,
    scaling.scaled_says_no_replicas,
    scaling.budget_covers_pods_and_lets_one_go,
    scaling.connections_are_enough,
    network.everything_is_denied_first,
    network.policy_matches_pods_and_ports,
    network.servers_can_be_reached,
    kafka.topics_are_those_of_the_registry,
    kafka.users_may_what_their_service_does,
    kafka.scaling_follows_what_is_heard,
    settings.names_are_fields,
    settings.service_could_start,
    monitoring.metrics_exist,
    monitoring.monitor_finds_pods,
)


def judge(mix: Mix) -> Iterator[str]:
    """What all rules say about one mix."""
    for rule in RULES:
        yield from rule(mix)
