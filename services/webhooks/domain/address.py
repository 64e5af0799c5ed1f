"""Which addresses may be connected to: public ones, and those that the settings allow by name.

A receiver's address is somebody else's words. Without this rule it could name our database, the cloud's metadata
service or a printer, and we would carry the request there from inside the network.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""What has been given out as public so far; everything else of IPv6 has some special meaning."""
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # special purposes; parts of it count as global, none of it is a receiver
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # Azure's host: a public address that only its own machines can reach
            "2001::/23",  # Teredo, ORCHID and other special purposes
            "2001:db8::/32",
            "3fff::/20",  # documentation
        ),
    )
)


def may_be_reached(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether this address is public, or lies in one of the allowed networks; whatever is no address is neither."""
    try:
        address = inner(ip_address(text))
    except ValueError:
        return False
    return any(address in network for network in allowed) or _is_public(address)


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps: mapped, translated by NAT64, or tunnelled by 6to4."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NEVER)
