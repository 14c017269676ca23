"""How commands reach the control plane of a running mock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mockserver.cli import options
from mockserver.cli.mistakes import UNUSABLE, complain

if TYPE_CHECKING:
    from mockserver.client import ControlClient

located = click.option(
    "--url",
    default=options.DEFAULT_URL,
    envvar="UNDERSTUDY_URL",
    show_default=True,
    callback=options.url,
    help="Where the mock is served.",
)
token = click.option(
    "--token", envvar="UNDERSTUDY_CONTROL_TOKEN", metavar="TOKEN", help="The mock's control token.", show_envvar=True
)
sandbox = click.option("--sandbox", envvar="UNDERSTUDY_SANDBOX", metavar="NAME", help="The sandbox; without it, the default one.")


def reaches_mock(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told ``--url`` and ``--token``; its first argument is the client of the mock there."""

    @token
    @located
    @wraps(command)
    def run(*args: Any, url: str, token: str | None, sandbox: str | None = None, **given: Any) -> Any:
        with clear_refusals(), client_of(url, token, sandbox) as client:
            _check_sandbox(client, sandbox)
            return command(client, *args, **given)

    return run


def reaches_sandbox(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same with ``--sandbox``: the client is in that sandbox."""
    return sandbox(reaches_mock(command))


def _check_sandbox(client: ControlClient, sandbox: str | None) -> None:
    """A misspelt name would make a sandbox of that name, in which nothing ever happened."""
    if sandbox is None:
        return
    known = [one["name"] for one in client.within("default").call("GET", "/sandboxes")["sandboxes"]]
    if sandbox not in known:
        raise click.UsageError(
            f"there is no sandbox {sandbox!r}; there are {', '.join(known[:20])}. To make it: understudy sandbox create {sandbox}"
        )


def client_of(url: str, token: str | None, sandbox: str | None) -> ControlClient:
    """A client of the mock there; a mistake in the use of the command for what no header can carry."""
    from mockserver.client import ControlClient  # noqa: PLC0415  (httpx, for these commands only)

    try:
        return ControlClient(url, token, sandbox)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None


@contextmanager
def clear_refusals() -> Iterator[None]:
    """Ends the process with status 2 and clear words if the mock refuses or cannot be reached."""
    from mockserver.client import ControlError, Unreachable  # noqa: PLC0415  (httpx, for these commands only)

    try:
        yield
    except ControlError as error:
        # Several issues, such as the mistakes in a world, are read best one below the other.
        several = "\n  ".join([" ".join(error.detail.split()), *error.issues])
        complain(several if len(error.issues) > 1 else " ".join(str(error).split()))
        sys.exit(UNUSABLE)
    except Unreachable as error:
        complain(str(error))
        sys.exit(UNUSABLE)


def step(value: object) -> str:
    """A value as one step of a path."""
    return quote(str(value), safe="")
