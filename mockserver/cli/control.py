"""How commands reach the control plane of a running mock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

import click

from mockserver.cli import options
from mockserver.cli.mistakes import UNUSABLE, complain


def reaches_mock(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told ``--url``, ``--token`` and ``--sandbox``; its first argument is the client of the mock there."""

    @click.option("--sandbox", envvar="UNDERSTUDY_SANDBOX", metavar="NAME", help="The sandbox; without it, the default one.")
    @click.option("--token", envvar="UNDERSTUDY_CONTROL_TOKEN", metavar="TOKEN", help="Its control token.", show_envvar=True)
    @click.option(
        "--url",
        default=options.DEFAULT_URL,
        envvar="UNDERSTUDY_URL",
        show_default=True,
        callback=options.url,
        help="Where the mock is served.",
    )
    @wraps(command)
    def run(*args: Any, url: str, token: str | None, sandbox: str | None, **given: Any) -> Any:
        from mockserver.client import ControlClient, ControlError, Unreachable  # noqa: PLC0415  (httpx, for these commands only)

        try:
            with _client(ControlClient, url, token, sandbox) as client:
                return command(client, *args, **given)
        except (ControlError, Unreachable) as error:
            complain(str(error))
            sys.exit(UNUSABLE)

    return run


def _client(kind: Any, url: str, token: str | None, sandbox: str | None) -> Any:
    try:
        return kind(url, token, sandbox)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None


def step(value: object) -> str:
    """A value as one step of a path."""
    return quote(str(value), safe="")
