"""The journal told to people: entries as the control plane gives them, as text. Needs nothing of the mock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

Entry = Mapping[str, Any]

#: Of one body, in lines of text: whoever wants more reads the entry.
_LONGEST = 40


def table(entries: Iterable[Entry]) -> str:
    """One line for each entry: number, time, what was asked, what was answered, by whom, and the verdict."""
    from rich.console import Console  # noqa: PLC0415  (only people want tables)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    out = StringIO()
    columns = Table(box=None)
    for name in ("#", "time", "api", "operation", "actor", "request", "status", "ms", "verdict"):
        columns.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if name == "request" else None)
    for entry in entries:
        request = f"{entry['request']['method']} {entry['request']['path']}"
        cells = [entry["number"], entry["received_at"][11:23], entry["api"] or "-", entry["operation"] or "-"]
        cells += [entry["actor"] or "-", request, _status(entry), f"{entry['took_ms']:.1f}", _verdict(entry)]
        # What a client sent is no markup.
        columns.add_row(*(Text(str(cell)) for cell in cells))
    Console(file=out, width=200).print(columns)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def told(entries: Iterable[Entry]) -> str:
    """Every entry in full, in the order given: request, reply, verdict and its reason, as plain text."""
    return "\n\n".join(_entry(entry) for entry in entries)


def explained(explanation: Mapping[str, Any]) -> str:
    """Why an entry was answered so, as ``GET /journal/{entry_id}/explain`` gives it: a sentence a line, then the curl line."""
    lines = [f"{entry['number']}. {_headline(entry)}" for entry in [explanation["entry"]]]
    lines += [f"  - {sentence}" for sentence in explanation["sentences"]]
    return "\n".join([*lines, "", "again:", explanation["curl"]])


def _entry(entry: Entry) -> str:
    lines = [f"#{entry['number']} {_headline(entry)}", f"   verdict: {_verdict(entry)}"]
    lines += [f"   {reason['place']}: {reason['reason']}{_at(reason)}" for reason in entry["reasons"]]
    lines += ["   request", *_message(entry["request"]), "   reply", *_message(entry["reply"] or {})]
    return "\n".join(lines)


def _headline(entry: Entry) -> str:
    request = entry["request"]
    query = "&".join(f"{name}={value}" for name, values in request["query"].items() for value in values)
    who = " ".join(filter(None, [entry["api"], entry["operation"], entry["actor"] and f"by {entry['actor']}"]))
    asked = f"{request['method']} {request['path']}{'?' if query else ''}{query}"
    return f"{asked} -> {_status(entry)} in {entry['took_ms']:.1f} ms ({who or 'no operation'}, {entry['received_at']})"


def _status(entry: Entry) -> str:
    return str(entry["reply"]["status"]) if entry["reply"] else "none"


def _verdict(entry: Entry) -> str:
    names = [entry["verdict"].replace("_", " "), entry["refusal"], entry["fault"] and f"rule {entry['fault']}"]
    return ", ".join(name for name in names if name)


def _at(reason: Mapping[str, Any]) -> str:
    return f" ({reason['pointer']})" if reason["pointer"] else ""


def _message(message: Mapping[str, Any]) -> list[str]:
    headers = [f"     {name}: {value}" for name, value in message.get("headers", {}).items()]
    body = _body(message.get("body"))
    more = [f"… {len(body) - _LONGEST} more lines"] if len(body) > _LONGEST else []
    return [*headers, *(f"     {line}" for line in [*body[:_LONGEST], *more])]


def _body(body: Mapping[str, Any] | None) -> list[str]:
    if body is None:
        return []
    if body["kind"] == "json":
        return json.dumps(body["value"], indent=2, ensure_ascii=False).splitlines()
    if body["kind"] == "form":
        files = [f"{one['name']}: file {one['filename']!r}, {one['media_type']}, {one['length']} bytes" for one in body["files"]]
        return [*(f"{name}: {value}" for name, value in body["fields"].items()), *files]
    cut = f"({body['length']} bytes in all, {body['digest']})" if body.get("digest") else f"({body['length']} bytes)"
    return [*body.get("text", "").splitlines(), cut]
