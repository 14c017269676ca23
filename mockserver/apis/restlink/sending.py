"""Sending: one text to many numbers, priced, paid for and queued all at once or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mockserver.apis.restlink import messages
from mockserver.apis.restlink.ladder import LADDER
from mockserver.apis.restlink.state import Entity, InsufficientBalance, account, charge
from mockserver.apis.restlink.tariff import Tariff, country_of
from mockserver.engine.clock import rfc3339
from mockserver.engine.outcomes import outcome_of
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.segments import Parts, parts_of

SANDBOX_QUOTA = 500
_QUOTA_SPAN = timedelta(hours=24)
ACCEPTED, BLOCKED, UNROUTED = "accepted", "blocked_country", "config_error"


class SandboxQuotaSpent(Refusal):
    """A sandbox key would pass 500 messages within 24 hours."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is sent: the message and whom it claims to come from."""

    message: str
    sender_id: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """One number of the request: what became of it, what it costs (in millionths), and the id of its message if it has one."""

    number: str
    status: str
    cost: int
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the whole request."""

    parts: Parts
    recipients: Sequence[Recipient]
    sandbox: bool

    @property
    def accepted(self) -> list[Recipient]:
        """The numbers that have a message now."""
        return [recipient for recipient in self.recipients if recipient.status == ACCEPTED]

    @property
    def cost(self) -> int:
        """The price of everything accepted, in millionths."""
        return sum(recipient.cost for recipient in self.recipients)


def send(
    tx: Transaction, account_id: int, workspace_id: int, numbers: Sequence[str], text: Text, *, sandbox_key: str | None = None
) -> Sent:
    """Queue one message for each number that can be reached. ``sandbox_key``: the key, if it is one of the sandbox."""
    payer = account(tx, account_id)
    assert payer is not None, "an authenticated caller has an account"
    parts = parts_of(text.message)
    plan = Sent(parts, _plan(tx, payer, numbers, parts, filtered=sandbox_key is None), sandbox_key is not None)
    if sandbox_key is None:
        _pay(tx, payer, plan)
    else:
        _use_quota(tx, sandbox_key, len(plan.accepted))
    return replace(plan, recipients=[_queue(tx, payer, workspace_id, to, _message(tx, to, plan, text)) for to in plan.recipients])


def _plan(tx: Transaction, payer: Entity, numbers: Sequence[str], parts: Parts, *, filtered: bool) -> list[Recipient]:
    tariff = Tariff(tx, payer["id"])
    plan = []
    for number in numbers:
        country = country_of(number)
        if filtered and country in payer["blocked_countries"]:
            plan.append(Recipient(number, BLOCKED, 0))
        elif country in payer["unrouted_countries"]:
            plan.append(Recipient(number, UNROUTED, 0))
        else:
            plan.append(Recipient(number, ACCEPTED, tariff.per_segment(country) * parts.segments))
    return plan


def _pay(tx: Transaction, payer: Entity, plan: Sent) -> None:
    if plan.cost > payer["balance"]:
        raise InsufficientBalance(
            balance=payer["balance"],
            estimated_cost=plan.cost,
            currency=payer["currency"],
            total_recipients=len(plan.recipients),
            billable_recipients=len(plan.accepted),
            segments=plan.parts.segments,
        )
    charge(tx, payer, plan.cost)


def _use_quota(tx: Transaction, key: str, wanted: int) -> None:
    # Each request leaves one record, and those that no longer count are cleared away.
    longest_ago = rfc3339(tx.now - _QUOTA_SPAN)
    uses = tx.find("sandbox use", key)
    spent = 0
    for use in uses:
        if use.body["at"] > longest_ago:
            spent += use.body["messages"]
        else:
            tx.delete("sandbox use", key, use.id)
    if spent + wanted > SANDBOX_QUOTA:
        raise SandboxQuotaSpent
    if wanted:
        store_use(tx, key, {"at": rfc3339(tx.now), "messages": wanted})


def store_use(tx: Transaction, key: str, use: Entity) -> None:
    """Keep how many ``messages`` a key of the sandbox sent ``at`` an instant."""
    tx.put("sandbox use", key, tx.increment("sandbox use"), use)


def uses(tx: Transaction, key: str) -> list[Entity]:
    """What a key of the sandbox sent, as far as it may count, oldest first."""
    return [record.body for record in tx.find("sandbox use", key)]


def _queue(tx: Transaction, payer: Entity, workspace_id: int, to: Recipient, message: Entity) -> Recipient:
    if to.status != ACCEPTED:
        return to
    message_id = messages.new_id(tx, payer["user"]["id"])
    owned = {"id": tx.increment("message id"), "client_message_id": message_id, "account_id": payer["id"]}
    messages.store(tx, workspace_id, {**owned, **message})
    LADDER.begin(tx, workspace_id, message_id, outcome_of(to.number))
    return replace(to, message_id=message_id)


def _message(tx: Transaction, to: Recipient, plan: Sent, text: Text) -> Entity:
    return {
        "telecom_message_id": None,
        "recipient": to.number,
        "country": country_of(to.number),
        "sender_id": text.sender_id,
        "message": text.message,
        "status": "pending",
        "status_code": None,
        "segments": plan.parts.segments,
        # Sandbox messages are priced in the reply and billed to nobody.
        "cost": 0 if plan.sandbox else to.cost,
        "created_at": rfc3339(tx.now),
        "delivered_at": None,
    }
