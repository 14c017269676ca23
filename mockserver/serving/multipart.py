"""Multipart: a form with files, read in pieces and written to disk, never held in memory (RFC 7578)."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockserver.engine.refusals import BodyMalformed, BodyTooLarge, Issue
from mockserver.exchange import UploadedFile, Uploads
from mockserver.serving.media_types import MediaType
from mockserver.serving.schemas import Schema, Schemas

# The parser warns of every broken form; here a broken form is an answer, not an event.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

_MAX_FIELD_BYTES = 64 * 1024
_MAX_FIELDS = 100


class _Reader:
    """Collects the parts of one form: plain fields as text, fields of the contract's ``format: binary`` as files."""

    def __init__(self, limits: dict[str, int], folder: str) -> None:
        self.fields: dict[str, Any] = {}
        self._limits = limits
        self._folder = folder
        self._headers: dict[bytes, bytes] = {}
        self._header: list[bytes] = [b"", b""]
        self._name = ""
        self._text = bytearray()
        self._file: IO[bytes] | None = None
        self._size = 0

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._grow(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._grow(1, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self._write(data[start:end]),
            "on_part_end": self._close,
        }

    def _begin(self) -> None:
        self._headers, self._header, self._size = {}, [b"", b""], 0
        self._text = bytearray()
        if len(self.fields) >= _MAX_FIELDS:
            raise BodyTooLarge

    def _grow(self, which: int, piece: bytes) -> None:
        self._header[which] += piece
        if len(self._header[which]) > _MAX_FIELD_BYTES:
            raise BodyTooLarge

    def _end_header(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._filename = options.get(b"filename", b"").decode("utf-8", "replace")
        if not self._name or self._name in self.fields:
            raise _malformed("has a part without a name of its own")
        if self._name in self._limits:
            self._file = tempfile.NamedTemporaryFile(dir=self._folder, delete=False)  # noqa: SIM115  (closed in _close)
            media_type = self._headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
            self.fields[self._name] = UploadedFile(self._file.name, 0, media_type, self._filename)

    def _write(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limits.get(self._name, _MAX_FIELD_BYTES):
            raise BodyTooLarge
        if self._file:
            self._file.write(piece)
        else:
            self._text += piece

    def _close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
            kept = self.fields[self._name]
            self.fields[self._name] = UploadedFile(kept.path, self._size, kept.media_type, kept.filename)
        else:
            self.fields[self._name] = self._decoded()

    def _decoded(self) -> str:
        try:
            return self._text.decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed("has a field that is not UTF-8") from None

    def discard(self) -> None:
        """Throw away what was written of a form that will not be used."""
        if self._file:
            self._file.close()
        discard_files(self.fields)


def discard_files(fields: dict[str, Any]) -> None:
    """Delete the files of a form that nobody kept."""
    for value in fields.values():
        if isinstance(value, UploadedFile):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(value.path)


def _malformed(reason: str) -> BodyMalformed:
    return BodyMalformed(issues=[Issue((), "type", reason)])


async def read_form(receive: Any, media_type: MediaType, schema: Schema, schemas: Schemas, uploads: Uploads) -> dict[str, Any]:
    """The form's fields: text as str, files as UploadedFile. BodyTooLarge as soon as a file outgrows its ``x-max-bytes``."""
    properties = schemas.resolve(schema).get("properties", {})
    limits = {name: rule.get("x-max-bytes", 0) for name, rule in properties.items() if rule.get("format") == "binary"}
    reader = _Reader(limits, uploads.folder)
    try:
        await _feed(receive, media_type, reader)
    except BaseException:
        reader.discard()
        raise
    return reader.fields


async def _feed(receive: Any, media_type: MediaType, reader: _Reader) -> None:
    if not media_type.boundary:
        raise _malformed("names no boundary")
    ended = []
    try:
        callbacks: Any = {**reader.callbacks(), "on_end": lambda: ended.append(True)}
        parser = MultipartParser(media_type.boundary, callbacks)
        more = True
        while more:
            message = await receive()
            parser.write(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        parser.finalize()
    except FormParserError:
        raise _malformed("is not a valid multipart form") from None
    if not ended:
        raise _malformed("ends before its closing boundary")
