"""The journal told to people: entries as the control plane gives them, as text. Needs nothing of the mock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Entry = Mapping[str, Any]

#: Of one body, in lines of text: whoever wants more reads the entry.
_LONGEST = 40
#: Of a path in a table, in characters.
_WIDEST = 60


def table(entries: Iterable[Entry]) -> str:
    """One line for each entry: number, time, what was asked, what was answered, by whom, and the verdict."""
    rows = [_HEADS, *(_row(entry) for entry in entries)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


_HEADS = ("#", "time", "status", "ms", "actor", "operation", "request", "verdict")


def _row(entry: Entry) -> tuple[str, ...]:
    operation = ".".join(filter(None, [entry["api"], entry["operation"]])) or "-"
    path = entry["request"]["path"]
    # The end of a path says more than its beginning.
    request = f"{entry['request']['method']} {path if len(path) <= _WIDEST else '…' + path[-_WIDEST:]}"
    time, took = entry["received_at"][11:23], f"{entry['took_ms']:.1f}"
    return str(entry["number"]), time, _status(entry), took, entry["actor"] or "-", operation, request, _verdict(entry)


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
