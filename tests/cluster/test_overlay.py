"""The run's overlay is `prod` with the run's addresses, keeps every rule, and shares nothing with another run's."""

import base64
from dataclasses import replace

import pytest

from deploy.k8s_check import rules
from deploy.k8s_check.build import build, kustomize
from deploy.k8s_check.problems import CannotCheck
from deploy.local.plan import user_of
from deploy.local.roles import SERVICES, role_names
from tests.cluster.faults.lost import SLOW, slow_pod
from tests.cluster.faults.migrations import AT_ONCE, job
from tests.cluster.overlay import RUN_LABEL, Addresses, image_reference, namespace_of, servers_policy, write_overlay
from tests.deploy.manifests import ROOT

AT = Addresses("192.0.2.7", kafka=20092, postgres=20032, smtp=20025, issuer=20080)
PASSWORDS = {name: f"word of {name}" for name in (*role_names(), *map(user_of, SERVICES))}


@pytest.fixture(scope="module")
def mixes(tmp_path_factory):
    """Those of two runs."""
    try:
        kustomize()
    except CannotCheck as reason:
        pytest.skip(str(reason))
    found = {}
    for run in ("one", "two"):
        to = tmp_path_factory.mktemp(run)
        images = dict.fromkeys(SERVICES, "registry.example:5000/mentoring:e2e")
        folder = write_overlay(ROOT, to, run=run, images=images, at=AT, passwords=PASSWORDS)
        found[run] = build(folder, name=run, overlay="e2e")
    return found


def test_the_overlay_of_a_run_keeps_every_rule(mixes):
    assert list(rules.judge(mixes["one"])) == []


def test_everything_is_in_the_namespace_of_the_run_where_restricted_is_enforced(mixes):
    (namespace,) = mixes["one"].of("Namespace")
    assert namespace.name == namespace_of("one")
    assert namespace.body["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = {each.body["metadata"].get("namespace") for each in mixes["one"].resources if each is not namespace}
    assert others == {namespace_of("one")}


def test_pods_look_for_the_servers_of_the_run(mixes):
    for pods in mixes["one"].deployments:
        said = mixes["one"].environment(pods.pod["containers"][0])
        assert said["MENTORING_KAFKA_BROKERS"] == "192.0.2.7:20092"
        assert said["MENTORING_DATABASE_URL"].endswith("@192.0.2.7:20032/mentoring?sslmode=disable")
        assert said["MENTORING_JWKS_URL"] == "http://192.0.2.7:20080/jwks.json"
        assert said["MENTORING_ENVIRONMENT"] == "test"
        assert {each["image"] for each in pods.pod["containers"]} == {"registry.example:5000/mentoring:e2e"}


def test_secrets_hold_the_passwords_of_the_run(mixes):
    for role in role_names():
        secret = mixes["one"].find("Secret", f"postgres-{role.replace('_', '-')}")
        assert base64.b64decode(secret.data["password"]).decode() == PASSWORDS[role]


def test_two_runs_share_neither_namespace_nor_labels(mixes):
    labels = {run: {pods.pod_labels[RUN_LABEL] for pods in mix.deployments} for run, mix in mixes.items()}
    assert labels == {"one": {"one"}, "two": {"two"}}
    for pods in mixes["one"].deployments:
        assert RUN_LABEL not in pods.spec["selector"]["matchLabels"]


def test_the_network_is_opened_to_the_servers_of_the_run_and_to_nothing_else():
    (rule,) = servers_policy(AT)["spec"]["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "192.0.2.7/32"}}]
    assert {port["port"] for port in rule["ports"]} == {20092, 20032, 20025, 20080}


def test_a_job_of_three_migrates_another_database_with_the_pods_own_container(mixes):
    deployment = mixes["one"].find("Deployment", "matching-api")
    made = job(deployment.body, "matching", replace(AT, database="empty"))
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert made["spec"]["parallelism"] == made["spec"]["completions"] == AT_ONCE
    assert container["args"] == ["services.matching", "migrate"]
    assert container["env"][0] == {"name": "POSTGRES_ADDRESS", "value": "192.0.2.7:20032/empty?sslmode=disable"}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    # Labels by which a Deployment or a Service finds its pods would draw these pods in.
    labels = made["spec"]["template"]["metadata"]["labels"]
    assert not set(deployment.spec["selector"]["matchLabels"].items()) <= set(labels.items())


@pytest.mark.parametrize("container", ["migrate", "service"])
def test_a_pod_that_starts_slowly_is_nobodys_replica_and_keeps_its_grace(mixes, container):
    deployment = mixes["one"].find("Deployment", "engagement-worker")
    made = slow_pod(deployment.body, container)
    (kept,) = made["spec"]["containers"]
    assert (kept["name"], kept["resources"]["limits"]["cpu"]) == (container, SLOW)
    assert made["spec"]["terminationGracePeriodSeconds"] == deployment.pod["terminationGracePeriodSeconds"]
    assert not set(deployment.spec["selector"]["matchLabels"].items()) <= set(made["metadata"]["labels"].items())


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("mentoring", {"newName": "mentoring", "newTag": "latest"}),
        ("mentoring:dev", {"newName": "mentoring", "newTag": "dev"}),
        ("host:5000/a/mentoring", {"newName": "host:5000/a/mentoring", "newTag": "latest"}),
        ("host:5000/a/mentoring:1.2", {"newName": "host:5000/a/mentoring", "newTag": "1.2"}),
        ("host/mentoring@sha256:ab", {"newName": "host/mentoring", "digest": "sha256:ab"}),
    ],
)
def test_an_image_is_split_as_kustomize_wants_it(image, said):
    assert image_reference(image) == said
