"""``understudy clock``: what time it is in a running mock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_sandbox

if TYPE_CHECKING:
    from mockserver.client import ControlClient


@click.group()
def clock() -> None:
    """Read the mock's clock, stop it, set it, let time pass."""


@clock.command()
@display.as_json
@reaches_sandbox
def show(client: ControlClient, as_json: bool) -> None:
    """Say what time it is, and whether time goes on."""
    _tell(client.call("GET", "/clock"), as_json)


@clock.command()
@click.argument("at", metavar="[INSTANT]", required=False, callback=options.instant)
@display.as_json
@reaches_sandbox
def freeze(client: ControlClient, at: datetime | None, as_json: bool) -> None:
    """Stop the clock, now or at an instant such as 2026-02-13T12:00:00Z."""
    _set(client, "frozen", at, as_json)


@clock.command()
@click.argument("at", metavar="[INSTANT]", required=False, callback=options.instant)
@display.as_json
@reaches_sandbox
def run(client: ControlClient, at: datetime | None, as_json: bool) -> None:
    """Let the clock run: in step with real time, or on from an instant."""
    _set(client, "running", at, as_json)


@clock.command("set")
@click.argument("at", metavar="INSTANT", callback=options.instant)
@display.as_json
@reaches_sandbox
def set_clock(client: ControlClient, at: datetime, as_json: bool) -> None:
    """Set the clock to an instant; it stands still or runs on as it did."""
    _set(client, client.call("GET", "/clock")["mode"], at, as_json)


@clock.command()
@click.argument("length", type=options.LENGTH)
@display.as_json
@reaches_sandbox
def advance(client: ControlClient, length: float, as_json: bool) -> None:
    """Let time pass: 90s, 2h30m, 1d. Ends when all that fell due has happened."""
    with display.patience("Time passes"):
        told = client.call("POST", "/clock/advance", {"seconds": length})
    _tell(told, as_json)


def _set(client: ControlClient, mode: str, at: datetime | None, as_json: bool) -> None:
    body = {"mode": mode} if at is None else {"mode": mode, "now": at.isoformat()}
    with display.patience("Time passes"):
        told = client.call("PUT", "/clock", body)
    _tell(told, as_json)


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        display.echo_json(told)
    else:
        jobs = f", {told['jobs']} jobs done" if "jobs" in told else ""
        click.echo(f"{told['now']} {told['mode']}{jobs}")
