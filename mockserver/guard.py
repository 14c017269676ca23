"""The guard of the control plane: it answers only to names that are the mock's own.

A page of the web can make its own name lead to this machine (DNS rebinding); the Host field of its requests still tells that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from mockserver.engine.refusals import Refusal

#: RFC 9110, 7.2: ``uri-host [ ":" port ]``. Whatever name leads to the mock, the port is another question.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]*)?")
NAME = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*|[A-Za-z0-9._-]+")


class HostNotAllowed(Refusal):
    """The request was sent to a name that is none of the mock's."""


class Guard:
    """Knows the mock's names: those of the loopback interface, the address that a request arrived at, and the ``allowed`` ones."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = {_plain(name) for name in allowed}

    def check(self, scope: Mapping[str, Any]) -> None:
        """HostNotAllowed for a request to another name, to none, or to two at once."""
        fields = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        read = _HOST.fullmatch(fields[0]) if len(fields) == 1 else None
        if read is None or not self._is_own(_plain(read[1]), scope):
            raise HostNotAllowed

    def _is_own(self, name: str, scope: Mapping[str, Any]) -> bool:
        arrived_at = (scope.get("server") or ("",))[0]
        return name in self._allowed or name == _plain(arrived_at) or _is_loopback(name)


def _plain(name: str) -> str:
    """One spelling for each name or address."""
    name = name.strip("[]").lower().removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)


def _is_loopback(name: str) -> bool:
    # RFC 6761, 6.3: no resolver leads a name below localhost anywhere else.
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
