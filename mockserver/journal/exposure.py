"""Exposure: what an entry holds, read from its bytes, with every secret found by the place in which it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from mockserver.engine.refusals import BodyMalformed
from mockserver.journal.entry import Entry, Form, Headers, Kept
from mockserver.journal.places import Places, places_of
from mockserver.journal.secrecy import authorization_secrets, credential_hashed, hashed, parts_of, without_authorization
from mockserver.serving.media_types import MediaType
from mockserver.serving.validation import parse_json

_FORM = "application/x-www-form-urlencoded"


def secrets_in(entry: Entry) -> Iterator[str]:
    """Every text in an entry that is a secret by the place in which it stands, as it stands there."""
    places = places_of(entry.contract)
    yield from entry.stands_for
    yield from entry.stands_for.values()
    for headers in (entry.headers, entry.reply_headers):
        for raw_name, raw_value in headers:
            yield from _of_header(places, raw_name.decode("latin-1"), raw_value.decode("latin-1"))
    for name, value in query_of(entry):
        if places.is_secret(name):
            yield value
    yield from _of_body(places, entry.body, entry.header(b"content-type"))
    yield from _of_body(places, entry.reply, entry.header(b"content-type", of_reply=True))


def _of_header(places: Places, name: str, value: str) -> Iterator[str]:
    if places.is_authorization(name):
        yield from parts_of(value)
    elif places.is_cookie(name):
        yield from (part.partition("=")[2].strip() for part in value.split(";"))
    elif places.is_secret(name):
        yield from parts_of(value)


def _of_body(places: Places, body: Kept | Form | None, media_type: str) -> Iterator[str]:
    if isinstance(body, Form):
        yield from (value for name, value in body.fields.items() if places.is_secret(name))
    elif body is not None and body.data:
        value = json_of(body, media_type)
        if value is not None:
            yield from _of_json(places, value)
        else:
            yield from _of_text(places, text_of(body) or "")


def _of_text(places: Places, text: str) -> Iterator[str]:
    yield from (_bare(found[2] or found[4]) for found in places.in_text.finditer(text))
    yield from (value for name, value in parse_qsl(text) if places.is_secret(name))
    yield from authorization_secrets(text)


def _of_json(places: Places, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            if places.is_secret(name) and isinstance(child, str):
                yield child
            yield from _of_json(places, child)
    elif isinstance(value, list):
        for child in value:
            yield from _of_json(places, child)


def query_of(entry: Entry) -> list[tuple[str, str]]:
    """Names and values of the query string, in their order."""
    return parse_qsl(entry.query.decode("latin-1"), keep_blank_values=True, errors="replace")


def text_of(body: Kept) -> str | None:
    """The body as text; None for what is none."""
    try:
        return body.data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Where it was cut, a character may have been cut in two.
        return body.data[: error.start].decode("utf-8") if body.digest and error.start > len(body.data) - 4 else None


def json_of(body: Kept, media_type: str) -> Any:
    """The JSON value of the body; None for what is not to be read as JSON, cannot be, or is null."""
    if body.digest or (media_type and "json" not in media_type.lower()):
        return None
    try:
        return parse_json(body.data)
    except BodyMalformed:
        return None


class Exposed:
    """An entry's parts as they may be shown, before what is known to be secret is taken out wherever else it stands."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._places = places_of(entry.contract)

    def query(self) -> dict[str, list[str]]:
        """Every value of each name."""
        told: dict[str, list[str]] = {}
        for name, value in query_of(self._entry):
            told.setdefault(name, []).append(hashed(value) if self._places.is_secret(name) and value else value)
        return told

    def headers(self, headers: Headers) -> dict[str, str]:
        """By lower-case name; a repeated one is joined by a comma."""
        told: dict[str, str] = {}
        for raw_name, raw_value in headers:
            name = raw_name.decode("latin-1").lower()
            value = self._header(name, raw_value.decode("latin-1"))
            told[name] = f"{told[name]}, {value}" if name in told else value
        return told

    def _header(self, name: str, value: str) -> str:
        if self._places.is_authorization(name):
            return credential_hashed(value)
        if self._places.is_cookie(name):
            return "; ".join(_cookie(part) for part in value.split(";"))
        if self._places.is_secret(name) and value:
            return credential_hashed(value)
        return without_authorization(value)

    def request_body(self) -> dict[str, Any] | None:
        """What the client sent, as far as somebody read it."""
        entry = self._entry
        if entry.body is None:
            return {"kind": "unread", "length": entry.announced} if entry.announced else None
        return self._body(entry.body, entry.header(b"content-type"), max(entry.announced, getattr(entry.body, "length", 0)))

    def reply_body(self) -> dict[str, Any] | None:
        """What it got."""
        return self._body(self._entry.reply, self._entry.header(b"content-type", of_reply=True), self._entry.reply.length)

    def _body(self, body: Kept | Form, media_type: str, length: int) -> dict[str, Any] | None:
        if isinstance(body, Form):
            files = [
                {"name": one.name, "filename": one.filename, "media_type": one.media_type, "length": one.length}
                for one in body.files
            ]
            return {"kind": "form", "length": length, "fields": self._fields(body.fields), "files": files}
        if not length:
            return None
        cut = {"digest": f"sha256:{body.digest}"} if body.digest else {}
        parsed = MediaType.parse(media_type)
        essence = parsed.essence if parsed else ""
        value = json_of(body, essence)
        if value is not None or body.data == b"null":
            return {"kind": "json", "length": length, "value": self._json(value)}
        text = text_of(body) if body.data and (not essence or _is_text(essence)) else None
        if text is None:
            whole = {"digest": f"sha256:{sha256(body.data).hexdigest()}"} if body.data and not cut else cut
            return {"kind": "bytes", "length": length, "media_type": essence, **whole}
        if essence == _FORM and not body.digest:
            return {"kind": "form", "length": length, "fields": self._fields(dict(parse_qsl(text))), "files": []}
        return {"kind": "text", "length": length, "text": self._text(text), **cut}

    def _fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: hashed(value) if self._places.is_secret(name) and value else value for name, value in fields.items()}

    def _json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._member(name, child) for name, child in value.items()}
        return [self._json(child) for child in value] if isinstance(value, list) else value

    def _member(self, name: str, value: Any) -> Any:
        if value is None or isinstance(value, bool) or not self._places.is_secret(name):
            return self._json(value)
        return hashed(value if isinstance(value, str) else json.dumps(value))

    def _text(self, text: str) -> str:
        """Text that nobody could read, without what stands beside the names of secrets."""

        def masked(found: Any) -> str:
            name, secret = (found[1], found[2]) if found[1] else (found[3], found[4])
            quote = secret[0] if secret[0] in "\"'" else ""
            return f"{name}{quote}{hashed(_bare(secret))}{quote}"

        return without_authorization(self._places.in_text.sub(masked, text))


def _cookie(part: str) -> str:
    name, equals, value = part.partition("=")
    return f"{name}={hashed(value.strip())}" if equals and value else part


def _bare(quoted: str) -> str:
    """The secret itself, out of its quotes."""
    undone: Callable[[str], Any] = json.loads
    try:
        value = undone(quoted)
    except ValueError:
        return quoted.strip("\"'")
    return value if isinstance(value, str) else quoted


def _is_text(essence: str) -> bool:
    return essence.startswith("text/") or essence.endswith(("json", "xml", "yaml", "javascript", "graphql")) or essence == _FORM
