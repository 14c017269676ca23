"""The passage: what is known of one request on its way through the stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from mockserver.engine.faults.armed import Armed
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import DEFAULT, Claim, Sandbox, Transaction
from mockserver.exchange import Call, Request, Uploads
from mockserver.serving.pauses import Pauses

Scope = dict[str, Any]
KEY = "understudy.passage"


def _no_headers(_actor: Any, _refused: Refusal | None) -> Mapping[str, str]:
    return {}


def _whole(_scheme: str, presented: str) -> str:
    return presented


def _nobody(_part: Any, _actor: Any) -> bool:
    return False


def _unlimited(_operation: Mapping[str, Any], _now: datetime) -> Refusal:
    raise NotImplementedError("an API that names its rate limit can say so")


class Playground(Protocol):
    """A sandbox with what belongs to it."""

    @property
    def sandbox(self) -> Sandbox:
        """State, clock and seed."""

    @property
    def uploads(self) -> Uploads:
        """Files that callers sent."""

    @property
    def faults(self) -> Armed:
        """What goes wrong on purpose."""

    @property
    def journal(self) -> Any:
        """What was asked and answered."""

    @property
    def coverage(self) -> Any:
        """What was exercised."""

    @property
    def pauses(self) -> Pauses:
        """Those who wait in real time."""

    def cast(self, api: str) -> Mapping[str, Any]:
        """The actors of its world, by name."""

    def enter(self, abort: Callable[[], None] | None) -> None:
        """A request has come; ``abort`` breaks its connection."""

    def leave(self) -> None:
        """It was answered."""


class Playgrounds(Protocol):
    """Where sandboxes are found."""

    def claim(self, api: str, credential: str) -> Claim | None:
        """Whom a credential leads to."""

    def find(self, name: str) -> Playground | None:
        """The sandbox of a name."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an API brings to be served.

    ``operations``: whatever has a function for each operationId (a module, an object); ``refuse``: adds the moment's facts
    to the contract's words; ``schemes``: the rule of each security scheme; ``headers``: what every reply to an actor carries
    (None is a caller who was not identified); told the refusal, if it is one; ``claimed``: by scheme and credential the part
    of it that may be claimed by a sandbox; ``plays``: whether a caller has a part of the cast; ``rate_limit``: the refusal of who
    comes too often, ``limited`` makes it for an operation at an instant; ``disturbable``: whether faults and preferences may act.
    """

    operations: Any
    refuse: Callable[[Refusal, dict[str, Any]], dict[str, Any]]
    schemes: Mapping[str, Callable[[Call, str], Any]]
    headers: Callable[[Any, Refusal | None], Mapping[str, str]] = _no_headers
    claimed: Callable[[str, str], str] = _whole
    plays: Callable[[Any, Any], bool] = _nobody
    rate_limit: str | None = None
    limited: Callable[[Mapping[str, Any], datetime], Refusal] = _unlimited
    disturbable: bool = True

    def function(self, operation_id: str) -> Callable[..., Any]:
        """The function of an operation."""
        function: Callable[..., Any] = getattr(self.operations, operation_id)
        return function


@dataclass(slots=True)
class Passage:
    """One request: where it goes, what it carries, who sent it. Each step of the stack fills in what it finds out.

    ``root`` and ``mount``: the two parts of the API's URL without a sandbox; ``playgrounds``: where a credential may lead to,
    None if there is but one; ``chosen``: whether the request named its sandbox; ``abort``: breaks the connection, if the server
    can; ``credential``: scheme and value that count, once they are known; ``recognized``: who it would have been, where a rule
    came first; ``fault``: the ids of the rules that acted on it, ``faulted``: whether one of them decided, ``effect``: what that
    one did; ``refused``: what was raised on the way.
    """

    sandbox: Sandbox
    base_url: str
    uploads: Uploads
    playground: Playground | None = None
    playgrounds: Playgrounds | None = None
    chosen: bool = False
    root: str = ""
    mount: str = ""
    credential: tuple[str, str] | None = None
    stands_for: Mapping[str, str] = field(default_factory=dict)
    operation: Any = None
    request: Request = field(default_factory=lambda: Request("", "", {}, b""))
    oversize: bool = False
    scheme: str | None = None
    actor: Any = None
    recognized: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None
    faulted: bool = False
    effect: str | None = None
    refused: Exception | None = None
    abort: Callable[[], None] | None = None

    @property
    def home_url(self) -> str:
        """The API's root as it leads into this sandbox by itself."""
        return self.base_url if self.sandbox.name == DEFAULT else f"{self.root}/~{self.sandbox.name}{self.mount}"

    def move(self, playground: Playground) -> None:
        """Go on in another sandbox."""
        if self.playground is not None:
            self.playground.leave()
        playground.enter(self.abort)
        self.playground, self.sandbox, self.uploads = playground, playground.sandbox, playground.uploads

    def left(self) -> None:
        """The request was answered."""
        if self.playground is not None:
            self.playground.leave()

    def cast(self, api: str) -> Mapping[str, Any]:
        """The actors of the world that the request came to, by name."""
        return self.playground.cast(api) if self.playground else {}

    async def wait(self, seconds: float) -> None:
        """Wait so long in real time, or until nobody is to wait any more."""
        await (self.playground.pauses if self.playground else Pauses()).wait(seconds)

    async def wait_until_gone(self, receive: Any, seconds: float | None) -> None:
        """Wait until the client gives up, at most so long."""
        await (self.playground.pauses if self.playground else Pauses()).wait_until_gone(receive, seconds)

    def call(self, operation: Mapping[str, Any], tx: Transaction) -> Call:
        """What an operation's function is given."""
        return Call(
            operation,
            self.request,
            tx,
            self.base_url,
            self.uploads,
            self.scheme,
            self.actor,
            self.home_url,
            self.stands_for,
            self.root,
        )


def passage_of(scope: Scope) -> Passage:
    """The passage that the mount put into the ASGI scope."""
    found: Passage = scope[KEY]
    return found
