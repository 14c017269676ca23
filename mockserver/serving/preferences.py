"""Preferences: what a client would like to be answered (RFC 7240), for one request and without any trace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.serving import replies
from mockserver.serving.answering import answered
from mockserver.serving.contract import Operation
from mockserver.serving.documented import Documented
from mockserver.serving.multipart import discard_files
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of

#: In seconds: longer waits are not granted.
LONGEST_WAIT = 60.0
APPLIED, DECLINED = b"preference-applied", b"x-understudy-preference"

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEMBER = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"|")+')
_PREFERENCE = re.compile(rf'\s*({_WORD})\s*(?:=\s*({_WORD}|"(?:\\.|[^"\\])*")?)?\s*(?:;.*)?', re.DOTALL)
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_STATUS = re.compile(r"[1-5][0-9]{2}")
_ROOM = "samples"


def read(header: str) -> dict[str, str]:
    """The preferences of a header by their names in lower case; of two of one name the first counts, a malformed one is none."""
    found: dict[str, str] = {}
    for member in _MEMBER.findall(header):
        fitting = _PREFERENCE.fullmatch(member)
        if fitting is not None:
            value = fitting[2] or ""
            plain = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
            found.setdefault(fitting[1].lower(), plain)
    return found


@dataclass
class _Outcome:
    """What became of a request's preferences: ``reply`` in the place of the real one, or None."""

    wait: float = 0
    reply: replies.Checked | None = None
    applied: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        told = ((APPLIED, ", ".join(self.applied)), (DECLINED, "; ".join(self.declined)))
        return [(name, text.encode("latin-1")) for name, text in told if text]


class Preference:
    """Answers a right request as its client prefers; the operation is then not done."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._documented = Documented(operation)
        self._rooms = rooms
        self._next_app = next_app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Do what is preferred, or hand on."""
        header = passage_of(scope).request.headers.get("prefer")
        if header is None:
            await self._next_app(scope, receive, send)
        else:
            await self._prefer(read(header), scope, receive, send)

    async def _prefer(self, wishes: Mapping[str, str], scope: Scope, receive: Any, send: Any) -> None:
        passage = passage_of(scope)
        outcome = self._outcome(wishes, passage)
        if outcome.wait:
            await passage.wait(outcome.wait)
        send = _telling(send, outcome.headers)
        if outcome.reply is not None:
            if self._operation.streams:
                discard_files(passage.arguments["body"])
            await outcome.reply.beside(self._rooms.headers(passage.actor, None)).response()(scope, receive, send)
        else:
            await answered(self._operation, self._rooms, self._next_app, scope, receive, send)

    def _outcome(self, wishes: Mapping[str, str], passage: Passage) -> _Outcome:
        outcome = _Outcome()
        chosen = {name: wishes[name] for name in ("code", "example") if name in wishes}
        status = self._status(outcome, chosen.pop("code")) if "code" in chosen else None
        if "example" in chosen:
            self._apply_example(outcome, chosen["example"], status)
        if wishes.get("dynamic", "false").lower() in ("", "true"):
            self._apply_dynamic(outcome, status, passage)
        if status is not None and outcome.reply is None:
            self._apply_code(outcome, status)
        elif status is not None:
            outcome.applied.insert(0, f"code={status}")
        if "wait" in wishes:
            _apply_wait(outcome, wishes["wait"])
        return outcome

    def _status(self, outcome: _Outcome, wanted: str) -> int | None:
        known = sorted(self._operation.responses)
        if _STATUS.fullmatch(wanted) and int(wanted) in known:
            return int(wanted)
        outcome.declined.append(f"code: {self._operation.id} documents {', '.join(map(str, known))}")
        return None

    def _apply_example(self, outcome: _Outcome, name: str, status: int | None) -> None:
        answer = self._documented.find(status, name) if name else None
        if answer is None:
            named = [one.name for one in self._documented.answers if one.name and status in (None, one.status)]
            where = f"{self._operation.id} {status}" if status else self._operation.id
            outcome.declined.append(f"example: {where} has {', '.join(named) or 'none that is named'}")
        else:
            outcome.reply = self._documented.reply(answer)
            outcome.applied.append(f"example={name}")

    def _apply_dynamic(self, outcome: _Outcome, status: int | None, passage: Passage) -> None:
        wanted = status or self._operation.success
        if outcome.reply is not None:
            outcome.declined.append("dynamic: the example was preferred")
        elif not self._documented.has_json(wanted):
            outcome.declined.append(f"dynamic: {self._operation.id} {wanted} has no JSON body")
        else:
            try:
                outcome.reply = self._sample(wanted, passage)
                outcome.applied.append("dynamic=true")
            except LookupError:
                outcome.declined.append("dynamic: no body was found that the schema admits")

    def _sample(self, status: int, passage: Passage) -> replies.Checked:
        contract = self._operation.contract
        with passage.sandbox.transaction(_ROOM) as tx:
            number = tx.increment(f"{contract.name} {self._operation.id}")
        schema = self._operation.responses[status]["content"]["application/json"]["schema"]
        seed = f"{passage.sandbox.seed}/{contract.name}/{self._operation.id}/{status}/{number}"
        return replies.checked(self._operation, status, contract.samples.sample(schema, seed))

    def _apply_code(self, outcome: _Outcome, status: int) -> None:
        answer = self._documented.find(status)
        if answer is None:
            outcome.declined.append(f"code: {self._operation.id} {status} has no example")
        else:
            outcome.reply = self._documented.reply(answer)
            outcome.applied.insert(0, f"code={status}")


def _apply_wait(outcome: _Outcome, wanted: str) -> None:
    seconds = float(wanted) if _SECONDS.fullmatch(wanted) else -1.0
    if 0 <= seconds <= LONGEST_WAIT:
        outcome.wait = seconds
        outcome.applied.append(f"wait={str(seconds).removesuffix('.0')}")
    else:
        outcome.declined.append(f"wait: takes 0 to {LONGEST_WAIT:g} seconds")


def _telling(send: Any, headers: list[tuple[bytes, bytes]]) -> Any:
    async def tell(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return tell
