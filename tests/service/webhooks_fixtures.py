"""A webhooks service on a database of its own, and a receiver to send to."""

import pytest

from tests.receivers import a_receiver
from tests.service.webhooks_example import SERVICE


@pytest.fixture
async def world(a_world):
    return await a_world(SERVICE)


@pytest.fixture
async def receiver():
    async with a_receiver() as one:
        yield one
