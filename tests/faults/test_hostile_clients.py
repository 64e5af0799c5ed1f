"""Clients that are slow, greedy or broken: they are cut off in time, and meanwhile everybody else is answered."""

import asyncio
import contextlib
import json
import time

import httpx
import psutil
import pytest

from services.matching.__main__ import SERVICE
from tests.fuzz.served import served
from tests.waiting import eventually

pytestmark = pytest.mark.full

IDLE = 2_000
DAWDLERS = 50
ASKED = 100
WITHIN = 5.0
"""Seconds for each of the others' requests, on a machine that is busy with other tests."""
HUNG_UP_WITHIN = 20.0
A_BYTE_EVERY = 1.0
CHUNKED = b"POST /v1/programs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
PROGRAM = json.dumps({"name": "Spring", "starts_on": "2027-01-11"}).encode()


@pytest.fixture
async def process(a_world, tmp_path):
    world = await a_world(SERVICE)
    async with served(world, tmp_path / "log", requests_at_once=64) as process:
        yield process


class Rude:
    """Connections that we hold."""

    def __init__(self, port):
        self.port = port
        self.writers = []
        self.tasks = []

    async def connect(self, *parts):
        """Opens one and sends this much."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        self.writers.append(writer)
        for part in parts:
            writer.write(part)
        return reader, writer

    async def dribble(self, head, body):
        """Sends a head, then a byte of the body now and then."""
        _, writer = await self.connect(head)

        async def drop_by_drop():
            with contextlib.suppress(ConnectionError):
                for letter in body:
                    await asyncio.sleep(A_BYTE_EVERY)
                    writer.write(bytes([letter]))
                    await writer.drain()

        self.tasks.append(asyncio.ensure_future(drop_by_drop()))

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for writer in self.writers:
            writer.close()


@pytest.fixture
async def rude(process):
    rude = Rude(process.port)
    yield rude
    await rude.close()


def post(process, *, length, caller="c-1"):
    return (
        f"POST /v1/programs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {process.token('coordinator', caller)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def the_others(process):
    """The longest that somebody waits who asks as one should."""
    worst = 0.0
    headers = {"Authorization": f"Bearer {process.token('coordinator', 'c-9')}"}
    async with httpx.AsyncClient(base_url=process.url, headers=headers, timeout=WITHIN) as client:
        for _ in range(ASKED):
            begun = time.monotonic()
            answer = await client.get("/v1/programs")
            worst = max(worst, time.monotonic() - begun)
            assert answer.status_code == 200, answer.text
    return worst


async def test_thousands_of_idle_connections_stop_nobody(process, rude, row):
    with row("P9", "idle connections") as p9:
        alone, before = await the_others(process), process.memory()
        for _ in range(IDLE):
            await rude.connect()
        among = await the_others(process)
        p9.inject("idle connections", IDLE)
        p9.measured |= {
            "longest answer, s": f"{alone:.2f}, then {among:.2f}",
            "MB more": round(process.memory() - before),
        }
        assert process.memory() - before < 60


async def test_heads_and_bodies_that_come_a_byte_a_second_stop_nobody(process, rude, row):
    with row("P9", "dawdlers") as p9:
        alone = await the_others(process)
        for number in range(DAWDLERS):
            await rude.dribble(b"GET /v1/programs HTTP/1.1\r\n", b"Host: " + b"a" * 200)
            await rude.dribble(post(process, length=len(PROGRAM), caller=f"slow-{number % 2}"), PROGRAM)
        among = await the_others(process)
        p9.inject("senders of a byte a second", 2 * DAWDLERS)
        p9.measured["longest answer, s"] = f"{alone:.2f}, then {among:.2f}"


async def test_one_caller_who_dawdles_cannot_take_every_place(process, rude):
    for _ in range(200):
        await rude.dribble(post(process, length=len(PROGRAM), caller="slow"), PROGRAM)
    await the_others(process)


async def test_a_head_of_a_megabyte_is_refused_with_a_problem_and_hung_up(process, rude):
    for head in (b"X: " + b"a" * 1_000_000, b"".join(b"X-%d: a\r\n" % number for number in range(100_000))):
        before = process.memory()
        reader, writer = await rude.connect(b"GET /v1/programs HTTP/1.1\r\nHost: a\r\n")
        with contextlib.suppress(ConnectionError):
            writer.write(head)
            await writer.drain()
        with contextlib.suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), WITHIN)
            assert b"32,768 bytes" in answer or not answer, answer
        assert process.memory() - before < 10
    await the_others(process)


async def test_a_body_that_never_ends_is_cut_off_at_its_limit(process, rude):
    head = post(process, length=0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    before = process.memory()
    reader, writer = await rude.connect(head)
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    with contextlib.suppress(ConnectionError):
        for _ in range(2_000):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        assert b" 413 " in await asyncio.wait_for(reader.read(), HUNG_UP_WITHIN)
    assert process.memory() - before < 30
    await the_others(process)


async def test_pipelined_requests_are_answered_in_order_and_bounded(process, rude):
    token = process.token("coordinator", "c-2")
    ask = f"GET /v1/programs?limit={{}} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
    reader, _ = await rude.connect("".join(ask.format(limit) for limit in (1, "x", 2, 0, 3)).encode())
    found = [await status_of(reader) for _ in range(5)]
    assert found == [200, 422, 200, 422, 200]
    await rude.connect(ask.format(1).encode() * 5_000)
    await the_others(process)


async def status_of(reader):
    """Reads one answer whole."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WITHIN)
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await asyncio.wait_for(reader.readexactly(length), WITHIN)
    return int(head[9:12])


