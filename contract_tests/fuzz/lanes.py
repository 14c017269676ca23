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
from contract_tests.gate.recorder import Recorder
from contract_tests.shadow import Shadow
from contract_tests.standing import Standing, standing
from contract_tests.targets.target import Target
from mockserver.data import MOUNTS


@dataclass(frozen=True)
class Lane:
    """The way of one worker to the target. ``alone``: nobody else changes anything there."""

    standing: Standing
    budget: Budget
    alone: bool

    @property
    def deployment(self) -> Deployment:
        """The target as the worker sees it."""
        return self.standing.target.seen_from(self.standing.url)

    @property
    def recorder(self) -> Recorder:
        """What came by."""
        return self.standing.gate.recorder


@contextmanager
def opened(target: Target, apis: Sequence[str], workers: int, requests: int | None, until: float | None) -> Iterator[list[Lane]]:
    """One lane for each worker, while the block lasts; then what was made is removed. ``requests``: for all together; ``until``:
    by the monotonic clock.
    """
    shares = shared(requests, workers)
    with ExitStack() as stack:
        if workers > 1 and target.root is not None and target.control_token is not None and target.capabilities.reset:
            yield [stack.enter_context(_own(target, apis, shares, number, until)) for number in range(workers)]
        else:
            yield [stack.enter_context(_lane(target, apis, shares, until, alone=workers == 1))] * workers


@contextmanager
def _lane(
    target: Target, apis: Sequence[str], shares: Sequence[int | None], until: float | None, *, alone: bool = True
) -> Iterator[Lane]:
    budget = Budget(shares, until)
    shadow = Shadow(apis, target.casts, target.profile)
    with standing(target, apis, more=[shadow, budget]) as stand:
        try:
            yield Lane(stand, budget, alone)
        finally:
            budget.close()


@contextmanager
def _own(target: Target, apis: Sequence[str], shares: Sequence[int | None], number: int, until: float | None) -> Iterator[Lane]:
    """A lane to the same mock, in a sandbox that is made by the first request to it."""
    assert target.root is not None, "only a mock has sandboxes"
    root = f"{target.root.partition('/~')[0]}/~fuzz-{os.getpid()}-{number}"
    world = replace(target, root=root, bases={api: root + MOUNTS[api] for api in target.bases})
    with _lane(world, apis, [left if place == number else 0 for place, left in enumerate(shares)], until) as lane:
        yield lane


def all_of(lanes: Sequence[Lane]) -> list[Lane]:
    """Each lane once: workers may share one."""
    return list({id(lane): lane for lane in lanes}.values())
