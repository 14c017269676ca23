"""``understudy journal``: what a running mock was asked and what it answered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_sandbox
from mockserver.cli.mistakes import FOUND, UNUSABLE, complain

if TYPE_CHECKING:
    from mockserver.client import ControlClient

_NUMBER = click.argument("number", required=False, type=click.IntRange(1), metavar="[NUMBER]")


def _conditions(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in reversed(
        (
            click.option("--api", type=options.API, help="Only of this API."),
            click.option("--operation", metavar="ID", help="Only of this operation, by its operationId."),
            click.option("--actor", metavar="NAME", help="Only from this actor of the cast."),
            click.option("--method", help="Only with this method."),
            click.option("--path", metavar="PATTERN", help="Only to such a path; * is any text, ? any character."),
            click.option("--status", help="Only answered with this status: 404, 4xx."),
            click.option("--verdict", help="Only of this verdict, such as refused_by_contract."),
            click.option("--fault", metavar="ID", help="Only where this rule acted; * for any."),
            click.option("--body", metavar="POINTER[=VALUE]", help="Only with this in the request's body: /to/0=+14155551234."),
            click.option("--header", metavar="NAME[: VALUE]", help="Only with this header."),
            click.option("--text", help="Only with this text anywhere."),
            click.option("--since", type=click.IntRange(0), metavar="NUMBER", help="Only what came after this entry."),
            click.option("--until", type=click.IntRange(0), metavar="NUMBER", help="Only up to this entry."),
        )
    ):
        command = decorate(command)
    return command


@click.group()
def journal() -> None:
    """Read what the mock was asked and answered, count it, wait for it."""


@journal.command("list")
@_conditions
@click.option("--newest", is_flag=True, help="The newest first.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@click.option("--offset", default=0, type=click.IntRange(0), help="How many to pass over first.")
@display.as_json
@reaches_sandbox
def list_entries(client: ControlClient, newest: bool, limit: int, offset: int, as_json: bool, **conditions: Any) -> None:
    """List requests and their replies, in the order in which they were answered."""
    order = "newest" if newest else "oldest"
    _tell(client.call("GET", "/journal", params={**conditions, "order": order, "limit": limit, "offset": offset}), as_json)


@journal.command()
@_NUMBER
@display.as_json
@reaches_sandbox
def show(client: ControlClient, number: int | None, as_json: bool) -> None:
    """Show one request and its reply in full: by its number, or the latest."""
    from mockserver.journal.told import told  # noqa: PLC0415

    entry = client.call("GET", f"/journal/{number or _latest(client)}")
    if as_json:
        display.echo_json(entry)
    else:
        click.echo(display.plain(told([entry])))


@journal.command()
@_NUMBER
@display.as_json
@reaches_sandbox
def explain(client: ControlClient, number: int | None, as_json: bool) -> None:
    """Say why a request was answered so: by its number, or the latest."""
    from mockserver.journal.told import explained  # noqa: PLC0415

    explanation = client.call("GET", f"/journal/{number or _latest(client)}/explain")
    if as_json:
        display.echo_json(explanation)
    else:
        click.echo(display.plain(explained(explanation)))


@journal.command()
@_conditions
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 10000), help="How many must fit.")
@click.option("--timeout", default="5s", show_default=True, type=options.LENGTH, help="How long to wait, in real time.")
@display.as_json
@reaches_sandbox
def wait(client: ControlClient, count: int, timeout: float, as_json: bool, **conditions: Any) -> None:
    """Wait until so many requests came that fit. Status 1 if they did not in time."""
    wish = {name: value for name, value in conditions.items() if value is not None}
    with display.patience("Waiting for requests"):
        told = client.call("POST", "/journal/wait", {**wish, "count": count, "timeout": timeout})
    _tell(told, as_json)
    sys.exit(0 if told["met"] else FOUND)


@journal.command()
@_conditions
@click.option("--expect", type=click.IntRange(0), metavar="N", help="Status 1 unless it is so many.")
@display.as_json
@reaches_sandbox
def count(client: ControlClient, expect: int | None, as_json: bool, **conditions: Any) -> None:
    """Say how many requests fit."""
    told = client.call("GET", "/journal/count", params=conditions)
    if as_json:
        display.echo_json(told)
    else:
        click.echo(told["total"])
    sys.exit(FOUND if expect not in (None, told["total"]) else 0)


@journal.command()
@reaches_sandbox
def clear(client: ControlClient) -> None:
    """Forget what was asked."""
    client.call("DELETE", "/journal")


def _latest(client: ControlClient) -> int:
    entries = client.call("GET", "/journal", params={"order": "newest", "limit": 1})["entries"]
    if not entries:
        complain("the journal is empty: no request has come to this sandbox yet")
        sys.exit(UNUSABLE)
    number: int = entries[0]["number"]
    return number


def _tell(told: dict[str, Any], as_json: bool) -> None:
    from mockserver.journal.told import table  # noqa: PLC0415

    if as_json:
        display.echo_json(told)
        return
    entries = told["entries"]
    click.echo(display.plain(table(entries)) if entries else "no requests")
    if len(entries) < told["total"]:
        click.echo(f"{len(entries)} of {told['total']}")
    if told["forgotten"]:
        click.echo(f"{told['forgotten']} older ones were forgotten to make room")
