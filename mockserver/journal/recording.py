"""Recording: one request on its way through the app, written down when its reply leaves. Nothing is read or copied here."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import orjson

from mockserver.engine.refusals import RequestMalformed
from mockserver.engine.sandbox import Sandbox
from mockserver.exchange import UploadedFile
from mockserver.journal.entry import BODY_BOUND, Entry, File, Form, Kept, No, packed
from mockserver.journal.journal import Journal
from mockserver.serving.contract import Contract
from mockserver.serving.passage import Passage, Scope

logger = logging.getLogger("understudy")

_NOTHING = Kept()
_NO_FRAME = ("", "")
_SUBPROTOCOL, _FORBIDDEN = 101, 403


class Recording:
    """Stands between the app and the server while one request is answered; ``contract``: of the API that its path led to.

    The entry is written before the last byte leaves, so that whoever has the reply finds it.
    """

    __slots__ = (
        "_began", "_contract", "_entered", "_headers", "_last_frame", "_length", "_passage", "_reply", "_scope", "_send",
        "_status",
    )  # fmt: skip

    def __init__(self, scope: Scope, passage: Passage, contract: Contract | None, send: Any) -> None:
        self._scope, self._passage, self._contract, self._send = scope, passage, contract, send
        self._status: int | None = None
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._reply = _NOTHING
        self._length = 0
        self._entered = False
        self._last_frame = _NO_FRAME
        self._began = perf_counter()

    async def send(self, message: Any) -> None:
        """Hand on, and take note."""
        kind = message["type"]
        if kind in ("http.response.body", "websocket.http.response.body"):
            self._note_body(message.get("body", b""), more=message.get("more_body", False))
        elif kind in ("http.response.start", "websocket.http.response.start"):
            self._status, self._headers = message["status"], message.get("headers", ())
        elif kind == "websocket.send":
            self._note_frame(message["text"])
        elif not self._entered and kind in ("websocket.accept", "websocket.close"):
            self._status = _SUBPROTOCOL if kind == "websocket.accept" else _FORBIDDEN
            self.close()
        await self._send(message)

    def _note_body(self, piece: bytes, *, more: bool) -> None:
        if self._scope.get("method") == "HEAD":
            # The server sends none.
            piece = b""
        if not more and not self._length:
            # A copy: what orjson makes holds on to all the memory that it wrote in.
            self._reply = Kept.of(bytes(memoryview(piece))) if piece else _NOTHING
        self._length += len(piece)
        if not more:
            self.close()

    def _note_frame(self, text: str) -> None:
        # One text is sent to many clients.
        if text is not self._last_frame[0]:
            self._last_frame = (text, orjson.loads(text)["type"])
        if self._contract is not None and self._passage.playground is not None:
            self._passage.playground.coverage.told(self._contract.name, self._last_frame[1])

    def close(self) -> None:
        """Write it down, once: what has no reply by now gets none."""
        if self._entered:
            return
        self._entered = True
        playground, operation = self._passage.playground, self._passage.operation
        if playground is None or (operation is None and self._status is not None and self._status < 400):
            # The contract itself, Swagger UI, the start page.
            return
        try:
            playground.journal.add(self._entry())
        except Exception:
            logger.exception("a request could not be written down: a bug of the mock")
        if operation is not None and self._status is not None:
            playground.coverage.answered(operation.contract.name, operation.id, self._status)

    def _entry(self) -> Entry:
        scope, passage = self._scope, self._passage
        took = perf_counter() - self._began
        clock = passage.sandbox.clock
        scheme, credential = passage.credential or (None, None)
        return Entry(
            sandbox=passage.sandbox.name,
            answered=clock.now(),
            frozen=clock.is_frozen,
            took=took,
            method=scope.get("method", "GET"),
            path=scope["path"],
            query=scope["query_string"],
            head=packed(scope["headers"]),
            body=_body(passage),
            mount=scope.get("root_path", ""),
            chosen=passage.chosen,
            contract=self._contract,
            operation=passage.operation,
            scheme=scheme,
            credential=credential,
            stands_for=passage.stands_for,
            actor=passage.recognized if passage.actor is None else passage.actor,
            status=self._status,
            reply_head=packed(self._headers),
            reply=self._reply if self._reply.length == self._length else Kept(length=self._length),
            refused=No.of(passage.refused) if passage.refused is not None else None,
            faults=passage.fault.split(", ") if passage.fault else (),
            effect=passage.effect,
        )


def _body(passage: Passage) -> Kept | Form | None:
    """What came of the body; None if nobody read it."""
    operation, request = passage.operation, passage.request
    if operation is None:
        return None
    if operation.streams:
        form = passage.arguments.get("body")
        return _form(form) if isinstance(form, dict) else None
    return Kept.of(request.body) if request.body else _NOTHING


def _form(form: Mapping[str, Any]) -> Form:
    files = [
        File(name, value.filename, value.media_type, value.size)
        for name, value in form.items()
        if isinstance(value, UploadedFile)
    ]
    # Longer fields are refused by most forms; here they are cut, that an entry stays within its bound.
    return Form({name: value[:BODY_BOUND] for name, value in form.items() if isinstance(value, str)}, files)


def write_unreadable(journal: Journal, sandbox: Sandbox, contract: Contract | None, mount: str, path: str, reply: bytes) -> None:
    """Note a request of which the server could read no more than (perhaps) its path, and which it refused by itself."""
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    entry = Entry(
        sandbox=sandbox.name, answered=sandbox.clock.now(), frozen=True, took=0.0, method="?", path=path, mount=mount,
        contract=contract, status=400, reply_head=packed(headers), reply=Kept.of(reply),
        refused=No("RequestMalformed", RequestMalformed),
    )  # fmt: skip
    journal.add(entry)
