"""Each test gets a copy of the manifests."""

import pytest

from tests.deploy.manifests import Manifests


@pytest.fixture
def manifests(tmp_path):
    return Manifests(tmp_path)
