"""``understudy faults``: what goes wrong on purpose in a running mock."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_sandbox, step

if TYPE_CHECKING:
    from mockserver.client import ControlClient

_HEAD = ("id", "rule", "calls", "hits", "left")
_LATENCIES = {"uniform": ("lower", "upper"), "lognormal": ("median", "sigma")}


def _json(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Any:
    import json  # noqa: PLC0415

    try:
        return None if value is None else json.loads(value)
    except ValueError:
        raise click.BadParameter('is no JSON, such as \'{"api": "bird", "error": {"status": 404}}\'.') from None


def _header(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dict[str, str] | None:
    if value is None:
        return None
    name, colon, wanted = value.partition(":")
    return {"name": name.strip(), **({"value": wanted.strip()} if colon else {})}


def _body(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dict[str, Any] | None:
    import json  # noqa: PLC0415

    if value is None:
        return None
    at, equals, wanted = value.partition("=")
    try:
        return {"at": at, **({"equals": json.loads(wanted)} if equals else {})}
    except ValueError:
        return {"at": at, "equals": wanted}


class _Latency(click.ParamType[dict[str, Any]]):
    name = "latency"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        kind, colon, numbers = str(value).partition(":")
        if not colon:
            return {"seconds": options.LENGTH.convert(value, param, ctx)}
        amounts = [float(number) for number in numbers.split(",") if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number, re.ASCII)]
        if kind not in _LATENCIES or len(amounts) != 2:
            self.fail(f"{value!r} is no latency such as 1.5s, uniform:0.1,0.5 or lognormal:0.2,0.6.", param, ctx)
        return {kind: dict(zip(_LATENCIES[kind], amounts, strict=True))}


_MOMENT = click.Choice(["before_work", "after_work"])
_CONDITIONS = (
    click.option("--api", type=options.API, help="Calls of this API."),
    click.option("--operation", metavar="ID", help="Calls of this operation, by its operationId."),
    click.option("--actor", metavar="NAME", help="Calls of this actor of the cast."),
    click.option("--header", callback=_header, metavar="NAME[: VALUE]", help="Calls with this header; * is anything."),
    click.option("--body", callback=_body, metavar="AT[=VALUE]", help="Calls with this in their JSON body: to.0=+14155551234."),
    click.option("--nth", type=click.IntRange(1), help="Only the call of this number."),
    click.option("--every", type=click.IntRange(1), help="Only every so manieth call."),
    click.option("--share", type=click.FloatRange(0, 1), help="Only this share of the calls, drawn from the seed."),
    click.option("--next", "next", type=click.IntRange(1), help="Only so many; without it there is no end."),
)
_EFFECTS = (
    click.option("--status", type=click.IntRange(400, 599), help="An error that the operation documents, by its status."),
    click.option("--refusal", metavar="NAME", help="The same by its name in the contract, such as RateLimitExceeded."),
    click.option("--undocumented", is_flag=True, help="It may be one that the operation does not document."),
    click.option("--latency", type=_Latency(), help="A wait: 1.5s, uniform:0.1,0.5 or lognormal:0.2,0.6."),
    click.option("--hang", is_flag=True, help="No answer."),
    click.option("--reset", is_flag=True, help="The connection is reset without an answer."),
    click.option("--reset-in-body", is_flag=True, help="It is reset in the middle of the answer's body."),
    click.option("--truncated", is_flag=True, help="Of the JSON comes the first half."),
    click.option("--malformed", is_flag=True, help="The JSON has a comma too many."),
    click.option("--content-type", metavar="TYPE", help="The answer comes under this Content-Type."),
    click.option("--duplicate", is_flag=True, help="The request arrives twice."),
    click.option("--rate-limit", is_flag=True, help="The API's own refusal of who comes too often."),
    click.option("--maintenance", is_flag=True, help="A 503 in the API's own words."),
    click.option("--at", type=_MOMENT, help="Whether the operation is done before an error, a wait, a hang or a reset."),
)


def _told(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in reversed((*_CONDITIONS, *_EFFECTS)):
        command = decorate(command)
    return command


@click.group()
def faults() -> None:
    """Let calls go wrong on purpose, list the rules, end them."""


@faults.command()
@_told
@click.option("--rule", callback=_json, metavar="JSON", help="The whole rule as the control plane takes it, alone.")
@display.as_json
@reaches_sandbox
def arm(client: ControlClient, rule: Any, as_json: bool, **given: Any) -> None:
    """Let calls that fit all conditions go wrong in one way."""
    named = {name: value for name, value in given.items() if value not in (None, False)}
    if rule is not None and named:
        raise click.UsageError(f"--rule says all there is to say: leave out {', '.join(sorted(map(_flag, named)))}.")
    told = client.call("POST", "/faults", _rule(named) if rule is None else rule)
    if as_json:
        display.echo_json(told)
    else:
        click.echo(f"{told['id']}  {display.cell(told['description'])}")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _rule(named: dict[str, Any]) -> dict[str, Any]:
    from mockserver.testing.faults import rule  # noqa: PLC0415  (one reading of these words for tests and for the prompt)

    effects = {name: value for name, value in named.items() if name not in _CONDITIONAL}
    status, refusal, undocumented = effects.pop("status", None), effects.pop("refusal", None), "undocumented" in effects
    moment = effects.pop("at", None)
    effects.pop("undocumented", None)
    if effects.pop("reset_in_body", False):
        effects["reset"] = "in_body"
    told = rule({name: value for name, value in named.items() if name in _CONDITIONAL}, status, refusal, undocumented, effects)
    return {name: {**value, "at": moment} if moment and name in _DATED else value for name, value in told.items()}


_CONDITIONAL = {"api", "operation", "actor", "header", "body", "nth", "every", "share", "next"}
#: Effects that may come before the operation is done or after it.
_DATED = {"error", "latency", "hang", "reset"}


@faults.command("list")
@display.as_json
@reaches_sandbox
def list_faults(client: ControlClient, as_json: bool) -> None:
    """List the rules and what they did so far."""
    told = client.call("GET", "/faults")
    if as_json:
        display.echo_json(told)
    else:
        display.echo_table(_HEAD, [_row(one) for one in told["faults"]], "no faults")


@faults.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@reaches_sandbox
def clear(client: ControlClient, ids: tuple[str, ...]) -> None:
    """Take rules back: those that are named, or all."""
    for path in [f"/faults/{step(one)}" for one in ids] or ["/faults"]:
        client.call("DELETE", path)


def _row(told: dict[str, Any]) -> list[object]:
    left = told.get("left", "no end") if told["armed"] else "done"
    return [told["id"], told["description"], told["calls"], told["hits"], left]
