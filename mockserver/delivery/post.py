"""Post: one webhook over HTTP, to an address that may be called, found once and kept to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import h11

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

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """POST ``body``; ``timeout`` seconds are for all of it. TargetForbidden if the address may not be called."""
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(_parts(url), body, headers)
        except TimeoutError:
            return Answer(error=f"no answer within {timeout:g} s")
        except ConnectionRefusedError:
            return Answer(error="the connection was refused")
        except (h11.ProtocolError, OSError, ValueError) as error:
            return Answer(error=f"the exchange failed: {type(error).__name__}")

    async def _exchange(self, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
        assert url.hostname is not None, "an address names a host"
        address = self._pinned.get(url.hostname) or await self._resolve(url.hostname)
        self._pinned[url.hostname] = address
        secure = ssl.create_default_context() if url.scheme == "https" else None
        port, name = url.port or (443 if secure else 80), url.hostname if secure else None
        reader, writer = await asyncio.open_connection(address, port, ssl=secure, server_hostname=name)
        try:
            return Answer(http_status=await _spoken(reader, writer, url, body, headers))
        finally:
            writer.close()

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


def _parts(url: str) -> SplitResult:
    """The parts of an address that can be called at all, whoever it belongs to. TargetForbidden."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise TargetForbidden("the address is no http or https URL")


async def _spoken(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: SplitResult, body: bytes, headers: Mapping[str, str]
) -> int:
    """One request and its answer on a connection of their own; gives the status."""
    speech = h11.Connection(h11.CLIENT)
    target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    fields = {"Host": url.netloc.rpartition("@")[2], **headers, "Content-Length": str(len(body)), "Connection": "close"}
    for event in (h11.Request(method="POST", target=target, headers=list(fields.items())), h11.Data(body), h11.EndOfMessage()):
        writer.write(speech.send(event) or b"")
    await writer.drain()
    status, read = 0, 0
    while read <= LONGEST_ANSWER:
        answer = speech.next_event()
        if answer is h11.NEED_DATA:
            speech.receive_data(await reader.read(LONGEST_ANSWER))
        elif isinstance(answer, h11.Response):
            status = answer.status_code
        elif isinstance(answer, h11.Data):
            read += len(answer.data)
        elif answer is h11.PAUSED or isinstance(answer, h11.EndOfMessage | h11.ConnectionClosed):
            break
    return status


def _may_be_local(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