RUBBISH = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
    "two lengths": b"POST /v1/programs HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a length and chunks": CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /v1/programs HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length beyond all": b"POST /v1/programs HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a chunk beyond all": CHUNKED + b"\r\n" + b"f" * 20 + b"\r\n",
    "NUL in a header": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "a header that is folded": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "bytes in the address": b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the address": b"GET /v1/programs%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "another server's address": b"GET http://elsewhere.example/v1/programs HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method of its own": b"BREW /v1/programs HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "an upgrade": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/2 by force": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /v1/programs\r\n\r\n",
    "no host": b"GET /v1/programs HTTP/1.1\r\n\r\n",
    "a token of bytes": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    "a token of 20 KB": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"a" * 20_000 + b"\r\n\r\n",
    "a trace of bytes": b"GET /v1/programs HTTP/1.1\r\nHost: a\r\ntraceparent: \xff\r\nx-correlation-id: \xff\r\n\r\n",
}  # fmt: skip


async def test_what_is_no_proper_request_gets_a_4xx_or_is_hung_up_on(process, rude):
    for name, raw in RUBBISH.items():
        reader, writer = await rude.connect(raw)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), WITHIN * 4)
            assert not answer or answer[9:10] == b"4", f"{name}: {answer[:200]}"
    await the_others(process)


@pytest.mark.full  # half a minute of waiting; in short: tests/service/test_http_server.py
async def test_who_does_not_read_the_answers_is_hung_up_on(a_world, tmp_path):
    world = await a_world(SERVICE)
    async with served(world, tmp_path / "log") as process:
        rude = Rude(process.port)
        token = process.token("coordinator", "c-3")
        ask = f"GET /openapi.json HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        _, writer = await rude.connect(ask * 300)
        writer.transport.pause_reading()
        before = process.memory()
        await the_others(process)
        await eventually(lambda: writer.transport.is_closing() or not is_open(process), within=60)
        assert process.memory() - before < 60
        await rude.close()


def is_open(process):
    """Whether somebody is still connected to it."""
    connections = psutil.Process(process.pid).net_connections("tcp")
    return any(each.status == "ESTABLISHED" and each.laddr.port == process.port for each in connections)
