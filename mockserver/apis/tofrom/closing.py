"""The closing: the state as a world's fixture, from which the opening makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.tofrom import live
from mockserver.apis.tofrom.ladder import LADDER
from mockserver.apis.tofrom.receiving import RECEIVE
from mockserver.engine.ladder import STEP
from mockserver.engine.sandbox import Transaction

Part = Mapping[str, Any]
Json = dict[str, Any]
#: What is told of each kind of thing, in the contract's order.
_USER = ("id", "email", "name")
_SESSION = ("user_id", "expires_at", "ended_at")
_MEMBER = ("id", "user_id", "email", "role", "created_at")
_API_KEY = ("id", "name", "key", "created_by", "created_at", "revoked_at")
_PROVIDER = ("provider", "account_sid", "auth_token", "updated_at")
_IN_STOCK = ("phone_number", "country", "capabilities")
_PHONE_NUMBER = ("id", *_IN_STOCK, "created_at", "released_at")
_LETTER = ("id", "provider_sid", "to", "from", "body", "mediaUrls")
_MESSAGE = ("id", "direction", "to", "from", "body", "status", "provider_sid", "created_at", "mediaUrls")
_STEP = ("outcome", "reached", "start")


def gather(tx: Transaction) -> dict[str, Any]:
    """The whole state in the vocabulary of the contract's ``x-world``, its moments in RFC 3339; what there is none of is left out
    where it may be.
    """
    return {
        "continued": True,
        "cast": {record.id: record.body for record in tx.find("cast", "")},
        "delays": LADDER.delays(tx),
        "users": [_user(tx, login) for login in _all(tx, "login")],
        "sessions": [_session(record.id, record.body) for kind in ("session", "ended session") for record in tx.find(kind, "")],
        "workspaces": [_workspace(tx, workspace) for workspace in _all(tx, "workspace")],
        "stock": [_told(number, _IN_STOCK) for number in _all(tx, "stock")],
        **_unless_empty("agenda", _agenda(tx)),
    }


def _user(tx: Transaction, login: Part) -> Json:
    user = tx.get("user", login["user_id"], login["user_id"])
    assert user is not None, "a login has its user"
    return {**_told(user, _USER), "password": login["password"]}


def _session(token: str, session: Part) -> Json:
    return {"token": token, **_told(session, _SESSION)}


def _workspace(tx: Transaction, workspace: Part) -> Json:
    id = workspace["id"]
    provider = tx.get("provider", id, "provider")
    return {
        "id": id,
        "name": workspace["name"],
        "created_at": workspace["created_at"],
        "members": [_told(member, _MEMBER) for member in _all(tx, "member", id)],
        "api_keys": [_told(key, _API_KEY) for key in _all(tx, "api key", id) + _all(tx, "revoked key", id)],
        "provider": provider and _told(provider, _PROVIDER),
        "phone_numbers": [
            _told(number, _PHONE_NUMBER) for number in _all(tx, "phone number", id) + _all(tx, "released number", id)
        ],
        "messages": [_letter(message, _MESSAGE) for message in _all(tx, "message", id)],
        **_unless_empty("events", [_event(event) for event in live.remembered(tx, id)]),
    }


def _event(event: live.Event) -> Json:
    about = {"message_id": event.message["id"], "status": event.message["status"]}
    return {"number": event.number, "at": event.at, "type": event.kind, **about}


def _agenda(tx: Transaction) -> list[Json]:
    """What is planned, in its order, then the messages that are stuck."""
    journeys = {journey["id"]: journey for journey in LADDER.under_way(tx)}
    planned = [
        _step(journeys.pop(job.body["id"])) if job.kind == STEP else _arrival(job.body, job.chance)
        for job in tx.planned(STEP, RECEIVE)
    ]
    return planned + [_step(journey) for journey in journeys.values()]


def _step(journey: Part) -> Json:
    step = {"message_id": journey["id"], **_told(journey, _STEP)}
    return {"workspace_id": journey["owner"], "due": journey["due"], **_told(journey, ("chance",)), "step": step}


def _arrival(expected: Part, chance: str) -> Json:
    message = expected["message"]
    when = {"workspace_id": expected["workspace_id"], "due": message["created_at"], "chance": chance}
    return {**when, "arrival": _letter(message, _LETTER)}


def _letter(message: Part, names: tuple[str, ...]) -> Json:
    told = _told(message, names)
    return told if message["mediaUrls"] else {name: value for name, value in told.items() if name != "mediaUrls"}


def _told(found: Part, names: tuple[str, ...]) -> Json:
    return {name: found[name] for name in names if found.get(name) is not None}


def _unless_empty(name: str, entries: list[Json]) -> Json:
    return {name: entries} if entries else {}


def _all(tx: Transaction, kind: str, owner: str = "") -> list[Json]:
    return [record.body for record in tx.find(kind, owner)]
