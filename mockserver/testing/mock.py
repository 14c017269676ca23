"""The mock in a test's hand: one sandbox of a running server, with its actors, journal, clock, faults and webhooks."""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self, Unpack

from mockserver.client import ControlClient
from mockserver.data import MOUNTS
from mockserver.settings import CONTROL_TOKEN, control_token_from_environment
from mockserver.testing import faults, process
from mockserver.testing.apis import Bird, Restlink, Timelines, Tofrom, Xpressbot
from mockserver.testing.faults import Fault
from mockserver.testing.journal import Entry, Journal, Sent, Wanted
from mockserver.testing.lengths import seconds_of
from mockserver.testing.process import Running, ServerFailed, Wish
from mockserver.testing.server import DEFAULT, HOW_TO_SERVE, Server, instant
from mockserver.testing.webhooks import Webhooks

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

#: Entries of the journal that are read at once.
_PAGE = 1000
#: In seconds: the control plane lets nobody wait longer at once.
_LONGEST_WAIT = 60.0


class Understudy:
    """One sandbox of a running mock. As a context manager it is gone at the end of the block.

    ``name``: the sandbox's; ``control``: the client of the control plane in this sandbox, for all that has no word here.
    """

    def __init__(self, server: Server, name: str, opened: Mapping[str, Any] | None = None) -> None:
        """``opened``: what the control plane told of it when it was made."""
        self.server = server
        self.name = name
        self.control: ControlClient = server.within(name)
        self.webhooks = Webhooks(self.control)
        self.journal = Journal(self._entries)
        #: What was asked of ``sent`` last, for the story of a test that fails.
        self.asked: Sent | None = None
        self._opened = opened

    @cached_property
    def restlink(self) -> Restlink:
        """The SMS gateway."""
        return Restlink(self)

    @cached_property
    def tofrom(self) -> Tofrom:
        """The messaging platform."""
        return Tofrom(self)

    @cached_property
    def xpressbot(self) -> Xpressbot:
        """The WhatsApp workspace."""
        return Xpressbot(self)

    @cached_property
    def bird(self) -> Bird:
        """The channels."""
        return Bird(self)

    @cached_property
    def timelines(self) -> Timelines:
        """The partner API."""
        return Timelines(self)

    def cast(self, api: str) -> Mapping[str, Any]:
        """An API's ``base_url`` and its actors as plain values. LookupError if the API is not served."""
        opened = self._opened
        if opened is None:
            opened = self._opened = self.control.call("GET", f"/sandboxes/{self.name}")
        if api not in opened["credentials"]:
            raise LookupError(f"{api} is not served here, only {', '.join(opened['credentials'])}. {HOW_TO_SERVE}")
        return {**opened["credentials"][api], "base_url": opened["base_urls"][api]}

    def environment(self) -> dict[str, str]:
        """For the environment of a child process: every base URL and credential, and where the control plane is.

        Named as ``understudy credentials --format env`` names them: ``BIRD_BASE_URL``, ``BIRD_OWNER_ACCESS_KEY``, …
        """
        from mockserver.credentials import variables  # noqa: PLC0415  (few tests start other programs)

        told = variables({api: dict(self.cast(api)) for api in self.server.ready["apis"]})
        return {**told, "UNDERSTUDY_URL": self.server.url, "UNDERSTUDY_SANDBOX": self.name, CONTROL_TOKEN: self.server.token}

    @property
    def now(self) -> datetime:
        """What time it is in the sandbox, in UTC."""
        return datetime.fromisoformat(self.control.call("GET", "/clock")["now"])

    def advance(self, length: float | timedelta | str | None = None, *, seconds: float | None = None) -> datetime:
        """Let time pass: seconds, a timedelta, or a text such as ``2h30m``. All that falls due on the way happens."""
        amount = seconds_of(length) if length is not None else seconds
        if amount is None or (length is not None and seconds is not None):
            raise ValueError('Say how long, once: advance("90s"), advance(seconds=90) or advance(timedelta(minutes=1.5)).')
        return self._moved(self.control.call("POST", "/clock/advance", {"seconds": amount}))

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Hold the clock still, now or at an instant. Text is RFC 3339: ``2026-02-13T12:00:00Z``."""
        return self._moved(self.control.call("PUT", "/clock", {"mode": "frozen", **instant(at)}))

    def unfreeze(self, at: datetime | str | None = None) -> datetime:
        """Let the clock run: in step with real time, or on from an instant."""
        return self._moved(self.control.call("PUT", "/clock", {"mode": "running", **instant(at)}))

    def _moved(self, clock: Mapping[str, Any]) -> datetime:
        # Tokens may be out of time now: the next actor that is asked for has fresh ones.
        self._opened = None
        return datetime.fromisoformat(clock["now"])

    def reset(self, now: datetime | str | None = None) -> None:
        """Back to the opening state, without faults and with an empty journal; ``now``: as it is then, the clock standing."""
        self.control.call("POST", "/reset", instant(now))
        self._opened = None

    def sent(self, *, within: float = 0, **wish: Unpack[Wanted]) -> Sent:
        """The requests that fit, in their order; true if there are any.

        ``body``, ``reply``, ``query``, ``headers``: what they must contain, they may say more; ``path``: whole, or its end;
        ``within``: seconds of real time to wait for the first, for a client that sends when it likes. LookupError for an API, an
        operation or an actor that is not there.
        """
        return self._look(wish, bool, within)

    def assert_sent(self, *, count: int | None = None, within: float = 0, **wish: Unpack[Wanted]) -> Sent:
        """Those that fit, as ``sent`` finds them. AssertionError with the story unless there are any, or ``count``."""

        def is_enough(found: Sent) -> bool:
            return bool(found) if count is None else len(found) == count

        found = self._look(wish, is_enough, within)
        if not is_enough(found):
            raise AssertionError(f"wanted {'any' if count is None else count}, and there are {found}")
        return found

    def _look(self, wish: Wanted, is_enough: Callable[[Sent], bool], within: float) -> Sent:
        until = time.monotonic() + within
        looked = False
        while True:
            entries = self._entries()
            self.asked = found = Sent(wish, entries)
            if not found and not looked:
                self._check(wish)
            looked = True
            left = until - time.monotonic()
            if is_enough(found) or left <= 0:
                return found
            since = entries[-1].number if entries else 0
            self.control.call("POST", "/journal/wait", {"since": since, "count": 1, "timeout": min(left, _LONGEST_WAIT)})

    def _check(self, wish: Wanted) -> None:
        """LookupError for an API, an operation or an actor that is not there: that nothing was sent would be no answer."""
        api, operation, actor = wish.get("api"), wish.get("operation"), wish.get("actor")
        if not any(isinstance(named, str) for named in (api, operation, actor)):
            return
        apis = [api] if isinstance(api, str) else list(self.server.ready["apis"])
        casts = [self.cast(name) for name in apis]
        if isinstance(operation, str):
            told = self.control.call("GET", "/coverage", params={"api": apis})["apis"]
            known = list(dict.fromkeys(one["operation"] for covered in told for one in covered["operations"]))
            if operation not in known:
                near = difflib.get_close_matches(operation, known, 3)
                hint = f"the nearest: {', '.join(near)}" if near else f"there are {', '.join(known)}"
                raise LookupError(f"{f'{api} has no' if api else 'no API here has the'} operation {operation!r}; {hint}.")
        cast = dict.fromkeys(name for one in casts for name in one if name != "base_url")
        if isinstance(actor, str) and actor not in cast:
            raise LookupError(f"The world has no actor {actor!r} here; it has {', '.join(cast)}.")

    def _entries(self) -> list[Entry]:
        told: list[Entry] = []
        while True:
            page = self.control.call("GET", "/journal", params={"limit": _PAGE, "offset": len(told)})
            told += map(Entry, page["entries"])
            if not page["entries"] or len(told) >= page["total"]:
                return told

    def receive(self, api: str, text: str = "Hello", **told: Any) -> Mapping[str, Any]:
        """Let somebody outside write to an actor of bird, tofrom or xpressbot. ``told``: as the ``receive`` of that API takes it.

        ValueError for the other APIs, with what can happen from outside there.
        """
        if api in ("bird", "tofrom", "xpressbot"):
            receive = getattr(self, api).receive
            answer: Mapping[str, Any] = receive(text, **told)
            return answer
        instead = {"restlink": "restlink.visit(message_id)", "timelines": "timelines.use() and .connect()"}
        if api in instead:
            raise ValueError(f"Nobody writes to {api}; what happens from outside there is understudy.{instead[api]}.")
        raise ValueError(f"There is no API {api!r}; there are {', '.join(MOUNTS)}.")

    def decide(self, api: str, message_id: str, outcome: str) -> None:
        """Lead a message that is on its way to another end: delivered, undelivered, rejected, expired, slow or never."""
        self.control.call("PUT", "/messages/outcome", {"api": api, "message_id": message_id, "outcome": outcome})

    def fault(
        self,
        *,
        api: str | None = None,
        operation: str | None = None,
        actor: str | None = None,
        header: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        next: int | None = None,
        nth: int | None = None,
        every: int | None = None,
        share: float | None = None,
        status: int | None = None,
        refusal: str | None = None,
        undocumented: bool = False,
        **effect: Any,
    ) -> Fault:
        """Let calls go wrong until the block ends, until it is disarmed, or so many times (``next``).

        ``status``, ``refusal``: the error that is answered, ``undocumented`` if the contract may know nothing of it for the
        operation. ``header``: ``{"name": …, "value": …}``, ``body``: ``{"at": "to.0", "equals": …}``. ``effect``: another one
        in the place of an error, ``latency=2``, ``hang``, ``reset``, ``truncated``, ``malformed``, ``content_type``,
        ``duplicate``, ``rate_limit``, ``maintenance``: True, or its properties as ``specs/control.yaml`` has them.
        """
        conditions: dict[str, Any] = {"api": api, "operation": operation, "actor": actor, "header": header, "body": body}
        conditions |= {"next": next, "nth": nth, "every": every, "share": share}
        rule = faults.rule(conditions, status, refusal, undocumented, effect)
        return Fault(self.control, self.control.call("POST", "/faults", rule))

    def faults(self) -> list[Fault]:
        """All that were armed, those that have nothing left to do, too."""
        return [Fault(self.control, raw) for raw in self.control.call("GET", "/faults")["faults"]]

    def close(self) -> None:
        """Drop the sandbox."""
        if self.name != DEFAULT:
            self.server.drop(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<sandbox {self.name} of {self.server!r}>"


@contextlib.contextmanager
def understudy(
    apis: Sequence[str] = (), *, world: str | Path = "default", seed: int = 0, options: Sequence[str] = ()
) -> Iterator[Understudy]:
    """A mock of its own for the time of a block: a process on a free port of the loopback interface.

    ``apis``: none named are all; ``world``: a name or a folder; ``options``: of ``understudy serve``. ServerFailed says why it
    did not start.
    """
    with tempfile.TemporaryDirectory(prefix="understudy-", ignore_cleanup_errors=True) as folder:
        token = secrets.token_urlsafe(18)
        running = process.start(Wish(tuple(apis), process.settled(world), seed, options), Path(folder), token, os.getpid())
        try:
            with Server(running) as server:
                yield Understudy(server, DEFAULT)
        finally:
            process.end(Path(folder), token)


@contextlib.contextmanager
def connect(url: str, token: str | None = None, *, sandbox: str | None = None, world: str | None = None) -> Iterator[Understudy]:
    """A new sandbox of a mock that runs, dropped at the end of the block.

    ``token``: its control token, None for the one in the environment (``UNDERSTUDY_CONTROL_TOKEN``).
    """
    with serving(url, token) as server, server.sandbox(sandbox, world=world) as mock:
        yield mock


def serving(url: str, token: str | None = None) -> Server:
    """A mock that runs already. ServerFailed without a token."""
    known = token or control_token_from_environment()
    if not known:
        raise ServerFailed(
            f"Set {CONTROL_TOKEN} to the control token of the mock at {url}: `understudy serve` prints it, or takes it from there"
        )
    return Server(Running(url.rstrip("/"), known))
