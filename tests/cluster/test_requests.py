"""A request that is answered late counts as asked again, one that is refused or never answered as failed."""

import asyncio
import contextlib
import itertools
import json
import os
import sys
from pathlib import Path

import httpx
import pytest

from deploy.local.children import free_port
from deploy.local.roles import SERVICES
from tests.cluster import load as module
from tests.cluster.load import Load
from tests.waiting import eventually


@contextlib.asynccontextmanager
async def a_server(*statuses: int):
    """Answers with these, one after the other and the last for ever; 0 hangs up. Gives its address."""
    turns = itertools.chain(statuses, itertools.repeat(statuses[-1]))

    async def answer(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            if status := next(turns):
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}".encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def ask(address: str) -> module.Tally:
    load = Load(dict.fromkeys(SERVICES, f"http://{address}"), lambda *_, **__: "token")
    async with httpx.AsyncClient() as client:
        await load._one(client)
    return load.tally


async def test_a_request_is_asked_again_after_what_clients_are_told_to_wait_out():
    async with a_server(503, 0, 429, 200) as address:
        tally = await ask(address)
    assert (tally.answered, tally.failed, sum(tally.again.values())) == (1, [], 3)


@pytest.mark.parametrize("status", [500, 404])
async def test_any_other_refusal_is_a_failed_request(status):
    async with a_server(status) as address:
        tally = await ask(address)
    assert tally.answered == 0
    assert tally.failed == [tally.failed[0]]
    assert f"was answered {status}" in tally.failed[0]


async def test_a_request_that_is_never_answered_has_failed(monkeypatch):
    monkeypatch.setattr(module, "ASKED_FOR", 0.2)
    async with a_server(503) as address:
        tally = await ask(address)
    assert "was not answered" in tally.failed[0]


async def test_the_relay_passes_requests_on_and_hangs_up_where_nobody_answers():
    relay = Path(module.__file__).with_name("relay.py")
    here, nowhere = free_port(), free_port()
    async with a_server(200) as address:
        routes = json.dumps({str(here): address, str(nowhere): f"127.0.0.1:{free_port()}"})
        process = await asyncio.create_subprocess_exec(sys.executable, str(relay), env={**os.environ, "ROUTES": routes})
        try:
            async with httpx.AsyncClient() as client:
                assert await eventually(lambda: answers(client, here), within=10)
                with pytest.raises(httpx.RemoteProtocolError):
                    await client.get(f"http://127.0.0.1:{nowhere}/")
        finally:
            process.terminate()
            await process.wait()


async def answers(client: httpx.AsyncClient, port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(f"http://127.0.0.1:{port}/")).is_success
    return False
