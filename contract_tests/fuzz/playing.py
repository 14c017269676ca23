"""Playing: a sequence sent through the gate, each step as soon as the replies that it needs are there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import requests
import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.core import NOT_SET

from contract_tests.deployment import CONTROL, Deployment
from contract_tests.fuzz.budget import SPENT, WORKER
from contract_tests.fuzz.people import People
from contract_tests.fuzz.sequence import NoSuchValue, Sequence, Step, at
from contract_tests.fuzz.surface import Surface
from contract_tests.fuzz.validity import Request, wire_text
from contract_tests.gate.proxy import BROKEN, EXCHANGE, OBJECTIONS, REFUSED

#: Headers that the client itself writes.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", WORKER.lower()})


class BudgetSpent(Exception):
    """The gate lets no more through in this run."""


@dataclass
class Reply:
    """``number``: at the gate; ``refused``: why the gate did not send it; ``broken``: why no whole reply came; ``objections``: of
    the gate's rules, as (check, message, statements); ``document``: the JSON body, None if it is none.
    """

    number: int
    status: int = 0
    body: bytes = b""
    document: Any = None
    refused: str | None = None
    broken: str | None = None
    objections: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    response: Any = None

    @property
    def served(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Played:
    """One step as it was sent. ``replies``: none if it could not be sent, two if it was sent twice at once; ``request``: with all
    marks resolved; ``case``: in Schemathesis' words.
    """

    step: Step
    request: Request = field(default_factory=Request)
    replies: list[Reply] = field(default_factory=list)
    case: Any = None

    @property
    def reply(self) -> Reply | None:
        """The one that later steps refer to: of twins the same one in every run, whichever came first."""
        return min(self.replies, key=lambda reply: (not reply.served, reply.body), default=None)


class Player:
    """Sends sequences of one API. ``worker``: its number at the gate."""

    def __init__(self, deployment: Deployment, surface: Surface, people: People, worker: int = 0) -> None:
        self._deployment, self._surface, self._people = deployment, surface, people
        self._base_url = deployment.base_url(people.api)
        # Schemathesis empties a session's headers while it sends, so no two threads may share one.
        self._session, self._twins_session = _session(worker), _session(worker)
        schema = schemathesis.openapi.from_dict(surface.spec)
        schema.config.update(base_url=self._base_url)
        results: Any = schema.get_all_operations()
        found = [each.ok() for each in results]
        self._operations = {each.definition.raw["operationId"]: each for each in found}
        self.sent = 0
        self._twins = ThreadPoolExecutor(1, thread_name_prefix="twin")

    @property
    def resets(self) -> bool:
        """Whether every sequence starts from the opening state."""
        return self._deployment.resets

    def reset(self) -> None:
        """Back to the opening state, where the control plane is open."""
        if self.resets:
            token = {"Authorization": f"Bearer {self._deployment.control_token}"}
            self._session.post(f"{self._deployment.root}{CONTROL}/reset", headers=token, timeout=60).raise_for_status()

    def play(self, sequence: Sequence, tell: Callable[[Played], None] = lambda played: None) -> list[Played]:
        """Every step that could be sent, and what came back. BudgetSpent if the gate closes meanwhile."""
        done: list[Played] = []
        for step in sequence.steps:
            played = self._prepared(step, done)
            if played.case is not None:
                self._send(played)
            done.append(played)
            tell(played)
        return done

    def _prepared(self, step: Step, done: list[Played]) -> Played:
        if step.operation not in self._operations:
            return Played(step)
        try:
            resolved = step.changed(lambda mark: self._value(mark, step, done))
        except NoSuchValue:
            return Played(step)
        operation = self._operations[step.operation]
        request = Request(
            _segments(resolved.path), _query(resolved.query), _headers(resolved.headers), resolved.body, resolved.media
        )
        if not _complete(operation.path, request.path):
            return Played(step)
        return Played(step, request, case=self._case(operation, step, request))

    def _value(self, mark: Mapping[str, Any], step: Step, done: list[Played]) -> Any:
        if "base64" in mark:
            return base64.b64decode(mark["base64"])
        if "of" in mark:
            return self._people.value(mark, step.actor)
        reply = done[mark["from"]].reply if mark["from"] < len(done) else None
        if reply is None or reply.refused is not None:
            raise NoSuchValue(mark["pointer"])
        return at(reply.document, mark["pointer"])

    def _case(self, operation: Any, step: Step, request: Request) -> Any:
        """What Schemathesis sends and judges by. The credential is in it, so it is for nobody's eyes."""
        query, headers, body = dict(request.query), dict(request.headers), request.body
        if step.actor is not None and step.scheme is not None and step.actor in self._people.having(step.scheme):
            where, name, secret = self._people.present(step.actor, step.scheme)
            if where == "body" and isinstance(body, dict):
                body = {**body, name: secret}
            elif where == "query":
                query[name] = secret
            else:
                headers[name] = secret
        path = {name: _segment(value) for name, value in request.path.items()}
        return operation.Case(
            method=operation.method.upper(),
            path_parameters=path,
            headers=CaseInsensitiveDict(headers),
            query=query,
            body=body if request.media is not None else NOT_SET,
            media_type=request.media,
        )

    def _send(self, played: Played) -> None:
        if played.step.twice:
            again = self._case(played.case.operation, played.step, played.request)
            twin = self._twins.submit(self._reply_to, again, self._twins_session)
            played.replies = [self._reply_to(played.case, self._session), twin.result()]
        else:
            played.replies = [self._reply_to(played.case, self._session)]
        self.sent += sum(reply.refused is None for reply in played.replies)
        if any(reply.refused == SPENT for reply in played.replies):
            raise BudgetSpent

    def _reply_to(self, case: Any, session: requests.Session) -> Reply:
        response = case.call(session=session, timeout=70, allow_redirects=False)
        said = {name.lower(): values[0] for name, values in response.headers.items()}
        number = int(said.get(EXCHANGE.lower(), 0))
        if REFUSED.lower() in said:
            return Reply(number, refused=unquote(said[REFUSED.lower()]))
        if BROKEN.lower() in said:
            return Reply(number, broken=unquote(said[BROKEN.lower()]))
        held = json.loads(unquote(said.get(OBJECTIONS.lower(), "[]")))
        objections = [(check, message, tuple(statements)) for check, message, statements in held]
        body = bytes(response.content or b"")
        return Reply(number, response.status_code, body, _json(body), objections=objections, response=response)


