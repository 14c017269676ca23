"""Effects: what a fault can do to an operation, by the words of its contract, or beyond them if that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from mockserver.engine.faults.conditions import Rule
from mockserver.engine.faults.rules import EFFECTS
from mockserver.engine.refusals import Refusal
from mockserver.serving import replies
from mockserver.serving.contract import Contract, Operation
from mockserver.serving.documented import JSON, Answer, Documented
from mockserver.serving.passage import Rooms

#: In seconds: what Retry-After says where the rule does not.
_RETRY_AFTER = {"rate_limit": 1, "maintenance": 60}
_STATUS = {"rate_limit": 429, "maintenance": 503}

_OWN_BODY = "the words come from the contract; a body of your own needs `undocumented: true`"

Terms = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A reply that a fault puts in the place of the real one; ``undocumented``: what of it the contract does not name."""

    reply: replies.Checked
    undocumented: tuple[str, ...] = ()


class Effects:
    """What faults can do to one operation."""

    def __init__(self, operation: Operation, rooms: Rooms) -> None:
        self._operation = operation
        self._rooms = rooms
        self._documented = Documented(operation)

    def objection(self, rule: Rule) -> tuple[str, str] | None:
        """Why a rule cannot act on this operation: the property that is in the way, and the reason. None if it can."""
        if "body" in rule and not self._reads_json:
            return "body", f"{self._operation.id} takes no JSON body"
        if "actor" in rule and not self._operation.security:
            return "actor", f"{self._operation.id} asks nobody for a credential"
        effect = next(name for name in EFFECTS if name in rule)
        reason = self._unfit(effect, rule[effect])
        return None if reason is None else (effect, reason)

    @property
    def _reads_json(self) -> bool:
        body = self._operation.request_body
        return body is not None and JSON in body["content"]

    def _unfit(self, effect: str, terms: Terms) -> str | None:
        if effect == "error":
            return self._unfit_error(terms)
        if effect in _STATUS:
            return self._unfit_standstill(effect, terms)
        if effect in ("truncated", "malformed", "content_type") and not self._documented.has_json(self._operation.success):
            return f"{self._operation.id} answers no JSON"
        if effect == "latency" and "uniform" in terms and terms["uniform"]["lower"] > terms["uniform"]["upper"]:
            return "the upper bound must not be below the lower one"
        if effect == "duplicate" and self._operation.streams:
            return f"{self._operation.id} takes a file, which is read but once"
        return None

    def _unfit_error(self, terms: Terms) -> str | None:
        if terms.get("undocumented"):
            return None if "status" in terms and "refusal" not in terms else "an undocumented error is named by its status alone"
        if "body" in terms:
            return _OWN_BODY
        return None if self._error(terms) else f"{self._operation.id} documents {self._errors()}"

    def _unfit_standstill(self, effect: str, terms: Terms) -> str | None:
        if terms.get("undocumented"):
            return None
        if "body" in terms:
            return _OWN_BODY
        answer = self._standstill(effect)
        if answer is None:
            why = "no rate limit" if effect == "rate_limit" else "no 503"
            return f"{self._operation.id} documents {why}; it needs `undocumented: true`"
        if "retry_after" in terms and not self._has_header(answer.status, "Retry-After"):
            return f"the {answer.status} of {self._operation.id} has no Retry-After; it needs `undocumented: true`"
        return None

    def _errors(self) -> str:
        return ", ".join(f"{one.status} {one.name}".rstrip() for one in self._documented.errors)

    def _error(self, terms: Terms) -> Answer | None:
        found = self._documented.find(terms.get("status"), terms.get("refusal"))
        return found if found and found.status >= 400 else None

    def _standstill(self, effect: str) -> Answer | None:
        if effect == "maintenance":
            return self._documented.find(_STATUS[effect])
        return self._documented.find(name=self._rooms.rate_limit) if self._rooms.rate_limit else None

    def _has_header(self, status: int, name: str) -> bool:
        return name in self._operation.responses.get(status, {}).get("headers", {})

    def error(self, terms: Terms, actor: Any, now: datetime) -> Told:
        """The error that was asked for."""
        if terms.get("undocumented"):
            return self._undocumented(terms["status"], terms.get("body"))
        answer = self._error(terms)
        assert answer is not None, "a rule acts on what it covers"
        return Told(self._in_words(answer, actor, now))

    def standstill(self, effect: str, terms: Terms, actor: Any, now: datetime) -> Told:
        """Too many requests, or maintenance."""
        answer = None if "body" in terms else self._standstill(effect)
        told = Told(self._in_words(answer, actor, now)) if answer else self._undocumented(_STATUS[effect], terms.get("body"))
        known = self._has_header(told.reply.status, "Retry-After")
        if not known and not terms.get("undocumented"):
            return told
        pause = {"Retry-After": str(terms.get("retry_after", _RETRY_AFTER[effect]))}
        return Told(told.reply.beside(pause), told.undocumented if known else (*told.undocumented, "Retry-After"))

    def _undocumented(self, status: int, body: Any) -> Told:
        said = (b"", None) if body is None else (orjson.dumps(body), JSON)
        beyond = () if status in self._operation.responses else (f"status {status}",)
        return Told(replies.Checked(status, said[0], {}, said[1]), beyond or ("body",))

    def _in_words(self, answer: Answer, actor: Any, now: datetime) -> replies.Checked:
        if answer.name and answer.name == self._rooms.rate_limit:
            # Its headers tell when the caller may come again.
            refused: Refusal = self._rooms.limited(self._operation.raw, now)
            said = replies.refusal(self._operation.contract, self._operation, self._rooms, refused)
            return said.beside(self._rooms.headers(actor, refused))
        return self._documented.reply(answer).beside(self._rooms.headers(actor, None))


class FaultReach:
    """Which operations of a run a rule can act on, and why not on the others."""

    def __init__(self, contracts: Mapping[str, Contract], rooms: Mapping[str, Rooms]) -> None:
        self._contracts = contracts
        self._rooms = rooms

    def covers(self, rule: Rule, api: str, operation: str) -> bool:
        """Whether a rule can act on an operation."""
        return (
            rule.get("api", api) == api
            and rule.get("operation", operation) == operation
            and self.objection(rule, api, operation) is None
        )

    def objection(self, rule: Rule, api: str, operation: str) -> tuple[str, str] | None:
        """Why a rule cannot act on an operation: the property that is in the way, and the reason. None if it can."""
        return Effects(self._contracts[api].operations[operation], self._rooms[api]).objection(rule)

    def meant(self, rule: Rule) -> list[tuple[str, str]]:
        """The operations (API, operationId) that a rule names, or leaves open."""
        apis = [rule["api"]] if "api" in rule else list(self._contracts)
        named = [(api, operation) for api in apis for operation in self._contracts[api].operations]
        return [(api, operation) for api, operation in named if rule.get("operation") in (None, operation)]
