"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.apis.tofrom import keys, live, messages, numbers, provider, receiving, sessions, state
from mockserver.apis.tofrom.ladder import LADDER
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.contradictions import refuse
from mockserver.engine.sandbox import Transaction

Part = Mapping[str, Any]
#: Brings the parts of a list into the order in which they came to be.
Order = Callable[[Sequence[Part]], Sequence[Part]]


def furnish(tx: Transaction, world: Part, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` messages of the owner's between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    refuse(_mistakes(world))
    LADDER.furnish(tx, world["delays"])
    for actor, part in world["cast"].items():
        tx.put("cast", "", actor, part)
    for user in world["users"]:
        tx.put("user", user["id"], user["id"], _without(user, "password"))
        tx.put("login", "", user["email"].lower(), {"user_id": user["id"], "password": user["password"]})
    for session in world["sessions"]:
        keep = sessions.remember if "ended_at" in session else sessions.store
        keep(tx, session["token"], _without(session, "token"))
    order: Order = list if world.get("continued") else _by_age
    for workspace in order(world["workspaces"]):
        owned = workspace["id"] == world["cast"]["owner"]["workspace_id"]
        _furnish_workspace(tx, workspace, order, more if owned else NOTHING)
    for number in world["stock"]:
        numbers.stock_up(tx, number)
    for entry in world.get("agenda", ()):
        _plan(tx, entry)


def _furnish_workspace(tx: Transaction, workspace: Part, order: Order, more: Backfill) -> None:
    id = workspace["id"]
    state.store_workspace(tx, {name: workspace[name] for name in ("id", "name", "created_at")})
    for member in order(workspace["members"]):
        state.store_member(tx, id, {"user_id": None, **member})
    for key in order(workspace["api_keys"]):
        (keys.remember if "revoked_at" in key else keys.store)(tx, id, {**key})
    if workspace["provider"]:
        provider.store(tx, id, workspace["provider"])
    for number in order(workspace["phone_numbers"]):
        (numbers.remember if "released_at" in number else numbers.store)(tx, id, {**number})
    for message in order(workspace["messages"]):
        more.until(message["created_at"])
        messages.store(tx, id, {"mediaUrls": [], **message})
    more.rest()
    live.remember(tx, id, [_event(tx, id, event) for event in workspace.get("events", ())])


def _event(tx: Transaction, workspace_id: str, event: Part) -> live.Event:
    """A message changes in nothing but its status, so that the event needs no more of it."""
    message = {**messages.read(tx, workspace_id, event["message_id"]), "status": event["status"]}
    return live.Event(event["number"], event["at"], event["type"], message)


def _plan(tx: Transaction, entry: Part) -> None:
    workspace_id, due, chance = entry["workspace_id"], entry["due"], entry.get("chance")
    if "step" in entry:
        step = {"reached": [], "start": due, **_without(entry["step"], "message_id")}
        LADDER.resume(tx, [{"id": entry["step"]["message_id"], "owner": workspace_id, **step, "due": due, "chance": chance}])
    else:
        arrival = entry["arrival"]
        letter = receiving.Letter(arrival["from"], arrival["to"], arrival["body"], arrival.get("mediaUrls", ()))
        ids = {name: arrival[name] for name in ("id", "provider_sid")}
        receiving.plan(tx, workspace_id, receiving.received(ids, letter, parse_rfc3339(due)), chance)


def _by_age(entities: Sequence[Part]) -> Sequence[Part]:
    # sorted() is stable: what is equally old stays in the order of the file.
    return sorted(entities, key=lambda entity: str(entity["created_at"]))


def _without(entity: Part, name: str) -> dict[str, Any]:
    return {key: value for key, value in entity.items() if key != name}


def _mistakes(world: Part) -> Iterator[str]:
    workspaces = list(enumerate(world["workspaces"]))
    yield from _repeated((f"/users/{place}/id", user["id"]) for place, user in enumerate(world["users"]))
    yield from _repeated((f"/users/{place}/email", user["email"].lower()) for place, user in enumerate(world["users"]))
    yield from _repeated((f"/workspaces/{place}/id", workspace["id"]) for place, workspace in workspaces)
    for kind in ("members", "api_keys", "phone_numbers", "messages"):
        yield from _repeated(_values(world, kind, "id"))
    yield from _repeated(_values(world, "api_keys", "key"))
    owned = _values(world, "phone_numbers", "phone_number", unless="released_at")
    stock = [(f"/stock/{place}/phone_number", number["phone_number"]) for place, number in enumerate(world["stock"])]
    yield from _repeated([*owned, *stock])
    yield from _strangers(world)
    for place, workspace in workspaces:
        yield from _misplaced(f"/workspaces/{place}", workspace)
        yield from _misremembered(f"/workspaces/{place}", workspace)
    yield from _misplanned(world)
    for actor, part in world["cast"].items():
        yield from _miscast(world, f"/cast/{actor}", part)


def _values(world: Part, kind: str, name: str, unless: str = "") -> list[tuple[str, str]]:
    return [
        (f"/workspaces/{place}/{kind}/{index}/{name}", entity[name])
        for place, workspace in enumerate(world["workspaces"])
        for index, entity in enumerate(workspace[kind])
        if unless not in entity
    ]


def _repeated(values: Any) -> Iterator[str]:
    seen = set()
    for pointer, value in values:
        if value in seen:
            yield f"{pointer}: is taken by an earlier one"
        seen.add(value)


def _strangers(world: Part) -> Iterator[str]:
    users = {user["id"] for user in world["users"]}
    for place, session in enumerate(world["sessions"]):
        if session["user_id"] not in users:
            yield f"/sessions/{place}/user_id: there is no such user"
    for place, workspace in enumerate(world["workspaces"]):
        for index, member in enumerate(workspace["members"]):
            if member.get("user_id") not in {None, *users}:
                yield f"/workspaces/{place}/members/{index}/user_id: there is no such user"


def _misplaced(pointer: str, workspace: Part) -> Iterator[str]:
    active = {member["user_id"] for member in workspace["members"] if "user_id" in member}
    if not any(member["role"] == "owner" for member in workspace["members"]):
        yield f"{pointer}/members: nobody is the owner"
    for index, key in enumerate(workspace["api_keys"]):
        if key["created_by"] not in active:
            yield f"{pointer}/api_keys/{index}/created_by: is no member of the workspace"
    numbers = {number["phone_number"] for number in workspace["phone_numbers"]}
    for index, message in enumerate(workspace["messages"]):
        side = "from" if message["direction"] == "outbound" else "to"
        if message[side] not in numbers:
            yield f"{pointer}/messages/{index}/{side}: is no number of the workspace"


def _misremembered(pointer: str, workspace: Part) -> Iterator[str]:
    known, events = {message["id"] for message in workspace["messages"]}, workspace.get("events", ())
    for index, event in enumerate(events):
        if event["message_id"] not in known:
            yield f"{pointer}/events/{index}/message_id: the workspace has no such message"
        if event["number"] != events[0]["number"] + index:
            yield f"{pointer}/events/{index}/number: does not follow the one before"


def _misplanned(world: Part) -> Iterator[str]:
    known = {found["id"]: {message["id"] for message in found["messages"]} for found in world["workspaces"]}
    entries = [(f"/agenda/{place}", entry) for place, entry in enumerate(world.get("agenda", ()))]
    for pointer, entry in entries:
        step = entry.get("step", {})
        if entry["workspace_id"] not in known:
            yield f"{pointer}/workspace_id: there is no such workspace"
        elif step and step["message_id"] not in known[entry["workspace_id"]]:
            yield f"{pointer}/step/message_id: the workspace has no such message"
        left = not step or LADDER.left(step["outcome"], step.get("reached", ()))
        if bool(left) != bool(entry["due"]):
            yield f"{pointer}/due: is an instant as long as there is a step to take, and null after the last one"
    moving = ((f"{pointer}/step/message_id", entry["step"]["message_id"]) for pointer, entry in entries if "step" in entry)
    yield from _repeated(moving)
    coming = ((f"{pointer}/arrival/id", entry["arrival"]["id"]) for pointer, entry in entries if "arrival" in entry)
    yield from _repeated([*_values(world, "messages", "id"), *coming])


def _miscast(world: Part, pointer: str, part: Part) -> Iterator[str]:
    sessions = {session["token"]: session["user_id"] for session in world["sessions"]}
    if sessions.get(part["session_token"]) != part["user_id"]:
        yield f"{pointer}/session_token: is no session of this user"
    workspace = next((found for found in world["workspaces"] if found["id"] == part["workspace_id"]), None)
    if workspace is None:
        yield f"{pointer}/workspace_id: there is no such workspace"
    elif part["user_id"] not in {member.get("user_id") for member in workspace["members"]}:
        yield f"{pointer}/user_id: is no member of the workspace"
    elif part["api_key_id"] not in {key["id"] for key in workspace["api_keys"]}:
        yield f"{pointer}/api_key_id: the workspace has no such key"
    elif part["phone_number"] not in {number["phone_number"] for number in workspace["phone_numbers"]}:
        yield f"{pointer}/phone_number: the workspace has no such number"
