"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockserver.apis.restlink import messages, sending, state, webhooks
from mockserver.apis.restlink.ladder import LADDER
from mockserver.apis.restlink.tariff import millionths
from mockserver.engine import outbox
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.contradictions import refuse
from mockserver.engine.sandbox import Transaction

World = Mapping[str, Any]

#: What a world need not say of an account, and of a key.
USUAL_ACCOUNT: World = {"blocked_countries": [], "unrouted_countries": [], "requests_per_second": None}
USUAL_KEY: World = {"active": True, "expires_at": None, "hmac_secret": None}
#: An entry of the webhooks' log.
LOGGED = ("id", "event", "url", "message_id", "status", "attempts", "http_status", "created_at", "finished_at")


def furnish(tx: Transaction, world: World, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` messages between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    refuse(_mistakes(world))
    tx.put("world", "", "settled", _settled(world))
    tx.put("portal", "", "jwt", world["jwt"])
    LADDER.furnish(tx, world["delays"])
    for account in world["accounts"]:
        _furnish_account(tx, world, account)
    for workspace in sorted(world["workspaces"], key=lambda found: found["id"]):
        _furnish_workspace(tx, workspace)
    _furnish_keys(tx, world)
    owners = _owners(world)
    for message in _oldest_first(world, "messages"):
        more.until(message["created_at"])
        messages.store(tx, message["workspace_id"], _message(message, owners))
    more.rest()
    for entry in _oldest_first(world, "webhook_logs"):
        webhooks.log(tx, entry["workspace_id"], {name: entry.get(name) for name in LOGGED})
    LADDER.resume(tx, _journeys(world))
    outbox.resume(tx, map(_delivery, world.get("deliveries", [])))
    for counter, kind in (("workspace id", "workspaces"), ("message id", "messages"), ("webhook log id", "webhook_logs")):
        tx.increment(counter, max((found["id"] for found in world[kind]), default=0))


def _settled(world: World) -> dict[str, Any]:
    """What nothing that happens changes, kept for who tells of the world again."""
    return {"cast": world["cast"], "pricing": world["pricing"], "accounts": [account["id"] for account in world["accounts"]]}


def _furnish_account(tx: Transaction, world: World, account: World) -> None:
    tx.put("account", account["id"], account["id"], {**USUAL_ACCOUNT, **account, "balance": millionths(account["balance"])})
    prices = {country: millionths(price) for country, price in world["pricing"]["countries"].items()}
    tx.put("tariff", account["id"], "prices", {"default": millionths(world["pricing"]["default"]), "countries": prices})


def _furnish_workspace(tx: Transaction, workspace: World) -> None:
    state.store_workspace(tx, {name: value for name, value in workspace.items() if name != "webhooks"})
    if "webhooks" in workspace:
        webhooks.change(tx, workspace["id"], workspace["webhooks"])


def _furnish_keys(tx: Transaction, world: World) -> None:
    owners = _owners(world)
    for key in world["api_keys"]:
        kept = {name: value for name, value in key.items() if name != "sandbox_uses"}
        tx.put("api key", "", key["key"], {**USUAL_KEY, **kept, "account_id": owners[key["workspace_id"]]})
        for use in key.get("sandbox_uses", []):
            sending.store_use(tx, key["key"], use)


def _message(message: World, owners: Mapping[int, int]) -> dict[str, Any]:
    usual = {"telecom_message_id": None, "status_code": None, "delivered_at": None}
    known = {**usual, **message, "account_id": owners[message["workspace_id"]], "cost": millionths(message["cost"])}
    return {name: value for name, value in known.items() if name != "workspace_id"}


def _journeys(world: World) -> Iterator[World]:
    sent = {message["client_message_id"]: message for message in world["messages"]}
    for journey in world.get("under_way", []):
        message = sent[journey["message_id"]]
        usual = {"reached": [], "start": message["created_at"], "chance": None}
        known = {name: value for name, value in journey.items() if name != "message_id"}
        yield {"id": journey["message_id"], "owner": str(message["workspace_id"]), **usual, **known}


def _delivery(told: World) -> World:
    return {
        "webhook": told["event"],
        "owner": str(told["workspace_id"]),
        "facts": {"secret": told.get("signing_secret"), "log_id": told["log_id"]},
        "held": told.get("held", False),
        **{name: told[name] for name in ("event", "url", "body", "queued_at")},
        "tries": [{"attempt": 1, "chance": None, **one} for one in told["tries"]],
    }


def _owners(world: World) -> dict[int, int]:
    """Whose each workspace is."""
    return {workspace["id"]: workspace["account_id"] for workspace in world["workspaces"]}


def _oldest_first(world: World, kind: str) -> list[World]:
    # A clock that was set back leaves lists that are not in the order of time.
    if world.get("continued"):
        return list(world[kind])
    return sorted(world[kind], key=lambda found: (found["created_at"], found["id"]))


def _mistakes(world: World) -> Iterator[str]:
    yield from _repeated(world, "accounts", "id")
    yield from _repeated(world, "workspaces", "id")
    yield from _repeated(world, "api_keys", "key")
    yield from _repeated(world, "messages", "id")
    yield from _repeated(world, "messages", "client_message_id")
    yield from _repeated(world, "webhook_logs", "id")
    yield from _dangling(world, "workspaces", "account_id", (account["id"] for account in world["accounts"]))
    for kind in ("api_keys", "messages", "webhook_logs", "deliveries"):
        yield from _dangling(world, kind, "workspace_id", (workspace["id"] for workspace in world["workspaces"]))
    yield from _second_mains(world)
    yield from _astray(world)
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
    for place, entity in enumerate(world.get(kind, [])):
        if entity[name] not in ids:
            yield f"/{kind}/{place}/{name}: there is no such {name.removesuffix('_id')}"


def _second_mains(world: World) -> Iterator[str]:
    mains = set()
    for place, workspace in enumerate(world["workspaces"]):
        if workspace["is_main"] and "deleted_at" not in workspace:
            if workspace["account_id"] in mains:
                yield f"/workspaces/{place}/is_main: the account has a live main workspace already"
            mains.add(workspace["account_id"])


def _astray(world: World) -> Iterator[str]:
    sent, seen = {message["client_message_id"] for message in world["messages"]}, set()
    for place, journey in enumerate(world.get("under_way", [])):
        if journey["message_id"] not in sent:
            yield f"/under_way/{place}/message_id: there is no such message"
        if journey["message_id"] in seen:
            yield f"/under_way/{place}/message_id: is taken by an earlier one"
        seen.add(journey["message_id"])
        if bool(LADDER.left(journey["outcome"], journey.get("reached", []))) == (journey["due"] is None):
            yield f"/under_way/{place}/due: must be null if no step is left, and only then"


def _miscast(world: World, pointer: str, part: World) -> Iterator[str]:
    if part["account_id"] not in {account["id"] for account in world["accounts"]}:
        yield f"{pointer}/account_id: there is no such account"
    owned = [workspace for workspace in world["workspaces"] if workspace["account_id"] == part["account_id"]]
    live = {workspace["id"] for workspace in owned if "deleted_at" not in workspace}
    mains = {workspace["id"] for workspace in owned if workspace["is_main"]} & live
    every = {workspace["id"] for workspace in owned}
    # Who plays a part in a world that went on played it when it began.
    fitting = (every, every, every) if world.get("continued") else (mains, live, every - live)
    for name, wanted in zip(("main", "workspaces", "deleted"), fitting, strict=True):
        if name in part and not set(part[name] if isinstance(part[name], list) else [part[name]]) <= wanted:
            yield f"{pointer}/{name}: the account has no such workspace"
    keys = {key["key"]: key["workspace_id"] for key in world["api_keys"]}
    for workspace_id, key in part.get("api_keys", {}).items():
        if str(keys.get(key)) != workspace_id:
            yield f"{pointer}/api_keys/{workspace_id}: there is no such key for this workspace"
    for name, key in part.get("keys", {}).items():
        if key not in keys:
            yield f"{pointer}/keys/{name}: there is no such key"
