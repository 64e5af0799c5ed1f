"""The server's bounds, over real sockets."""

import asyncio
import contextlib

import pytest
from fastapi import FastAPI

from chassis.http import server
from chassis.http.server import serve_http

app = FastAPI()


@app.get("/quick")
async def quick() -> str:
    return "done"


@app.get("/slow")
async def slow() -> str:
    await asyncio.sleep(0.3)
    return "done"


@contextlib.asynccontextmanager
async def serving(free_port):
    stopping = asyncio.Event()
    task = asyncio.create_task(serve_http(app, host="127.0.0.1", port=free_port, stopping=stopping))
    for _ in range(200):
        with contextlib.suppress(OSError):
            (await asyncio.open_connection("127.0.0.1", free_port))[1].close()
            break
        await asyncio.sleep(0.01)
    yield stopping, task
    stopping.set()
    await asyncio.wait_for(task, 10)


@pytest.fixture
def port(unused_tcp_port):
    return unused_tcp_port


async def sent(port, *parts, pause=0.0):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 5)
    return b""


async def test_an_ordinary_request_is_served_and_the_server_says_not_what_it_is(port):
    async with serving(port):
        answer = await sent(port, b"GET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"uvicorn" not in answer.lower()


@pytest.mark.parametrize(
    "head", [b"X: " + b"a" * 40_000 + b"\r\n", b"".join(b"X-%d: a\r\n" % number for number in range(9_000))]
)
async def test_too_large_a_head_is_refused_and_hung_up(port, head):
    async with serving(port):
        answer = await sent(port, b"GET /quick HTTP/1.1\r\nHost: a\r\n", head, b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""


async def test_too_long_an_address_is_refused(port):
    async with serving(port):
        answer = await sent(port, b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""


@pytest.mark.parametrize("parts", [(), (b"GET /quick HTTP/1.1\r\n",), (b"G", b"E", b"T")])
async def test_a_head_that_does_not_come_is_not_waited_for(port, parts, monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    async with serving(port):
        assert await sent(port, *parts) == b""


async def test_a_stop_finishes_what_is_in_hand(port):
    async with serving(port) as (stopping, task):
        request = asyncio.create_task(sent(port, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"))
        await asyncio.sleep(0.1)
        stopping.set()
        assert b"200 OK" in await request
        await asyncio.wait_for(task, 5)
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_taken_port_is_told_in_a_sentence(port):
    async with serving(port):
        with pytest.raises(SystemExit, match=f"Port {port} on 127.0.0.1 cannot be used: Address already in use"):
            await serve_http(app, host="127.0.0.1", port=port, stopping=asyncio.Event())
