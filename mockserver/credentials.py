"""Credentials: the cast of a world, as a person, a program or a shell wants to read it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any

from mockserver.data import MOUNTS

Cast = dict[str, dict[str, Any]]


def collect(apis: Sequence[str], url: str, world: str, now: datetime | None = None) -> Cast:
    """``{API: {base_url, ACTOR: {…}}}``, tokens minted for ``now``; WorldInvalid if there is no such world."""
    from mockserver.app import cast  # noqa: PLC0415  (who has a cast already needs no mock to tell of it)

    return {api: {"base_url": url.rstrip("/") + MOUNTS[api], **cast(api, world, now)} for api in apis}


def render(collected: Cast, form: str) -> str:
    """As ``json``, as ``env`` (lines that a shell can read) or as a ``table``."""
    if form == "json":
        return json.dumps(collected, indent=2)
    if form == "env":
        return "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables(collected).items())
    return _table(collected)


def variables(collected: Cast) -> dict[str, str]:
    """As variables of an environment: ``BIRD_BASE_URL``, ``BIRD_OWNER_ACCESS_KEY``, …; a list with commas."""
    return {re.sub(r"[^A-Z0-9]+", "_", "_".join(path).upper()): value for path, value in _leaves(collected)}


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _leaves(child, (*path, str(key)))
    elif isinstance(node, list):
        yield path, ",".join(map(str, node))
    else:
        yield path, str(node)


def _table(collected: Cast) -> str:
    from rich.console import Console  # noqa: PLC0415  (only people want tables)
    from rich.table import Table  # noqa: PLC0415

    out = StringIO()
    # Wide enough for a token in one piece: a credential that is cut cannot be copied.
    console = Console(file=out, width=400)
    for api, actors in collected.items():
        table = Table("actor", "credential", "value", title=f"{api}  {actors['base_url']}", title_justify="left", box=None)
        for path, value in _leaves({name: actor for name, actor in actors.items() if name != "base_url"}):
            table.add_row(path[0], ".".join(path[1:]), value)
        console.print(table)
        console.print()
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())
