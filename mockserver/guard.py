"""The guard of the control plane: it answers only to names that are the mock's own.

A page of the web can make its own name lead to this machine (DNS rebinding); the Host field of its requests still has that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from mockserver.engine.refusals import Refusal

#: RFC 9110, 7.2: ``uri-host [ ":" port ]``. Whatever name leads to the mock, the port is another question.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]*)?")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")


class HostNotAllowed(Refusal):
    """The request was sent to a name that is none of the mock's."""


class Guard:
    """Knows the mock's names: those of the loopback interface, the address that a request came to, and what was ``allowed``."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = {_plain(name) for name in allowed}

    def check(self, scope: Mapping[str, Any]) -> None:
        """HostNotAllowed for a request to another name, to none, or to two at once."""
        fields = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        read = _HOST.fullmatch(fields[0]) if len(fields) == 1 else None
        if read is None or not is_name(read[1].strip("[]")) or not self._is_own(_plain(read[1]), scope):
            raise HostNotAllowed

    def _is_own(self, name: str, scope: Mapping[str, Any]) -> bool:
        arrived_at = (scope.get("server") or ("",))[0]
        return name in self._allowed or name == _plain(arrived_at) or _is_loopback(name)


def is_name(text: str) -> bool:
    """Whether a text is the name or the address of a host, without brackets or port."""
    return _NAME.fullmatch(text) is not None or _address(text) is not None


def _plain(name: str) -> str:
    """One spelling for each name or address."""
    name = name.strip("[]").lower().removesuffix(".")
    return str(_address(name) or name)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _is_loopback(name: str) -> bool:
    # RFC 6761, 6.3: no resolver leads a name below localhost anywhere else.
    address = _address(name)
    return name == "localhost" or name.endswith(".localhost") or (address is not None and address.is_loopback)
