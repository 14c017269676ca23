"""Post: one webhook over HTTP, to an address that may be called, found once and kept to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

#: Of a receiver's answer no more is read, in bytes: only its status counts.
LONGEST_ANSWER = 65_536


class TargetForbidden(Exception):
    """The address may not be called; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: the receiver's status, or why there is none."""

    http_status: int | None = None
    error: str | None = None


class Post:
    """Sends to loopback addresses of this machine, and to the hosts that were allowed by name.

    A host's address is resolved once and pinned, so that a name cannot lead elsewhere later. No redirect is followed, no proxy
    of the surroundings is used, and every request has a connection of its own.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._pinned: dict[str, str] = {}
        self._opened: httpx.AsyncClient | None = None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """POST ``body``; ``timeout`` seconds are for all of it. TargetForbidden if the address may not be called."""
        import httpx  # noqa: PLC0415  (most runs send no webhook)

        try:
            async with asyncio.timeout(timeout):
                target, host = await self._target(url)
                request = self._client().build_request(
                    "POST", target, content=body, headers={"Host": host.netloc, **headers}, extensions={"sni_hostname": host.name}
                )
                return await self._exchange(request)
        except TimeoutError:
            return Answer(error=f"no answer within {timeout:g} s")
        except httpx.ConnectError:
            return Answer(error="the connection was refused")
        except (httpx.HTTPError, OSError, ValueError) as error:
            return Answer(error=f"the exchange failed: {type(error).__name__}")

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._client().send(request, stream=True)
        try:
            read = 0
            async for piece in response.aiter_raw():
                read += len(piece)
                if read > LONGEST_ANSWER:
                    break
        finally:
            await response.aclose()
        return Answer(http_status=response.status_code)

    def _client(self) -> httpx.AsyncClient:
        import httpx  # noqa: PLC0415

        if self._opened is None:
            # A connection that waits for the next request may be closed by the receiver in the very moment of its use, which
            # would look like a failure of the receiver.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._opened = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=600, limits=limits)
            self._opened.headers.clear()
        return self._opened

    async def _target(self, url: str) -> tuple[str, _Host]:
        """The URL with the host's address in place of its name, and what the receiver is to be told."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetForbidden("the address is no http or https URL")
        address = self._pinned.get(parts.hostname) or await self._resolve(parts.hostname)
        self._pinned[parts.hostname] = address
        shown = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        target = parts._replace(netloc=shown + port, fragment="").geturl()
        return target, _Host(parts.hostname, parts.netloc.rpartition("@")[2])

    async def _resolve(self, name: str) -> str:
        found = [str(entry[4][0]) for entry in await self._addresses(name)]
        # Receivers on this machine listen on 127.0.0.1 more often than on ::1.
        found.sort(key=lambda address: ":" in address)
        if name not in self._allowed:
            found = [address for address in found if ipaddress.ip_address(address.partition("%")[0]).is_loopback]
        if not found:
            raise TargetForbidden(
                "only loopback addresses of this machine are called; allow a host by name with serve --allow-target HOST"
            )
        return found[0]

    async def _addresses(self, name: str) -> list[tuple[Any, ...]]:
        # What may not be called is not even looked up, and most of it by names that exist nowhere.
        if not _may_be_local(name) and name not in self._allowed:
            return []
        try:
            return list(await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM))
        except socket.gaierror:
            return []

    async def close(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None


@dataclass(frozen=True, slots=True)
class _Host:
    name: str
    netloc: str


def _may_be_local(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
