"""Replaying: one finding sent again, each request and reply in short."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from contract_tests.fuzz import lanes
from contract_tests.fuzz.examining import Examined
from contract_tests.fuzz.exploring import Stage, Turn
from contract_tests.fuzz.permission import permitted
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.targets.target import Target

#: Seconds that a replay may take.
_LONGEST = 300.0
_SHOWN = 160


def replay(target: Target, found: Examined) -> tuple[bool, list[str]]:
    """Whether it fails still (in this way or another), and what happened, a line each."""
    api = found.failure.signature.api
    until = time.monotonic() + _LONGEST
    with lanes.opened(target, [api], 1, None, until) as (lane,):
        stage = Stage(lane.deployment, api, permitted(target, api), alone=lane.alone)
        turn = stage.play(found.sequence)
        scrubber = lane.standing.scrubber()
        lines = [scrubber.clean(line) for line in _told(turn, lane.recorder)]
    lines += [f"Left behind: {leak.api}, made by {leak.operation}: {leak.why}" for leak in lane.standing.leaks]
    failed = [failure for failure in turn.failures if failure.id == found.failure.id]
    others = [failure for failure in turn.failures if failure.id != found.failure.id]
    lines += [scrubber.clean(f"{failure.signature.words()}\n  {failure.message}") for failure in (*failed, *others)]
    if failed:
        lines.append(f"It still fails: {found.failure.id}.")
    elif others:
        lines.append(f"{found.failure.id} does not show, but something else fails.")
    else:
        lines.append(f"{found.failure.id} does not fail any more.")
    return bool(turn.failures), lines


def _told(turn: Turn, recorder: Recorder) -> Iterator[str]:
    for number, one in enumerate(turn.played, 1):
        who = f"{one.step.actor} by {one.step.scheme}" if one.step.actor is not None else "nobody"
        if not one.replies:
            yield f"{number}. {one.step.operation} by {who}: not sent, for it needs what no earlier reply gave"
        for reply in one.replies:
            for exchange in recorder.of([reply.number]):
                yield f"{number}. {who}: {_in_short(exchange)}"


def _in_short(exchange: Exchange) -> str:
    sent = f"{exchange.method} {exchange.url}{_body(exchange.body)}"
    if exchange.refused is not None:
        return f"{sent}\n   refused by the gate: {exchange.refused}"
    if exchange.broken is not None:
        return f"{sent}\n   {exchange.broken}"
    return f"{sent}\n   {exchange.status}{_body(exchange.reply_body)}"


def _body(body: bytes) -> str:
    if not body:
        return ""
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        text = repr(body)
    return " " + (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(body)} bytes)")
