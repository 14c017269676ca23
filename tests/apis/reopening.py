"""Reopening: one API of a mock in this process, asked without sockets, written to a folder and opened from there again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from mockserver import apis, worlds
from mockserver.app import create_app
from mockserver.data import MOUNTS, load_spec
from mockserver.engine import outbox
from mockserver.engine.clock import Clock
from mockserver.engine.ladder import Ladder
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.settings import Settings
from mockserver.worlds import Fixture

#: What a deed may come to that is well formed.
_REFUSED = (
    "message_not_under_way", "message_not_found", "workspace_unknown", "delivery_unknown", "quota_exceeded", "qr_link_missing",
    "phone_number_connected", "user_unknown",
)  # fmt: skip
#: What lasts no longer than a moment.
_FLEETING = ("rate", "signature")
#: What was asked, and what came back.
Answers = dict[str, tuple[int, bytes]]


class House:
    """Nothing happens in it but what it is asked for: without a lifespan no time passes by itself."""

    def __init__(self, api: str, world: str = "default", **settings: Any) -> None:
        self.api, self.world = api, world
        self.app = create_app(Settings(apis=(api,), world=world, control_token="token", **settings))
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://mock.test")

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request of the API."""
        return self._runner.run(self._client.request(method, MOUNTS[self.api] + path, **more))

    def do(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A deed of the control plane, well done or refused."""
        headers = {"Authorization": "Bearer token"}
        done = self._runner.run(self._client.request(method, f"/_understudy{path}", json=body, headers=headers))
        assert done.is_success or done.json()["error"] in _REFUSED, done.text
        return done

    def stand(self, now: str) -> None:
        """Let the clock stand still at an instant."""
        self.do("PUT", "/clock", {"mode": "frozen", "now": now})

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.do("POST", "/clock/advance", {"seconds": seconds})

    def cast(self) -> dict[str, dict[str, Any]]:
        """Everybody's credentials, tokens minted by the clock."""
        return self.app.sandboxes.cast(self.app.sandboxes.default)[self.api]

    def files(self) -> dict[str, str]:
        """What it is exported as."""
        return self.app.sandboxes.export(self.app.sandboxes.default)

    def write(self, folder: Path) -> str:
        """Export it to a folder; its name."""
        folder.mkdir()
        for name, text in self.files().items():
            (folder / name).write_text(text, "utf-8")
        return str(folder)

    def close(self) -> None:
        """End it."""
        self._runner.run(self._client.aclose())
        self._runner.run(self.app.courier.close())
        self.app.close()
        self._runner.close()


@contextmanager
def house(api: str, world: str = "default", **settings: Any) -> Iterator[House]:
    """A house for as long as it takes."""
    built = House(api, world, **settings)
    try:
        yield built
    finally:
        built.close()


def same_again(
    original: House, folder: Path, answers: Callable[[House], Answers], more: Callable[[House], None], pauses: Sequence[float]
) -> None:
    """Open the original once more from a folder.

    It must be told alike, and answer alike: at once, after ``more`` was done to both, and after each of ``pauses``, in seconds.
    """
    with house(original.api, original.write(folder)) as again:
        assert_alike(original, again, answers)
        for each in (original, again):
            more(each)
        assert_alike(original, again, answers)
        for seconds in pauses:
            for each in (original, again):
                each.advance(seconds)
            assert_alike(original, again, answers)


def assert_alike(one: House, other: House, answers: Callable[[House], Answers]) -> None:
    """Both are told in the same bytes, and the same questions have the same answers."""
    for name, text in one.files().items():
        assert other.files()[name].splitlines() == text.splitlines(), name
    assert one.files() == other.files()
    assert kept(other) == kept(one)
    these, those = answers(one), answers(other)
    assert list(these) == list(those)
    different = {question: (these[question], those[question]) for question in these if these[question] != those[question]}
    assert different == {}


def kept(asked: House) -> dict[str, list[Any]]:
    """All that the store has of the API, by kind and owner in the order of insertion, but for what no world tells of."""
    sandbox, found = asked.app.sandbox, {}
    rows = sandbox.store._connection.execute("SELECT scope, owner, id, body FROM record ORDER BY scope, owner, seq").fetchall()
    for scope, owner, id, body in rows:
        _, api, kind = scope.split("/")
        if api == asked.api and kind not in (*_FLEETING, "journey") and (bare := _bare(orjson.loads(body))):
            # A use of a quota is known by its moment.
            found.setdefault(f"{kind} of {owner}", []).append(("" if kind == "sandbox use" else id, bare))
    with sandbox.transaction(asked.api) as tx:
        found["deliveries"] = outbox.under_way(tx)
        found["journeys"] = Ladder({}, lambda *_: None).under_way(tx)
    counters = sandbox.store._connection.execute("SELECT name, value FROM counter WHERE name LIKE ?", (f"%/{asked.api}/%",))
    found["counters"] = sorted((name, value) for name, value in counters if value and not name.endswith("sandbox use"))
    return found


def _bare(value: Any) -> Any:
    """Without what is as good as absent."""
    if not isinstance(value, dict):
        return value
    return {name: bare for name, child in value.items() if (bare := _bare(child)) not in (None, False, 0)}


def gathered(sandbox: Sandbox, api: str) -> dict[str, Any]:
    """What a sandbox's state is told as."""
    with sandbox.transaction(api) as tx:
        document: dict[str, Any] = apis.room(api, "closing").gather(tx)
    return document


def furnished(document: dict[str, Any], api: str, like: Sandbox) -> Sandbox:
    """A fresh sandbox with the state that a document tells of, at the instant of another one; WorldInvalid if it is not valid."""
    fixture = Fixture(Path(f"{api}.yaml"), Contract(api, load_spec(api)), worlds.written(document))
    fresh = Sandbox(SqliteStore(), seed=like.seed, clock=Clock(frozen_at=like.clock.now()))
    with fresh.transaction(api) as tx:
        worlds.furnish(fixture, apis.room(api, "opening").furnish, tx)
    return fresh


def reopened(sandbox: Sandbox, api: str) -> Sandbox:
    """A fresh sandbox with the same state, which went through a file."""
    fresh = furnished(gathered(sandbox, api), api, sandbox)
    with fresh.transaction(api) as tx, sandbox.transaction(api) as before:
        tx.draw_on(before.drawn)
    return fresh
