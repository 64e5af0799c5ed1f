"""The server's bounds, over real sockets."""

import asyncio
import contextlib

import psutil
import pytest
from fastapi import FastAPI, Request, Response

from chassis.http import protocol
from chassis.http.server import serve_http
from deploy.local.children import is_listening
from tests.waiting import eventually

app = FastAPI()


@app.get("/quick")
async def quick() -> str:
    return "done"


@app.get("/slow")
async def slow(request: Request) -> str:
    request.app.state.begun.set()
    await request.app.state.goes_on.wait()
    return "done"


@contextlib.asynccontextmanager
async def serving(free_port):
    stopping = asyncio.Event()
    task = asyncio.create_task(serve_http(app, host="127.0.0.1", port=free_port, stopping=stopping))
    await eventually(lambda: is_listening(free_port))
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
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
    async with serving(port):
        assert await sent(port, *parts) == b""


@app.get("/long")
async def long() -> Response:
    return Response(b"a" * 20_000_000)


async def hung_up(reader):
    """Whether the other side has closed or broken the connection, before long."""
    try:
        return await asyncio.wait_for(reader.read(), 5) is not None
    except ConnectionError:
        return True


async def test_a_header_that_does_not_end_is_not_kept_for_as_long_as_it_comes(port):
    async with serving(port):
        answer = await sent(port, b"GET /quick HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000)
    assert b"32,768 bytes" in answer
    assert b"application/problem+json" in answer


async def test_who_does_not_read_an_answer_is_hung_up_on(port, monkeypatch):
    monkeypatch.setattr(protocol, "STALLED_READER_SECONDS", 0.2)
    async with serving(port):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: served_on(port))
        await eventually(lambda: not served_on(port), within=5)
        writer.close()


def served_on(port):
    """Connections that the server holds."""
    connections = psutil.Process().net_connections("tcp")
    return [each for each in connections if each.laddr.port == port and each.status == "ESTABLISHED"]


async def test_a_body_that_nobody_reads_is_not_listened_to_for_ever(port, monkeypatch):
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.1)
    async with serving(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        assert b"200 OK" in await reader.readline()
        assert await hung_up(reader)
        writer.close()


async def test_who_waits_longest_makes_room_for_newcomers(port, monkeypatch):
    async with serving(port):
        monkeypatch.setattr(protocol.BoundedProtocol, "most", 2)
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert b"200 OK" in await sent(port, b"GET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert await hung_up(lines[0][0])
        lines[1][1].write(b"GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200 OK" in await lines[1][0].readline()
        for _, writer in lines:
            writer.close()


async def test_a_stop_finishes_what_is_in_hand(port):
    app.state.begun, app.state.goes_on = asyncio.Event(), asyncio.Event()
    async with serving(port) as (stopping, task):
        request = asyncio.create_task(sent(port, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"))
        await app.state.begun.wait()
        stopping.set()
        await eventually(lambda: not is_listening(port))
        app.state.goes_on.set()
        assert b"200 OK" in await request
        await asyncio.wait_for(task, 5)
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_taken_port_is_told_in_a_sentence(port):
    async with serving(port):
        with pytest.raises(SystemExit, match=f"Port {port} on 127.0.0.1 cannot be used: Address already in use"):
            await serve_http(app, host="127.0.0.1", port=port, stopping=asyncio.Event())
