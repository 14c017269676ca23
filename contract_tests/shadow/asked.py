"""Asked: one request as the shadow reads it: who asks, and what for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.gate.exchange import Exchange


@dataclass(frozen=True)
class Caller:
    """Who asks. ``credential``: as it was sent, empty for nobody; ``facts``: what is known of it, by the table's own names."""

    credential: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Asked:
    """``body``: the JSON object of the request, empty if there is none; ``query``: the last value of each parameter, and
    ``repeated`` all of them; ``begun``: the shadow's tick when it left.
    """

    def __init__(self, exchange: Exchange, begun: int = 0) -> None:
        self.exchange, self.begun, self.caller = exchange, begun, Caller()

    @property
    def values(self) -> Mapping[str, str]:
        return self.exchange.values

    @cached_property
    def repeated(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        if "?" in self.exchange.url:
            for name, value in parse_qsl(self.exchange.query, keep_blank_values=True, errors="replace"):
                found.setdefault(name.removesuffix("[]"), []).append(value)
        return found

    @cached_property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self.repeated.items()}

    @cached_property
    def body(self) -> dict[str, Any]:
        try:
            read = json.loads(self.exchange.body) if self.exchange.body else None
        except (ValueError, RecursionError):
            read = None
        return read if isinstance(read, dict) else {}

    def given(self, name: str) -> Any:
        """A parameter wherever it stands: in the path, the JSON body or the query; None if nowhere."""
        if name in self.exchange.values:
            return self.exchange.values[name]
        return self.body[name] if name in self.body else self.query.get(name)

    @property
    def parameters(self) -> dict[str, Any]:
        """All that was given beside the path."""
        return {**self.query, **self.body}
