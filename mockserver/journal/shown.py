"""Shown: entries as JSON, with nothing in them that is secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mockserver.engine.clock import rfc3339
from mockserver.journal.entry import Entry
from mockserver.journal.exposure import Exposed
from mockserver.journal.journal import Journal
from mockserver.journal.secrecy import bare_credential, hashed
from mockserver.journal.verdicts import preferences, reasons, verdict

#: By API and actor: the name of the actor in the cast, None for somebody else.
Names = Callable[[str, Any], str | None]


class Shown:
    """Shows the entries of one journal."""

    def __init__(self, journal: Journal, names: Names, told: Iterable[str] = ()) -> None:
        """``told``: what is secret beside all that stood in the place of a secret in any entry."""
        self._names = names
        self.secrets = journal.secrets
        self.secrets.tell(told)

    def entry(self, entry: Entry) -> dict[str, Any]:
        """All of it."""
        exposed = Exposed(entry)
        raw = entry.contract.raw if entry.contract else {}
        told = {
            **self.head(entry),
            "credential": hashed(bare_credential(entry.presented)) if entry.presented else None,
            "request": {
                "method": entry.method,
                "path": entry.path,
                "query": exposed.query(),
                "headers": exposed.headers(entry.headers),
                "body": exposed.request_body(),
            },
            "reply": None
            if entry.status is None
            else {
                "status": entry.status,
                "headers": exposed.headers(entry.reply_headers),
                "body": exposed.reply_body(),
            },
            "reasons": [reason.told(raw) for reason in reasons(entry)],
        }
        shown: dict[str, Any] = self.secrets.from_all(told)
        for part in (shown["request"]["body"], (shown["reply"] or {}).get("body")):
            if part and part.get("digest") and "text" in part:
                part["text"] = self.secrets.without(part["text"], cut=True)
        return shown

    def head(self, entry: Entry) -> dict[str, Any]:
        """What can be told without reading its bytes."""
        api = entry.contract.name if entry.contract else None
        return {
            "number": entry.number,
            "sandbox": entry.sandbox,
            "received_at": rfc3339(entry.received),
            "answered_at": rfc3339(entry.answered),
            "took_ms": round(entry.took * 1000, 3),
            "api": api,
            "operation": entry.operation.id if entry.operation else None,
            "actor": self.actor(entry),
            "scheme": entry.scheme,
            "verdict": verdict(entry),
            "refusal": entry.refused.name if entry.refused and not entry.refused.is_bug else None,
            "fault": entry.faults[-1] if entry.faults else None,
            "faults": list(entry.faults),
            "effect": entry.effect,
            "preferences": preferences(entry),
        }

    def headers(self, entry: Entry) -> dict[str, str]:
        """Those of the request alone."""
        headers: dict[str, str] = self.secrets.from_all(Exposed(entry).headers(entry.headers))
        return headers

    def body(self, entry: Entry) -> dict[str, Any]:
        """That of the request alone; empty for none."""
        body: dict[str, Any] = self.secrets.from_all(Exposed(entry).request_body() or {})
        return body

    def actor(self, entry: Entry) -> str | None:
        """Who it was, by the cast."""
        return self._names(entry.contract.name, entry.actor) if entry.contract and entry.actor is not None else None
