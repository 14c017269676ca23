"""What restlink's tenants have: accounts with workspaces, keys that are bound to one of them, tokens that choose."""

from __future__ import annotations

from typing import Any

from contract_tests.tenants.asking import Json
from contract_tests.tenants.knowledge import Knowledge, Lapsed, Wall
from contract_tests.tenants.things import SIBLING, Things, first, made_or


def _workspace(things: Things) -> str:
    main = things.cast["main"]
    if things.home != SIBLING:
        return str(main)
    return str(first([each for each in things.cast["workspaces"] if each != main], "second workspace"))


def _key(things: Things) -> str:
    return str(things.cast["api_keys"][_workspace(things)])


def _message(things: Things) -> str:
    by = {"X-API-Key": _key(things)}

    def sent() -> str:
        body = {"to": ["+14155551234"], "message": things.mark(), "sender_id": "MyApp"}
        return str(things.ask("POST", "/sms/send", "ApiKey", json=body, headers=by)["messages"][0]["message_id"])

    def listed() -> str:
        found = things.ask("GET", "/sms/messages?limit=1", "ApiKey", headers=by)["messages"]
        return str(first(found, "message")["client_message_id"])

    return str(made_or(sent, listed) if things.actor == "owner" else listed())


def _as_it_is(things: Things) -> Json:
    """The workspace's webhooks as they are set, so that the right request leaves them so."""
    told: Json = things.ask("GET", "/user/webhooks", "ApiKey", headers={"X-API-Key": _key(things)})
    return {name: told[name] for name in ("click_url", "click_fields", "delivery_url", "delivery_fields") if told[name]}


def _special(name: str) -> Any:
    return lambda things: things.cast["keys"][name]


KNOWLEDGE = Knowledge(
    makers={"X-Workspace-ID": _workspace, "message_id": _message},
    walls={"X-Workspace-ID": Wall("WorkspaceNotOwned", ("R07",)), "message_id": Wall("MessageNotFound", ("R03", "R07"))},
    home="X-Workspace-ID",
    bodies={
        "send_sms": lambda things: {"to": ["+14155551234"], "message": things.mark(), "sender_id": "MyApp"},
        "update_webhooks": _as_it_is,
        "test_webhooks": lambda things: {"event": "delivery"},
    },
    reads=(("list_messages", "ApiKey"), ("get_webhooks", "ApiKey"), ("list_workspaces", "Jwt")),
    fleeting=frozenset({"status", "status_code", "delivered_at", "cost", "attempts"}),
    locked=("R03",),
    apart=("R03", "R04", "R10"),
    lapsed=(
        Lapsed("expired", "Jwt", lambda things: things.cast["expired_jwt"], ("TokenExpired",), ("R05",)),
        Lapsed("expired", "ApiKey", _special("expired"), ("ApiKeyExpired",), ("R03",)),
        Lapsed("revoked", "ApiKey", _special("inactive"), ("ApiKeyInactive",), ("R03",)),
        Lapsed("unsigned", "ApiKey", lambda things: things.cast["keys"]["hmac"]["key"], ("SignatureRequired",), ("R03",)),
        Lapsed(
            "an account without a main workspace",
            "Jwt",
            lambda things: things.api.cast["mainless"]["jwt"],
            ("WorkspaceNotOwned",),
            ("R07", "R09"),
        ),
        Lapsed(
            "the owner in a deleted workspace",
            "Jwt",
            lambda things: things.cast["jwt"],
            ("WorkspaceNotOwned",),
            ("R08",),
            headers=lambda things: {"X-Workspace-ID": str(first(things.cast["deleted"], "deleted workspace"))},
        ),
        Lapsed("a key's secret as a token", "Jwt", _key, ("TokenInvalid", "CredentialMalformed"), ("R05",)),
        Lapsed("a token as a key", "ApiKey", lambda things: things.cast["jwt"], ("CredentialUnknown",), ("R03",)),
    ),
    closed={("list_workspaces", "ApiKey"): ("NotForApiKeys", ("R11",))},
    sibling_secret={"ApiKey": _key},
    none={"revoked by Jwt": "a portal token cannot be taken back by any documented request"},
)
