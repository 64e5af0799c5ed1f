"""What a request took is given back when it is answered: under overload there is no time to wait for a collector."""

import asyncio
import gc

import httpx
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from chassis.http.app import make_app
from chassis.http.server import serve_http
from deploy.local.children import is_listening
from tests.service.http_fixtures import client, world
from tests.waiting import eventually

__all__ = ["client", "world"]

REQUESTS = 20


async def test_an_answered_request_leaves_nothing_for_the_garbage_collector(world, client, unused_tcp_port):
    stopping, url = asyncio.Event(), f"http://127.0.0.1:{unused_tcp_port}/v1/notes"
    serving = asyncio.create_task(
        serve_http(make_app(world.running), host="127.0.0.1", port=unused_tcp_port, stopping=stopping)
    )
    await eventually(lambda: is_listening(unused_tcp_port))
    async with httpx.AsyncClient(headers={"Authorization": client.headers["Authorization"]}) as caller:
        await _write(caller, url)
        gc.collect()
        gc.disable()
        try:
            for _ in range(REQUESTS):
                await _write(caller, url)
            assert sum(isinstance(one, RequestResponseCycle) for one in gc.get_objects()) <= 1, "of the open connection"
        finally:
            gc.enable()
    stopping.set()
    await serving


async def _write(caller, url):
    assert (await caller.post(url, json={"words": "a note"})).status_code == 201
