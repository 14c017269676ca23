"""Plan: what a run against a target may do and spend at most, told before anything is sent and any secret is read."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contract_tests import contracts
from contract_tests.contracts import Operation, Place, Spec
from contract_tests.targets.choice import choose
from contract_tests.targets.permission import NONE, alters, freed, why_not
from contract_tests.targets.section import Section
from contract_tests.targets.target import MOCK, Target
from mockserver.data import load_spec

YES, OWN, NO = "yes", "own", "no"
CONTACT = "contact"
#: Of an operation, what is no part of a request.
_ASIDE = frozenset({"responses", "example", "examples", "x-cost"})
_COLOURS = {YES: "green", OWN: "yellow", NO: "red"}
_OWN = "only on what this run made"
_FREE = "only on what this run made; name it under `changes` for more"
#: Columns where there is no terminal: wide enough that nothing is broken into lines.
_WIDE = 300


@dataclass(frozen=True)
class Step:
    """One operation. ``allowed``: yes, own (only on what the run made) or no; ``reason``: for the latter two."""

    place: Place
    id: str
    effect: str
    messages: str
    allowed: str
    reason: str


def tell(where: str, apis: Sequence[str], config: Path | None = None) -> None:
    """Print the plan of a run on standard output. TargetUnusable if no target is meant by ``where``."""
    terminal = Console()
    section = choose(where, config)
    width = terminal.width if terminal.is_terminal else _WIDE
    sys.stdout.write(page(section, section.chosen(apis), colour=terminal.is_terminal, width=width))


def steps(target: Target, api: str) -> list[Step]:
    """Every operation of the API in the contract's order, with what the target's profile says of it."""
    spec = load_spec(api)
    return [_step(target, spec, place, operation) for place, operation in contracts.operations(spec)]


def _step(target: Target, spec: Spec, place: Place, operation: Operation) -> Step:
    reason = why_not(target, operation)
    own = reason is None and alters(operation) and not freed(target, operation)
    messages = operation.get("x-cost", {}).get("messages", "")
    counted = f"each of {messages}" if isinstance(messages, str) and messages else str(messages)
    return Step(
        place,
        operation["operationId"],
        operation.get("x-side-effect", "not said"),
        counted,
        NO if reason is not None else OWN if own else YES,
        reason or (_limit_of(target, operation) if own else _reach(target, spec, operation)),
    )


def _limit_of(target: Target, operation: Operation) -> str:
    named = replace(target, changes=frozenset({operation["operationId"]}))
    return _FREE if freed(named, operation) else _OWN


def _reach(target: Target, spec: Spec, operation: Operation) -> str:
    """Whom an operation cannot reach although it may be used."""
    kinds = recipients(spec, operation) - {CONTACT}
    if target.profile == MOCK or operation.get("x-side-effect") == NONE or not kinds or any(map(target.pinned, kinds)):
        return ""
    return f"reaches nobody: no {' or '.join(sorted(kinds))} is named under `recipients`"


def recipients(spec: Spec, node: Any, seen: tuple[str, ...] = ()) -> set[str]:
    """The kinds of recipient that stand in an operation's parameters and body."""
    if isinstance(node, list):
        return set().union(*(recipients(spec, each, seen) for each in node))
    if not isinstance(node, dict) or node.get("$ref") in seen:
        return set()
    if "$ref" in node:
        return recipients(spec, contracts.resolve(spec, node), (*seen, node["$ref"]))
    said = {node["x-recipient"]} if isinstance(node.get("x-recipient"), str) else set()
    return said.union(*(recipients(spec, child, seen) for key, child in node.items() if key not in _ASIDE))


def spending(target: Target) -> dict[str, str]:
    """The most that a run may spend, in words."""
    limits = target.limits
    rate = "" if limits.calls_per_second is None else f", {limits.calls_per_second:g} in a second"
    return {
        "calls": f"{_most(limits.calls)}{rate}",
        "messages": "0: nothing leaves a mock" if target.profile == MOCK else _most(limits.messages),
        "cost": _cost(target),
        "lasting": "everything is put back" if target.profile == MOCK else f"{_most(limits.lasting)} things that nothing removes",
    }


def _cost(target: Target) -> str:
    limits = target.limits
    if target.profile == MOCK or limits.messages == 0:
        return "0"
    if limits.price_per_message is None:
        return "unknown, set price_per_message"
    sums = [limits.cost] if limits.cost is not None else []
    sums += [limits.messages * limits.price_per_message] if limits.messages is not None else []
    return f"{min(sums):.2f}" if sums else "no limit"


def _most(limit: int | None) -> str:
    return "no limit" if limit is None else str(limit)


def page(section: Section, apis: Sequence[str], *, colour: bool, width: int) -> str:
    """The plan as text; plain without colour."""
    paper = io.StringIO()
    console = Console(file=paper, force_terminal=colour, no_color=not colour, width=width, highlight=False)
    console.print(escape(f"Plan for {section.target.name} (profile {section.target.profile}). Nothing has been sent."))
    for line in _notes(section):
        console.print(escape(line))
    for api in apis:
        console.print("", _operations(section.target, api), sep="\n")
    console.print("", _summary(section, apis), sep="\n")
    return "\n".join(line.rstrip() for line in paper.getvalue().splitlines()) + "\n"


def _notes(section: Section) -> Iterator[str]:
    if section.own:
        yield "A mock will be started on this machine for the run."
    elif section.unknown and section.asked is not None:
        yield f"{section.asked} will be asked whether a mock stands there; if so, all is allowed. Otherwise this holds:"
    elif section.asked is not None:
        yield f"{section.asked} will be asked whether a mock stands there; if not, the run does not start."
    elif section.unknown:
        yield "No target of this URL is described, so it is taken for production, and no credential is known for it."


def _operations(target: Target, api: str) -> Table:
    grid = Table(
        title=escape(f"{api} at {target.bases[api]}"), title_justify="left", box=None, pad_edge=False, title_style="bold"
    )
    for column in ("operation", "request", "leaves behind", "messages", "allowed", ""):
        grid.add_column(column, overflow="fold")
    for step in steps(target, api):
        allowed = f"[{_COLOURS[step.allowed]}]{step.allowed}[/]"
        grid.add_row(step.id, escape(str(step.place)), step.effect, step.messages, allowed, escape(step.reason))
    return grid


def _summary(section: Section, apis: Sequence[str]) -> Table:
    grid = Table(title="At most", title_justify="left", box=None, pad_edge=False, show_header=False, title_style="bold")
    grid.add_column()
    grid.add_column(overflow="fold")
    for name, words in (*spending(section.target).items(), *_facts(section, apis)):
        grid.add_row(name, escape(words))
    return grid


def _facts(section: Section, apis: Sequence[str]) -> Iterator[tuple[str, str]]:
    target = section.target
    pinned = ", ".join(address for named in target.recipients.values() for address in named)
    yield "recipients", pinned or ("anybody: it is a mock" if target.profile == MOCK else "nobody")
    if target.changes:
        yield "changes", ", ".join(sorted(target.changes))
    if target.capabilities.webhooks is not None:
        yield "webhooks", f"received at {target.capabilities.webhooks.listen}, known as {target.capabilities.webhooks.url}"
    if section.control_token is not None:
        yield "control plane", f"{target.root}, by {section.control_token.told()}"
    for api in apis:
        yield from ((f"{api} {place}", f"by {named}") for place, named in section.secrets(api).items())
        if not section.casts.get(api):
            yield (
                f"{api} credentials",
                "those of the mock's world" if target.profile == MOCK else "none; what needs one is skipped",
            )
