"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockserver.apis.restlink import messages, state, webhooks
from mockserver.apis.restlink.ladder import LADDER
from mockserver.apis.restlink.tariff import millionths
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.sandbox import Transaction

World = Mapping[str, Any]


def furnish(tx: Transaction, world: World, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` messages between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    for mistake in _mistakes(world):
        raise ValueError(mistake)
    tx.put("portal", "", "jwt", world["jwt"])
    LADDER.furnish(tx, world["delays"])
    for account in world["accounts"]:
        _furnish_account(tx, world, account)
    for workspace in sorted(world["workspaces"], key=lambda found: found["id"]):
        _furnish_workspace(tx, workspace)
    _furnish_keys(tx, world)
    for message in sorted(world["messages"], key=lambda found: (found["created_at"], found["id"])):
        more.until(message["created_at"])
        _furnish_message(tx, message)
    more.rest()
    for entry in sorted(world["webhook_logs"], key=lambda found: (found["created_at"], found["id"])):
        usual = {"message_id": None, "http_status": None, "finished_at": None}
        webhooks.log(tx, entry["workspace_id"], _without_workspace({**usual, **entry}))
    for counter, kind in (("workspace id", "workspaces"), ("message id", "messages"), ("webhook log id", "webhook_logs")):
        tx.increment(counter, max((found["id"] for found in world[kind]), default=0))


def _furnish_account(tx: Transaction, world: World, account: World) -> None:
    usual: World = {"blocked_countries": [], "unrouted_countries": [], "requests_per_second": None}
    tx.put("account", account["id"], account["id"], {**usual, **account, "balance": millionths(account["balance"])})
    prices = {country: millionths(price) for country, price in world["pricing"]["countries"].items()}
    tx.put("tariff", account["id"], "prices", {"default": millionths(world["pricing"]["default"]), "countries": prices})


def _furnish_workspace(tx: Transaction, workspace: World) -> None:
    state.store_workspace(tx, {name: value for name, value in workspace.items() if name != "webhooks"})
    if "webhooks" in workspace:
        webhooks.change(tx, workspace["id"], workspace["webhooks"])


def _furnish_keys(tx: Transaction, world: World) -> None:
    owners = {workspace["id"]: workspace["account_id"] for workspace in world["workspaces"]}
    for key in world["api_keys"]:
        usual = {"active": True, "expires_at": None, "hmac_secret": None}
        tx.put("api key", "", key["key"], {**usual, **key, "account_id": owners[key["workspace_id"]]})


def _furnish_message(tx: Transaction, message: World) -> None:
    usual = {"telecom_message_id": None, "status_code": None, "delivered_at": None}
    body = _without_workspace({**usual, **message, "cost": millionths(message["cost"])})
    messages.store(tx, message["workspace_id"], body)


def _without_workspace(entity: World) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name != "workspace_id"}


def _mistakes(world: World) -> Iterator[str]:
    yield from _repeated(world, "accounts", "id")
    yield from _repeated(world, "workspaces", "id")
    yield from _repeated(world, "api_keys", "key")
    yield from _repeated(world, "messages", "id")
    yield from _repeated(world, "messages", "client_message_id")
    yield from _repeated(world, "webhook_logs", "id")
    yield from _dangling(world, "workspaces", "account_id", (account["id"] for account in world["accounts"]))
    for kind in ("api_keys", "messages", "webhook_logs"):
        yield from _dangling(world, kind, "workspace_id", (workspace["id"] for workspace in world["workspaces"]))
    yield from _second_mains(world)
    for actor, part in world["cast"].items():
        yield from _miscast(world, f"/cast/{actor}", part)


def _repeated(world: World, kind: str, name: str) -> Iterator[str]:
    seen = set()
    for place, entity in enumerate(world[kind]):
        if entity[name] in seen:
            yield f"/{kind}/{place}/{name}: is taken by an earlier one"
        seen.add(entity[name])


def _dangling(world: World, kind: str, name: str, known: Iterable[int]) -> Iterator[str]:
    ids = set(known)
    for place, entity in enumerate(world[kind]):
        if entity[name] not in ids:
            yield f"/{kind}/{place}/{name}: there is no such {name.removesuffix('_id')}"


def _second_mains(world: World) -> Iterator[str]:
    mains = set()
    for place, workspace in enumerate(world["workspaces"]):
        if workspace["is_main"] and "deleted_at" not in workspace:
            if workspace["account_id"] in mains:
                yield f"/workspaces/{place}/is_main: the account has a live main workspace already"
            mains.add(workspace["account_id"])


def _miscast(world: World, pointer: str, part: World) -> Iterator[str]:
    if part["account_id"] not in {account["id"] for account in world["accounts"]}:
        yield f"{pointer}/account_id: there is no such account"
    owned = [workspace for workspace in world["workspaces"] if workspace["account_id"] == part["account_id"]]
    live = {workspace["id"] for workspace in owned if "deleted_at" not in workspace}
    mains = {workspace["id"] for workspace in owned if workspace["is_main"]} & live
    for name, wanted in (("main", mains), ("workspaces", live), ("deleted", {found["id"] for found in owned} - live)):
        if name in part and not set(part[name] if isinstance(part[name], list) else [part[name]]) <= wanted:
            yield f"{pointer}/{name}: the account has no such workspace"
    keys = {key["key"]: key["workspace_id"] for key in world["api_keys"]}
    for workspace_id, key in part.get("api_keys", {}).items():
        if str(keys.get(key)) != workspace_id:
            yield f"{pointer}/api_keys/{workspace_id}: there is no such key for this workspace"
    for name, key in part.get("keys", {}).items():
        if key not in keys:
            yield f"{pointer}/keys/{name}: there is no such key"
