"""Seats: a workspace buys them, every user who is not suspended holds one."""

from __future__ import annotations

from mockserver.apis.timelines import quotas, webhooks
from mockserver.apis.timelines.connections import cut_off
from mockserver.apis.timelines.state import Entity
from mockserver.apis.timelines.users import ACTIVE, OWNER, SUSPENDED, add, keep, users
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class SeatsFull(Refusal):
    """There are fewer free seats than users to make; nobody is made."""


def used(tx: Transaction, workspace: Entity) -> int:
    """How many seats are held."""
    return tx.count("user", workspace["workspace_id"], {"status": ACTIVE})


def free(tx: Transaction, workspace: Entity) -> int:
    """How many are not."""
    total: int = workspace["seats"]["total"]
    return total - used(tx, workspace)


def create_users(tx: Transaction, workspace: Entity, count: int) -> list[Entity]:
    """So many new users, or none."""
    if count > free(tx, workspace):
        raise SeatsFull
    made = [add(tx, workspace) for _ in range(count)]
    tell_if_full(tx, workspace)
    return made


def settle(tx: Transaction, workspace: Entity) -> None:
    """After the number of seats changed: the youngest lose theirs, or the oldest of those who had lost it come back."""
    spare = free(tx, workspace)
    if spare > 0:
        for back in users(tx, workspace, SUSPENDED)[:spare]:
            keep(tx, workspace, {**back, "status": ACTIVE})
    elif spare < 0:
        for lost in [each for each in users(tx, workspace, ACTIVE) if each["role"] != OWNER][spare:]:
            keep(tx, workspace, {**lost, "status": SUSPENDED})
            cut_off(tx, workspace, lost["user_id"])
    tell_if_full(tx, workspace)


def tell_if_full(tx: Transaction, workspace: Entity) -> None:
    """After seats were taken or their number changed: let the partner know if none is free, once in a period."""
    if free(tx, workspace) == 0:
        period = quotas.current(workspace["seats"], tx.now)
        facts = {"seats_purchased": workspace["seats"]["total"], "seats_available": 0}
        webhooks.tell_once(tx, workspace, "workspace:seats_full", period["period_start"], facts)
