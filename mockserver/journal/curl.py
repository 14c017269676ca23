"""Curl: a line for the shell that sends a request once more, its secrets left as variables that are named by their hashes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

_HASH = re.compile(r"sha256:([0-9a-f]{8})(?![0-9a-f])")
_SECRET, _END = "'\"${SECRET_", "}\"'"
#: What curl sets by itself, or what belongs to the connection.
_OWN = {"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding", "expect"}


def curl(entry: Mapping[str, Any]) -> str:
    """The line for an entry as it is shown. What is not remembered of its body is a file that the caller has to name."""
    request = entry["request"]
    host = request["headers"].get("host", "127.0.0.1:4010")
    words = [f"-X {request['method']}"] if request["method"] not in ("GET", "?") else []
    body = request["body"]
    form = bool(body) and body["kind"] == "form"
    hidden = _OWN | ({"content-type"} if form else set())
    words += [f"-H {_quoted(f'{name}: {value}')}" for name, value in request["headers"].items() if name not in hidden]
    words += _body(body, request["headers"].get("content-type", ""))
    query = [f"{_escaped(name)}={_escaped(value)}" for name, values in request["query"].items() for value in values]
    url = f"http://{host}{_escaped(request['path'], '/~:')}{'?' if query else ''}{'&'.join(query)}"
    return " ".join(["curl", *words, _quoted(url)])


def _body(body: Mapping[str, Any] | None, media_type: str) -> Iterator[str]:
    if body is None:
        return
    if body["kind"] == "json":
        yield f"--data-binary {_quoted(json.dumps(body['value'], ensure_ascii=False, separators=(',', ':')))}"
    elif body["kind"] == "text" and "digest" not in body:
        yield f"--data-binary {_quoted(body['text'])}"
    elif body["kind"] == "form":
        option = "--data-urlencode" if "urlencoded" in media_type.lower() else "--form-string"
        yield from (f"{option} {_quoted(f'{name}={value}')}" for name, value in body["fields"].items())
        yield from (f"-F {_quoted(_file(one))}" for one in body["files"])
    else:
        yield f"--data-binary @BODY_OF_{body['length']}_BYTES"


def _file(one: Mapping[str, Any]) -> str:
    return f"{one['name']}=@FILE_OF_{one['length']}_BYTES;type={one['media_type']};filename={one['filename']}"


def _escaped(text: str, safe: str = "") -> str:
    """For a URL, the places of secrets left as they are."""
    parts = _HASH.split(text)
    return "".join(f"sha256:{part}" if place % 2 else quote(part, safe=safe) for place, part in enumerate(parts))


def _quoted(text: str) -> str:
    """For a shell, with variables where secrets stood."""
    parts = [part.replace("'", "'\"'\"'") for part in _HASH.split(text)]
    return f"'{''.join(f'{_SECRET}{part}{_END}' if place % 2 else part for place, part in enumerate(parts))}'"
