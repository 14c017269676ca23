"""Lanes: the gates of a run. On a mock each worker has a world and a gate of its own, so that a reset disturbs nobody else; on a
deployment all share one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from contract_tests.deployment import Deployment
from contract_tests.fuzz.budget import Budget, shared
from contract_tests.gate.ledger import Ledger
from contract_tests.gate.proxy import Gate
from contract_tests.gate.rules import ledger_of, rules_for
from contract_tests.gate.teardown import Leak, teardown
from contract_tests.guarded import gate_before
from contract_tests.shadow.shadow import Shadow
from contract_tests.targets.target import Target
from mockserver.data import MOUNTS


@dataclass(frozen=True)
class Lane:
    """The way of one worker to the target. ``alone``: nobody else changes anything there."""

    gate: Gate
    deployment: Deployment
    budget: Budget
    ledger: Ledger | None
    alone: bool


@contextmanager
def opened(target: Target, apis: Sequence[str], workers: int, requests: int | None, until: float | None) -> Iterator[list[Lane]]:
    """One lane for each worker, while the block lasts. ``requests``: for all together; ``until``: by the monotonic clock."""
    shares = shared(requests, workers)
    with ExitStack() as stack:
        if workers > 1 and target.root is not None and target.control_token is not None and target.capabilities.reset:
            worlds = [_in_a_world_of_its_own(target, number) for number in range(workers)]
            yield [
                stack.enter_context(_lane(own, apis, [left if at == number else 0 for at, left in enumerate(shares)], until))
                for number, own in enumerate(worlds)
            ]
        else:
            yield [stack.enter_context(_lane(target, apis, shares, until, alone=workers == 1))] * workers


@contextmanager
def _lane(
    target: Target, apis: Sequence[str], shares: Sequence[int | None], until: float | None, *, alone: bool = True
) -> Iterator[Lane]:
    rules = rules_for(target, apis)
    budget = Budget(shares, until)
    gate = gate_before(target, apis, [*rules, Shadow(apis, target.casts, target.profile), budget])
    with gate.open() as url:
        yield Lane(gate, target.seen_from(url), budget, ledger_of(rules), alone)


def _in_a_world_of_its_own(target: Target, number: int) -> Target:
    """The same mock, in a sandbox that is made by the first request to it."""
    assert target.root is not None, "only a mock has sandboxes"
    root = f"{target.root.partition('/~')[0]}/~fuzz-{os.getpid()}-{number}"
    return replace(target, root=root, bases={api: root + MOUNTS[api] for api in target.bases})


def all_of(lanes: Sequence[Lane]) -> list[Lane]:
    """Each lane once: workers may share one."""
    return list({id(lane): lane for lane in lanes}.values())


def tidied(lane: Lane) -> list[Leak]:
    """Remove what was made through this lane, as far as its ledger knows how; what stays."""
    return teardown(lane.gate, lane.ledger) if lane.ledger is not None else []
