"""Toys: a contract of a few operations, a target that answers raw bytes, and a sender of raw bytes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.proxy import Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Terms

CLOSE = b"Connection: close\r\n"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def operation(name: str, effect: str | None = None, **more: Any) -> dict[str, Any]:
    """One operation of a contract."""
    said = {"operationId": name, "responses": {"200": {"description": "Fine"}}, **more}
    return said if effect is None else {**said, "x-side-effect": effect}


def body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A request body of JSON."""
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def spec(paths: Mapping[str, Mapping[str, Any]], **components: Any) -> dict[str, Any]:
    """A contract."""
    return {"openapi": "3.0.3", "info": {"title": "Toy", "version": "1"}, "paths": paths, "components": components}


def exchange(
    terms: Terms, method: str, url: str, said: Any = None, *, number: int = 1, headers: Headers | None = None
) -> Exchange:
    """A request as the gate shows it to its rules. ``said``: its body, as bytes or as what becomes JSON."""
    raw = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
    made = Exchange(number, terms.api, method, url, headers or [], raw)
    found = Routes(terms.spec).find(method, made.path)
    if found is not None:
        made.place, made.values, made.operation_id = str(found.place), found.values, found.operation["operationId"]
    return made


def answered(made: Exchange, status: int, said: Any = None, headers: Headers | None = None) -> Exchange:
    """The same with a reply."""
    made.status, made.reply_headers = status, headers or []
    made.reply_body = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
    return made


class Target:
    """Answers each connection with the same bytes, after whatever came for a moment; ``got``: what that was. ``early``: answers
    when it has read the headers alone.
    """

    def __init__(self, answer: bytes = FINE, *, early: bool = False) -> None:
        self.answer, self.early, self.got = answer, early, list[bytes]()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._answer, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            came = b""
            connection.settimeout(2)
            while b"\r\n\r\n" not in came and (part := connection.recv(65536)):
                came += part
            connection.settimeout(0.03)
            try:
                while not self.early and (part := connection.recv(65536)):
                    came += part
            except TimeoutError:
                pass
            self.got.append(came)
            connection.sendall(self.answer)
            if self.early:
                # As servers do: a reset at once would take the reply with it.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 20):
                    pass

    def close(self) -> None:
        # Closing alone does not wake who accepts.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def standing(answer: bytes = FINE, rules: Sequence[Rule] = (), *, early: bool = False) -> Iterator[tuple[Gate, str, Target]]:
    """A gate before a raw target: the gate, its URL, the target. The API ``toy`` is at ``/toy``, at the target at ``/base``."""
    target = Target(answer, early=early)
    gate = Gate([Mount("toy", "/toy", f"{target.url}/base", None)], rules, seconds=5)
    try:
        with gate.open() as url:
            yield gate, url, target
    finally:
        target.close()


def ask(url: str, raw: bytes) -> bytes:
    """What comes back for raw bytes, until the connection ends."""
    host, _, port = url.removeprefix("http://").partition(":")
    came = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw)
        while part := connection.recv(65536):
            came += part
    return came


def request(start: str, *lines: str, said: bytes = b"") -> bytes:
    """A request whose connection ends with it."""
    head = "\r\n".join([f"{start} HTTP/1.1", *lines, "Connection: close", "", ""])
    return head.encode("latin-1") + said
