"""What the processes of one test run share: the server, and how each test's sandbox is called."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.client import ControlError, Unreachable
from mockserver.data import MOUNTS
from mockserver.testing import process
from mockserver.testing.mock import Understudy, serving
from mockserver.testing.process import ServerFailed, Wish
from mockserver.testing.server import Server

Run = Mapping[str, Any]
#: Options of the plugin by name, as texts, an empty one was not given; ``root`` is the folder at the root of the tests.
Told = Mapping[str, str]

_TAKEN = "sandbox_taken"


def join(run: Run, told: Told) -> Server:
    """The server of the run, started by the first who asks. ServerFailed."""
    if told["url"]:
        return serving(told["url"])
    wish = Wish(_apis(told["apis"]), str(_world(told["world"], told) or "default"), _seed(told["seed"]) or 0)
    return Server(process.shared(wish, Path(run["folder"]), run["token"], run["holder"]))


def _apis(told: str) -> tuple[str, ...]:
    apis = tuple(re.split(r"[\s,]+", told.strip())) if told.strip() else ()
    unknown = [api for api in apis if api not in MOUNTS]
    if unknown:
        raise ServerFailed(f"understudy_apis names {', '.join(unknown)}; there are {', '.join(MOUNTS)}.")
    return apis


def _seed(told: str) -> int | None:
    if told and not told.isdecimal():
        raise ServerFailed(f"understudy_seed is {told!r}; a seed is a number such as 7.")
    return int(told) if told else None


def _world(world: str | Path, told: Told) -> str | Path | None:
    """A world's name, or the path of its folder, which begins at the root of the tests."""
    return Path(told["root"], world) if os.sep in str(world) else world or None


def open_sandbox(server: Server, run: Run, told: Told, test: str, marked: Mapping[str, Any]) -> Understudy:
    """The sandbox of a test, named after it. ServerFailed if it cannot be opened.

    ``marked``: ``world``, ``seed`` and ``now`` as the test's marker says them.
    """
    unknown = marked.keys() - {"world", "seed", "now"}
    if unknown:
        raise ServerFailed(f"The marker understudy takes world, seed and now, not {', '.join(sorted(unknown))}.")
    ours = server.pid is not None
    wish: dict[str, Any] = {} if ours else {"world": _world(told["world"], told), "seed": _seed(told["seed"])}
    wish |= {**marked, **({"world": _world(marked["world"], told)} if "world" in marked else {})}
    # A server that somebody else started may be shared with other runs of the same tests.
    apart = [run.get("apart"), None if ours else run["name"][:6]]
    name = "-".join(filter(None, [name_of(test), *apart]))
    try:
        return _open(server, name, wish)
    except ControlError as problem:
        raise ServerFailed(f"The sandbox of this test could not be opened: {problem}") from None
    except Unreachable as problem:
        words = process.last_words(Path(run["folder"])) if ours else ""
        raise ServerFailed(f"The mock of this run has gone: {problem}. {words}".strip()) from None


def _open(server: Server, name: str, wish: Mapping[str, Any]) -> Understudy:
    try:
        return server.sandbox(name, **wish)
    except ControlError as refused:
        if refused.error != _TAKEN:
            raise
        # Left by an earlier attempt at this test, whose client went on after its end.
        server.drop(name)
        return server.sandbox(name, **wish)


def name_of(test: str) -> str:
    """What the sandbox of a test is called, by the test's node id: the same on every worker and in every run."""
    word = re.sub(r"[^a-z0-9]+", "-", test.rpartition("::")[2].lower()).strip("-")[:40].strip("-")
    return f"{word or 'test'}-{hashlib.blake2b(test.encode(), digest_size=5).hexdigest()}"
