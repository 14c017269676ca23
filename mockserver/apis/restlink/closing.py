"""The closing: the state told as a world's fixture, from which the opening makes the same state again.

What lasts no longer than a moment is left out: the rate of the current second, and which signatures were used up, so that what
was signed less than five minutes before is taken once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.restlink import sending, state, webhooks
from mockserver.apis.restlink.ladder import LADDER
from mockserver.apis.restlink.opening import LOGGED, USUAL_ACCOUNT, USUAL_KEY
from mockserver.apis.restlink.state import Entity
from mockserver.apis.restlink.wire import money
from mockserver.engine import outbox
from mockserver.engine.sandbox import Transaction

_ACCOUNT = (
    "id", "user", "balance", "currency", "balance_updated_at", "blocked_countries", "unrouted_countries", "requests_per_second",
)  # fmt: skip
_WORKSPACE = ("id", "name", "is_main", "color", "account_id", "product_id", "deleted_at")
_KEY = ("key", "workspace_id", "permissions", "active", "expires_at", "hmac_secret")
_SENT = (
    "id", "client_message_id", "telecom_message_id", "recipient", "country", "sender_id", "message", "status", "status_code",
    "segments", "cost", "created_at", "delivered_at", "links",
)  # fmt: skip


def gather(tx: Transaction) -> dict[str, Any]:
    """The state as a document that is valid against the contract's ``x-world`` and that ``furnish`` takes."""
    settled = tx.get("world", "", "settled")
    assert settled is not None, "the world was opened"
    accounts = [_account(tx, id) for id in settled["accounts"]]
    workspaces = sorted(
        (found for id in settled["accounts"] for found in state.all_workspaces(tx, id)), key=lambda one: one["id"]
    )
    places = [workspace["id"] for workspace in workspaces]
    return {
        "continued": True,
        "cast": settled["cast"],
        "jwt": tx.get("portal", "", "jwt"),
        "delays": LADDER.delays(tx),
        "pricing": settled["pricing"],
        "accounts": accounts,
        "workspaces": [_workspace(tx, workspace) for workspace in workspaces],
        "api_keys": [_key(tx, record.body) for record in tx.find("api key", "")],
        "messages": [{**place, **_message(body)} for place, body in _in_order(tx, "message", places)],
        "webhook_logs": [{**place, **_said(body, LOGGED)} for place, body in _in_order(tx, "webhook log", places)],
        "under_way": [_journey(journey) for journey in LADDER.under_way(tx)],
        "deliveries": [_delivery(delivery) for delivery in outbox.under_way(tx)],
    }


def _account(tx: Transaction, id: int) -> Entity:
    found = state.account(tx, id)
    assert found is not None, "no account ever goes"
    return _unusual({**_said(found, _ACCOUNT), "balance": money(found["balance"])}, USUAL_ACCOUNT)


def _workspace(tx: Transaction, workspace: Entity) -> Entity:
    chosen = _unusual(webhooks.settings(tx, workspace["id"]), webhooks.NOTHING)
    return {**_said(workspace, _WORKSPACE), **({"webhooks": chosen} if chosen else {})}


def _key(tx: Transaction, key: Entity) -> Entity:
    told, uses = _unusual(_said(key, _KEY), USUAL_KEY), sending.uses(tx, key["key"])
    return {**told, "sandbox_uses": uses} if uses else told


def _in_order(tx: Transaction, kind: str, workspaces: list[int]) -> list[tuple[Entity, Entity]]:
    """All records of the workspaces, each with its place, in the one order in which they came to be."""
    found = ((record.seq, place, record.body) for place in workspaces for record in tx.find(kind, place))
    return [({"workspace_id": place}, body) for _, place, body in sorted(found, key=lambda one: one[0])]


def _message(message: Entity) -> Entity:
    return {**_said(message, _SENT), "cost": money(message["cost"])}


def _journey(journey: Entity) -> Entity:
    told = {"message_id": journey["id"], **{name: journey[name] for name in ("outcome", "reached", "start", "due", "chance")}}
    return told if told["chance"] else _said(told, ("message_id", "outcome", "reached", "start")) | {"due": None}


def _delivery(delivery: Entity) -> Entity:
    secret = delivery["facts"]["secret"]
    return {
        "workspace_id": int(delivery["owner"]),
        "log_id": delivery["facts"]["log_id"],
        **{name: delivery[name] for name in ("event", "url", "body")},
        **({"signing_secret": secret} if secret else {}),
        "queued_at": delivery["queued_at"],
        **({"held": True} if delivery["held"] else {}),
        "tries": delivery["tries"],
    }


def _said(entity: Entity, names: tuple[str, ...]) -> Entity:
    """What there is to say of it, in this order."""
    return {name: entity[name] for name in names if entity.get(name) is not None}


def _unusual(entity: Mapping[str, Any], usual: Mapping[str, Any]) -> Entity:
    """What a world must say of it, since it is not usual."""
    return {name: value for name, value in entity.items() if name not in usual or value != usual[name]}
