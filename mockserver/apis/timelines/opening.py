"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from mockserver.apis.timelines import connections, state, users, webhooks
from mockserver.apis.timelines.moments import settled
from mockserver.engine import outbox
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.contradictions import refuse
from mockserver.engine.sandbox import Transaction

Part = Mapping[str, Any]

_ELSEWHERE = ("users", "whatsapp_accounts", "qr_links", "told")


def furnish(tx: Transaction, world: Part, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` workspaces after its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    refuse(_mistakes(world))
    # What is on its way stays to the letter.
    deliveries, world = world.get("deliveries", []), settled(world)
    refuse(_backwards(world))
    tx.put("world", "", "cast", world["cast"])
    for plan in world["plans"]:
        tx.put("plan", "", plan["plan_id"], plan)
    for partner in world["partners"]:
        tx.put("partner", "", partner["partner_id"], partner)
    # A clock that was set back leaves lists that are not in the order of time.
    for workspace in world["workspaces"] if world.get("continued") else _oldest_first(world["workspaces"]):
        _furnish_workspace(tx, workspace)
    more.rest()
    tx.increment("user id", _highest(world, "users", "user_id"))
    tx.increment("whatsapp account id", _highest(world, "whatsapp_accounts", "whatsapp_account_id"))
    outbox.resume(tx, (_delivery(world, told) for told in deliveries))
    # A number is given once, even if no workspace here has it.
    tx.increment("group id", max([world.get("last_group_id", 0), *(found["group_id"] for found in world["workspaces"])]))


def _furnish_workspace(tx: Transaction, found: Part) -> None:
    workspace = {name: value for name, value in found.items() if name not in _ELSEWHERE}
    state.keep(tx, workspace)
    for user in found["users"]:
        users.keep(tx, workspace, user)
    for account in found["whatsapp_accounts"]:
        connections.keep(tx, workspace, {"disconnected_at": None, **account})
    for link in found["qr_links"]:
        tx.put("qr link", workspace["workspace_id"], link["user_id"], link)
    for told in found.get("told", []):
        webhooks.note(tx, workspace, told["event"], told["period_start"])


def _delivery(world: Part, told: Part) -> Part:
    secrets = {partner["partner_id"]: partner["secret"] for partner in world["partners"]}
    return {
        "webhook": told["event"],
        "owner": told["partner_id"],
        "facts": {"partner_id": told["partner_id"], "secret": secrets[told["partner_id"]]},
        "held": told.get("held", False),
        **{name: told[name] for name in ("event", "url", "body", "queued_at")},
        "tries": [{"attempt": 1, "chance": None, **one} for one in told["tries"]],
    }


def _oldest_first(workspaces: Iterable[Part]) -> Iterator[Part]:
    for found in sorted(workspaces, key=itemgetter("created_at", "workspace_id")):
        yield {**found, "whatsapp_accounts": sorted(found["whatsapp_accounts"], key=itemgetter("connected_at"))}


def _highest(world: Part, kind: str, name: str) -> int:
    return max((entity[name] for workspace in world["workspaces"] for entity in workspace[kind]), default=0)


def _mistakes(world: Part) -> Iterator[str]:
    partners = {partner["partner_id"] for partner in world["partners"]}
    workspaces = list(enumerate(world["workspaces"]))
    yield from _repeated((f"/plans/{place}/plan_id", plan["plan_id"]) for place, plan in enumerate(world["plans"]))
    yield from _repeated((f"/partners/{place}/partner_id", found["partner_id"]) for place, found in enumerate(world["partners"]))
    yield from _repeated((f"/workspaces/{place}/workspace_id", found["workspace_id"]) for place, found in workspaces)
    names = ((f"/workspaces/{place}/display_name", (w["partner_id"], w["display_name"].lower())) for place, w in workspaces)
    yield from _repeated(names)
    yield from _repeated(_values(world, "users", "user_id"))
    yield from _repeated(_values(world, "whatsapp_accounts", "whatsapp_account_id"))
    yield from _repeated(_values(world, "qr_links", "user_id"))
    plans = {plan["plan_id"] for plan in world["plans"]}
    for place, partner in enumerate(world["partners"]):
        if partner["plan_id"] not in plans:
            yield f"/partners/{place}/plan_id: there is no such plan"
    for place, workspace in workspaces:
        if workspace["partner_id"] not in partners:
            yield f"/workspaces/{place}/partner_id: there is no such partner"
        yield from _overdrawn(f"/workspaces/{place}", workspace)
        phones = (each["phone_number_e164"] for each in workspace["whatsapp_accounts"])
        yield from _repeated(
            (f"/workspaces/{place}/whatsapp_accounts/{index}/phone_number_e164", phone) for index, phone in enumerate(phones)
        )
        yield from _unconnected(f"/workspaces/{place}", workspace)
    for place, delivery in enumerate(world.get("deliveries", [])):
        if delivery["partner_id"] not in partners:
            yield f"/deliveries/{place}/partner_id: there is no such partner"
    owned = {(workspace["partner_id"], workspace["workspace_id"]) for _, workspace in workspaces}
    for actor, part in world["cast"].items():
        if (part["partner_id"], part["workspace_id"]) not in owned:
            yield f"/cast/{actor}/workspace_id: the partner has no such workspace"


def _values(world: Part, kind: str, name: str) -> Iterator[tuple[str, Any]]:
    for place, workspace in enumerate(world["workspaces"]):
        for index, entity in enumerate(workspace[kind]):
            yield f"/workspaces/{place}/{kind}/{index}/{name}", entity[name]


def _repeated(values: Iterable[tuple[str, Any]]) -> Iterator[str]:
    seen = set()
    for pointer, value in values:
        if value in seen:
            yield f"{pointer}: is taken by an earlier one"
        seen.add(value)


def _overdrawn(pointer: str, workspace: Part) -> Iterator[str]:
    owners = [user for user in workspace["users"] if user["role"] == "owner"]
    if len(owners) != 1 or owners[0]["status"] == "suspended":
        yield f"{pointer}/users: exactly one must be the owner, and not suspended"
    if sum(user["status"] == "active" for user in workspace["users"]) > workspace["seats"]["total"]:
        yield f"{pointer}/seats/total: more users than this hold a seat"
    for quota in ("messages_quota", "api_calls_quota"):
        if workspace[quota]["used"] > workspace[quota]["total"]:
            yield f"{pointer}/{quota}/used: is more than the total"


def _unconnected(pointer: str, workspace: Part) -> Iterator[str]:
    active = {user["user_id"]: user["status"] == "active" for user in workspace["users"]}
    connected = set()
    for index, account in enumerate(workspace["whatsapp_accounts"]):
        where = f"{pointer}/whatsapp_accounts/{index}/user_id"
        if account["user_id"] not in active:
            yield f"{where}: there is no such user in the workspace"
        elif "disconnected_at" not in account:
            if not active[account["user_id"]] or account["user_id"] in connected:
                yield f"{where}: is suspended, or has a connected account already"
            connected.add(account["user_id"])
    for index, link in enumerate(workspace["qr_links"]):
        if not active.get(link["user_id"]):
            yield f"{pointer}/qr_links/{index}/user_id: there is no such active user in the workspace"
        elif link["user_id"] in connected:
            yield f"{pointer}/qr_links/{index}/user_id: has a connected account"


def _backwards(world: Part) -> Iterator[str]:
    for place, workspace in enumerate(world["workspaces"]):
        for quota in ("seats", "messages_quota", "api_calls_quota"):
            if workspace[quota]["period_end"] < workspace[quota]["period_start"]:
                yield f"/workspaces/{place}/{quota}/period_end: is before the start"
