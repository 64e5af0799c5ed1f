"""Where nothing is ever sent: every kind of inside address, however it is written."""

import asyncio
import threading
from ipaddress import ip_network

import httpcore
import pytest

from chassis.errors import Invalid
from services.webhooks.delivery.network import AddressRefused, Guarded, NoSuchHost, checked_addresses, look_up
from services.webhooks.domain.address import may_be_reached
from services.webhooks.domain.target import ANY_PORT, Rules, Target, target_of

LOOPBACK = (ip_network("127.0.0.0/8"),)
INSIDE = {
    "this host": "0.0.0.0",  # noqa: S104 - nobody binds it
    "another of this network": "0.1.2.3",
    "private, large": "10.0.0.1",
    "private, middle": "172.16.0.1",
    "private, its last": "172.31.255.255",
    "private, small": "192.168.1.1",
    "a carrier's": "100.64.0.1",
    "loopback": "127.0.0.1",
    "loopback, another": "127.255.255.254",
    "link-local": "169.254.0.1",
    "a cloud's metadata": "169.254.169.254",
    "a container's metadata": "169.254.170.2",
    "Azure's host": "168.63.129.16",
    "special purposes": "192.0.0.1",
    "special purposes that count as global": "192.0.0.9",
    "documentation": "192.0.2.1",
    "documentation, second": "198.51.100.1",
    "documentation, third": "203.0.113.1",
    "relays of 6to4": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "multicast that counts as global": "239.1.2.3",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6: unspecified": "::",
    "v6: loopback": "::1",
    "v6: link-local": "fe80::1",
    "v6: link-local with its link": "fe80::1%eth0",
    "v6: unique local": "fd00:ec2::254",
    "v6: unique local, other half": "fc00::1",
    "v6: site-local of old": "fec0::1",
    "v6: multicast": "ff02::1",
    "v6: multicast, global": "ff0e::1",
    "v6: documentation": "2001:db8::1",
    "v6: documentation, new": "3fff::1",
    "v6: discard": "100::1",
    "v6: Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "v6: ORCHID": "2001:20::1",
    "v6: segment routing": "5f00::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata, in hexadecimal": "::ffff:a9fe:a9fe",
    "mapped private": "::ffff:10.0.0.1",
    "v4-compatible of old": "::127.0.0.1",
    "v4-compatible, public": "::8.8.8.8",
    "translated loopback": "64:ff9b::127.0.0.1",
    "translated metadata": "64:ff9b::a9fe:a9fe",
    "a translation of one's own": "64:ff9b:1::808:808",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of a private one": "2002:a00:1::1",
    "no address": "localhost",
    "not even a word": "",
}
OUTSIDE = {
    "v4": "8.8.8.8",
    "v4, next to a private network": "172.32.0.1",
    "v4, before the carriers'": "100.63.255.255",
    "v6": "2606:4700:4700::1111",
    "mapped": "::ffff:8.8.8.8",
    "translated": "64:ff9b::808:808",
    "6to4": "2002:808:808::1",
}


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE.keys())
def test_an_inside_address_may_not_be_reached(address):
    assert not may_be_reached(address)


@pytest.mark.parametrize("address", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_public_address_may_be_reached(address):
    assert may_be_reached(address)


def test_a_network_that_the_settings_allow_may_be_reached_however_it_is_written():
    assert may_be_reached("127.0.0.1", LOOPBACK)
    assert may_be_reached("::ffff:127.0.0.1", LOOPBACK)
    assert not may_be_reached("10.0.0.1", LOOPBACK)
    assert not may_be_reached("::1", LOOPBACK)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"])
async def test_a_name_is_judged_by_where_it_leads_not_by_how_it_looks(host):
    with pytest.raises(AddressRefused):
        await checked_addresses(host, 443, allowed=(), timeout=3)


async def test_one_inside_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(AddressRefused):
        await checked_addresses("a.example", 443, allowed=(), timeout=3, lookup=lambda *_: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", ".."])
async def test_a_name_that_leads_nowhere_is_said_so(host):
    with pytest.raises(NoSuchHost):
        await checked_addresses(host, 443, allowed=(), timeout=10)


async def test_a_name_server_that_never_answers_is_not_waited_for():
    released = threading.Event()

    def never(*_):
        released.wait(10)
        return ["8.8.8.8"]

    with pytest.raises(TimeoutError):
        await checked_addresses("slow.example", 443, allowed=(), timeout=0.05, lookup=never)
    released.set()


async def test_the_connection_goes_to_the_address_that_was_checked_though_the_name_has_moved_since():
    """DNS rebinding: the first answer is allowed, every later one leads elsewhere. Only one is ever asked for."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def moving(host, _port):
        asked.append(host)
        return next(answers)

    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        guarded = Guarded(LOOPBACK, lookup=moving)
        stream = await guarded.connect_tcp("rebinds.example", port, timeout=3)
        assert stream.get_extra_info("server_addr")[:2] == ("127.0.0.1", port)
        await stream.aclose()
        with pytest.raises(AddressRefused):
            await guarded.connect_tcp("rebinds.example", port, timeout=3)
    assert asked == ["rebinds.example"] * 2


async def test_the_next_address_is_tried_when_one_does_not_answer():
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        guarded = Guarded(LOOPBACK, lookup=lambda *_: ["127.0.0.99", "127.0.0.1"])
        stream = await guarded.connect_tcp("two.example", port, timeout=3)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        await stream.aclose()


async def test_no_socket_of_this_machine_is_ever_opened():
    with pytest.raises(AddressRefused):
        await Guarded(LOOPBACK).connect_unix_socket("/run/docker.sock")


def test_every_address_of_a_host_is_found():
    assert "127.0.0.1" in look_up("localhost", 443)


def test_a_backend_has_all_that_a_pool_asks_for():
    assert isinstance(Guarded(()), httpcore.AsyncNetworkBackend)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://a.example/", "must begin with https://"),
        ("ftp://a.example/", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("a.example/hook", "must begin with https://"),
        ("https://user:word@a.example/", "must not hold a user or a password"),
        ("https://user@a.example/", "must not hold a user or a password"),
        ("https://a.example/#part", "must not hold a # part"),
        ("https://a.example/#", "must not hold a # part"),
        ("https:///hook", "names no host"),
        ("https://:443/hook", "names no host"),
        ("https://a.example:22/", r"names port 22; allowed here: 443 \(MENTORING_WEBHOOKS_PORTS\)"),
        ("https://a.example:70000/", "host or port cannot be read"),
        ("https://[::1/", "host or port cannot be read"),
        ("https://a.example\\@b.example/", "must not hold a backslash"),
        ("https://a.example/ with space", "must be visible ASCII"),
        ("https://ä.example/", "must be visible ASCII"),
        ("https://a.example/\r\nHost: b", "must be visible ASCII"),
        ("https://a.example/" + "x" * 2000, "may have 2000 characters"),
    ],
)
def test_an_address_that_breaks_a_rule_is_refused_with_the_rule(url, why):
    with pytest.raises(Invalid, match=why) as refused:
        target_of(url, Rules())
    assert refused.value.field == "url"


def test_an_address_within_the_rules_is_taken_apart():
    assert target_of("https://a.example/hook?x=1", Rules()) == Target("https", "a.example", 443)
    assert target_of("https://[2606:4700::1]:443/", Rules()) == Target("https", "2606:4700::1", 443)
    assert target_of("http://a.example:81/", Rules(plain_http=True, ports=ANY_PORT)) == Target("http", "a.example", 81)