def _session(worker: int) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.headers[WORKER] = str(worker)
    return made


def _complete(template: str, path: Mapping[str, Any]) -> bool:
    return all("{" + name + "}" not in template or value for name, value in path.items()) and all(
        part.strip("{}") in path for part in template.split("/") if part.startswith("{")
    )


def _segments(container: Mapping[str, Any]) -> dict[str, str]:
    """Values that are one segment of a path. An encoded slash is one to some servers and proxies and to others not."""
    found = ((name, wire_text(value)) for name, value in container.items())
    return {name: text for name, text in found if text and "/" not in text and "\\" not in text}


def _query(container: Mapping[str, Any]) -> dict[str, Any]:
    read = {
        name: [wire_text(each) for each in value] if isinstance(value, list) else wire_text(value)
        for name, value in container.items()
    }
    return {
        name: value for name, value in read.items() if value is not None and (not isinstance(value, list) or None not in value)
    }


def _headers(container: Mapping[str, Any]) -> dict[str, str]:
    """Those that every client and proxy carries as they are: printable ASCII, no spaces around."""
    found = {name: wire_text(value) for name, value in container.items() if name.lower() not in _OURS}
    return {
        name: text
        for name, text in found.items()
        if text is not None and text.isascii() and text.isprintable() and text == text.strip() and _is_token(name)
    }


def _is_token(name: str) -> bool:
    return bool(name) and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in name)


def _segment(value: str) -> str:
    # Dots alone would be taken for steps through the path and vanish on the way.
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
