"""What is missing is said in one sentence that names it and the mend."""

import pytest

from tests.cluster.__main__ import options
from tests.cluster.address import host_address
from tests.cluster.caller import resources, without_image
from tests.cluster.faults import FAULTS
from tests.cluster.kubectl import reach_cluster
from tests.cluster.problems import CannotRun
from tests.cluster.run import chosen


def test_without_an_image_the_way_to_one_is_said():
    with pytest.raises(CannotRun, match=r"IMAGE is not given\. Build one \(`make image"):
        options([])


async def test_without_a_cluster_it_is_said_that_the_one_named_will_be_disturbed():
    with pytest.raises(CannotRun, match=r"KUBECONFIG is not set.*may be disturbed"):
        await reach_cluster({})


async def test_a_kubeconfig_that_is_not_there_is_named():
    with pytest.raises(CannotRun, match="KUBECONFIG names /nowhere/config, and there is no such file"):
        await reach_cluster({"KUBECONFIG": "/nowhere/config"})


async def test_a_machine_without_kubectl_is_told_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "config").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match=r"kubectl is not on PATH\. Install kubectl 1\.30"):
        await reach_cluster({"KUBECONFIG": str(tmp_path / "config")})


def test_a_host_that_is_not_ours_is_refused():
    with pytest.raises(CannotRun, match=r"HOST=192\.0\.2\.7 is no address of this machine"):
        host_address("192.0.2.7", [])


def test_nodes_that_only_loopback_leads_to_are_no_guess():
    node = {"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}}
    with pytest.raises(CannotRun, match="Say which address they can use: HOST="):
        host_address("", [node])


def test_an_image_that_the_cluster_cannot_get_is_named_with_what_it_says():
    waiting = {"reason": "ErrImagePull", "message": "pull access denied"}
    pod = {"status": {"initContainerStatuses": [{"image": "mentoring:none", "state": {"waiting": waiting}}]}}
    assert without_image(pod) == "mentoring:none: pull access denied"


def test_a_pod_whose_image_is_on_its_way_is_waited_for():
    pod = {"status": {"containerStatuses": [{"image": "a", "state": {"waiting": {"reason": "ContainerCreating"}}}]}}
    assert without_image(pod) is None


def test_both_images_are_tried_before_anything_is_rolled_out():
    *_, pod = resources("one", ["mentoring:a", "mentoring:b"])
    assert [each["image"] for each in pod["spec"]["initContainers"]] == ["mentoring:a", "mentoring:b"]


def test_a_fault_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(CannotRun, match=r"No fault is called 'earthquake'\. There are: rolling update, rollback"):
        chosen("earthquake")


def test_faults_are_chosen_by_words_of_their_names():
    assert [name for name, _ in chosen("killed|drained")] == ["pods killed", "node drained"]
    assert chosen("") == list(FAULTS)
    assert chosen("none") == ()
