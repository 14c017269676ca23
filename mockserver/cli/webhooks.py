"""``understudy webhooks``: what a running mock sent by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_sandbox
from mockserver.cli.mistakes import FOUND

if TYPE_CHECKING:
    from mockserver.client import ControlClient

_HEAD = ("id", "queued at", "api", "event", "owner", "status", "tries", "last answer", "url")


def _conditions(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--status", metavar="STATUS", help="Only those of which this became, such as delivered."),
        click.option("--to", "address", metavar="URL", help="Only those to this address."),
        click.option("--owner", help="Only those of this workspace or partner."),
        click.option("--event", help="Only those of this event."),
        click.option("--api", type=options.API, help="Only those of this API."),
    ):
        command = decorate(command)
    return command


@click.group()
def webhooks() -> None:
    """List the mock's webhooks, wait for them, send one once more."""


@webhooks.command("list")
@_conditions
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@click.option("--offset", default=0, type=click.IntRange(0), help="How many to pass over first.")
@display.as_json
@reaches_sandbox
def list_webhooks(client: ControlClient, limit: int, offset: int, as_json: bool, **conditions: str | None) -> None:
    """List what left or is to leave, in the order in which it was queued."""
    _tell(client.call("GET", "/webhooks/deliveries", params={**_named(conditions), "limit": limit, "offset": offset}), as_json)


@webhooks.command()
@_conditions
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many must be there.")
@click.option("--timeout", default="5s", show_default=True, type=options.LENGTH, help="How long to wait, in real time.")
@display.as_json
@reaches_sandbox
def wait(client: ControlClient, count: int, timeout: float, as_json: bool, **conditions: str | None) -> None:
    """Wait until so many webhooks were delivered (or became what --status says). Status 1 if they did not in time."""
    wish = {name: value for name, value in _named(conditions).items() if value is not None}
    with display.patience("Waiting for webhooks"):
        told = client.call("POST", "/webhooks/deliveries/wait", {**wish, "count": count, "timeout": timeout})
    _tell(told, as_json)
    sys.exit(0 if told["met"] else FOUND)


@webhooks.command()
@click.argument("delivery", type=click.IntRange(1), metavar="ID")
@display.as_json
@reaches_sandbox
def redeliver(client: ControlClient, delivery: int, as_json: bool) -> None:
    """Send one once more, the same bytes to the same address."""
    told = client.call("POST", f"/webhooks/deliveries/{delivery}/redeliver")
    if as_json:
        display.echo_json(told)
    else:
        display.echo_table(_HEAD, [_row(told)], "")


def _named(conditions: dict[str, str | None]) -> dict[str, str | None]:
    return {"url" if name == "address" else name: value for name, value in conditions.items()}


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        display.echo_json(told)
        return
    display.echo_table(_HEAD, [_row(delivery) for delivery in told["deliveries"]], "no webhooks")
    if len(told["deliveries"]) < told["total"]:
        click.echo(f"{len(told['deliveries'])} of {told['total']}")


def _row(delivery: dict[str, Any]) -> list[object]:
    tries = delivery["attempts"]
    answer = (tries[-1]["http_status"] or tries[-1]["error"]) if tries else None
    return [
        *(delivery[name] for name in ("id", "queued_at", "api", "event", "owner", "status")),
        len(tries),
        answer,
        delivery["url"],
    ]
