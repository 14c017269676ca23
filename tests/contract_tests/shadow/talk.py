"""Talk: exchanges made by hand, as they would come from the gate, and what a shadow holds against them."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from contract_tests import contracts
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.routes import Routes
from contract_tests.shadow import Shadow

Json = Any
NOON = 1_771_000_000.0
CASTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "tofrom": {
        "owner": {"session_token": "dana", "email": "Dana@example.com", "api_key": "key", "workspace_id": "ws_1"},
        "stranger": {"session_token": "tom", "email": "tom@example.com", "api_key": "other", "workspace_id": "ws_2"},
    },
    "restlink": {"owner": {"account_id": 279, "main": 16, "api_keys": {"16": "key", "18": "second"}}},
    "bird": {
        "owner": {"access_key": "key", "organization_id": "6513270e-269e-4d37-b2a7-4de452e6b438"},
        "stranger": {"access_key": "other", "organization_id": "36f675cc-81e7-4ef5-a8e2-5d940ed90475"},
    },
    "timelines": {"owner": {"partner_id": "me"}, "stranger": {"partner_id": "them"}},
    "xpressbot": {
        "owner": {"api_key": "key", "channels": ["ch_1"]},
        "stranger": {"api_key": "other", "channels": ["ch_2"]},
    },
}


@cache
def spec(api: str) -> contracts.Spec:
    return contracts.load(api)


@cache
def routes(api: str) -> Routes:
    return Routes(spec(api))


class Talk:
    """One API's exchanges with a shadow. What it is told is what a client would be told."""

    def __init__(self, api: str, headers: Mapping[str, str], profile: str = "mock") -> None:
        self.api, self.headers = api, dict(headers)
        self.shadow = Shadow([api], CASTS, profile, {api: spec(api)})
        self.now = NOON
        self._numbers = itertools.count(1)

    def exchange(self, method: str, url: str, body: Json = None, **headers: str) -> Exchange:
        """A request, with no reply yet."""
        sent = list({**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}.items())
        said = b"" if body is None else json.dumps(body).encode()
        self.now += 0.01
        made = Exchange(next(self._numbers), self.api, method, url, sent, said, started=self.now)
        found = routes(self.api).find(method, made.path)
        assert found is not None, f"{method} {made.path} is in the contract"
        made.place, made.values, made.operation_id = str(found.place), found.values, found.operation["operationId"]
        return made

    def answer(self, exchange: Exchange, reply: Json, status: int = 200) -> list[str]:
        """Answer a request that has left; the names of the checks that object."""
        exchange.status, exchange.reply_headers = status, [("Content-Type", "application/json")]
        exchange.reply_body = b"" if reply is None else json.dumps(reply).encode()
        self.shadow.saw(exchange)
        return [objection.check for objection in exchange.objections]

    def say(self, method: str, url: str, reply: Json, body: Json = None, status: int = 200, **headers: str) -> list[str]:
        """One request and its reply; the names of the checks that object."""
        exchange = self.exchange(method, url, body, **headers)
        self.shadow.leaves(exchange)
        return self.answer(exchange, copy.deepcopy(reply), status)

    @contextmanager
    def under_way(self, method: str, url: str, reply: Json, body: Json = None, status: int = 200) -> Iterator[list[str]]:
        """A request that is under way while the block lasts."""
        exchange = self.exchange(method, url, body)
        self.shadow.leaves(exchange)
        checks: list[str] = []
        yield checks
        checks += self.answer(exchange, reply, status)

    def steer(self, method: str, path: str, body: Json = None, status: int = 204) -> None:
        """A request to the control plane."""
        said = b"" if body is None else json.dumps(body).encode()
        exchange = Exchange(next(self._numbers), None, method, path, [], said, started=self.now)
        self.shadow.steers(exchange)
        exchange.status = status
        self.shadow.steered(exchange)


def tofrom(profile: str = "mock") -> Talk:
    return Talk("tofrom", {"Authorization": "Bearer dana"}, profile)


def restlink() -> Talk:
    return Talk("restlink", {"X-API-Key": "key"})


MESSAGES = "/api/ui/workspaces/ws_1/messages"


def message(number: int, **changes: Json) -> Json:
    """The ``number``-th message of a workspace of tofrom."""
    return {
        "id": f"msg_{number}",
        "direction": "outbound",
        "to": f"+1415555{number:04}",
        "from": "+14153670142",
        "body": f"text {number}",
        "status": "delivered",
        "provider_sid": f"SM{number:032x}",
        "created_at": f"2026-02-13T12:{number:02}:00Z",
        **changes,
    }


def page(items: Sequence[Json], total: int | None = None, number: int = 1, limit: int = 50) -> Json:
    """A page of tofrom's."""
    count = len(items) if total is None else total
    pages = -(-count // limit)
    figures = {"currentPage": number, "totalPages": pages, "totalItems": count, "hasNext": number < pages}
    return {"data": list(items), "pagination": figures}


def newest(*numbers: int) -> list[Json]:
    return [message(number) for number in numbers]
