"""Tofrom's table: workspaces with their members, keys, numbers and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.bearers import bearer
from contract_tests.shadow.filters import equal, since, until
from contract_tests.shadow.moves import ONCE, STAYS_SET, Ladder
from contract_tests.shadow.terms import Acting, Callers, Changing, Collection, Listing, Making, Order, Reading, Removing, Table

_PAGED: Mapping[str, Any] = {
    "total": "/pagination/totalItems",
    "pages": "/pagination/totalPages",
    "has_next": "/pagination/hasNext",
    "usual": 50,
    "echoes": {"/pagination/currentPage": "page"},
}


class _Callers(Callers):
    """A session is a person's, known by the e-mail address; a key is a workspace's. Both can be made while the run goes on."""

    def __init__(self, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self._known: dict[str, dict[str, str]] = {}
        for actor in cast.values():
            if "session_token" in actor and "email" in actor:
                self._known[actor["session_token"]] = {"user": actor["email"].lower()}
            if "api_key" in actor and "workspace_id" in actor:
                self._known[actor["api_key"]] = {"workspace": actor["workspace_id"]}

    def who(self, asked: Asked) -> Caller:
        token = bearer(asked) or ""
        return Caller(token, self._known.get(token, {}))

    def learn(self, asked: Asked, reply: Any) -> None:
        if not isinstance(reply, dict):
            return
        if isinstance(reply.get("session_token"), str) and isinstance(asked.body.get("email"), str):
            self._known[reply["session_token"]] = {"user": asked.body["email"].lower()}
        if isinstance(reply.get("key"), str) and "workspaceId" in asked.values:
            self._known[reply["key"]] = {"workspace": asked.values["workspaceId"]}


def _user(asked: Asked) -> str | None:
    return asked.caller.facts.get("user")


def _workspace(asked: Asked) -> str | None:
    """A key's own, or the one in the path, where a person is known who asks."""
    facts = asked.caller.facts
    return facts.get("workspace") or (asked.values.get("workspaceId") if "user" in facts else None)


def _stock(asked: Asked) -> str | None:
    return "all" if "user" in asked.caller.facts else None


def _sent(reply: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(reply, dict) or "sid" not in reply:
        return []
    return [{"provider_sid": reply["sid"], "status": reply.get("status"), "direction": "outbound"}]


_T22 = {terms.FOREIGN: ("T22",), terms.COUNT: ("T13",), terms.REUSED: ("T14",)}

TABLE = Table(
    "tofrom",
    {
        each.name: each
        for each in (
            Collection(
                "message",
                _workspace,
                identity=("provider_sid",),
                order=Order("created_at", newest=True),
                moves={"status": Ladder(("queued",), ("sending",), ("sent",), ("delivered", "failed", "undelivered"))},
                global_ids=True,
                fixed=True,
                statements={**_T22, terms.MISSING: ("T19", "T20"), terms.VALUE: ("T20",)},
            ),
            Collection(
                "workspace",
                _user,
                identity=("id",),
                order=Order("created_at"),
                moves={"provider_configured": STAYS_SET},
                statements={**_T22, terms.MISSING: ("T17",), terms.VALUE: ("T17",)},
            ),
            Collection(
                "member",
                _workspace,
                identity=("id",),
                moves={"user_id": ONCE, "name": ONCE, "status": Ladder(("invited",), ("active",))},
                global_ids=True,
                statements=_T22,
            ),
            Collection(
                "key",
                _workspace,
                identity=("id",),
                order=Order("created_at"),
                global_ids=True,
                statements={**_T22, terms.MISSING: ("T04",), terms.GONE: ("T04",)},
            ),
            Collection(
                "number",
                _workspace,
                identity=("id",),
                order=Order("created_at"),
                global_ids=True,
                statements={**_T22, terms.MISSING: ("T21",), terms.GONE: ("T21",)},
            ),
            Collection("number for sale", _stock, identity=("phone_number",), order=Order("phone_number")),
            Collection("provider", _workspace, statements={terms.VALUE: ("T18",)}),
        )
    },
    {
        "send_message": (Making("message", made=_sent),),
        "list_messages": (
            Listing(
                "message",
                "/data",
                **_PAGED,
                filters={
                    "direction": equal("direction"),
                    "status": equal("status", moves=True),
                    "from": equal("from"),
                    "to": equal("to"),
                    "startDate": since("created_at"),
                    "endDate": until("created_at"),
                },
            ),
        ),
        # Who logs in accepts what invitations wait for the address.
        "log_in": (Acting("", grows=("workspace",)),),
        "list_workspaces": (Listing("workspace", "/data", **_PAGED),),
        "create_workspace": (Making("workspace"),),
        "get_workspace": (Reading("workspace", by="workspaceId"),),
        "list_members": (Listing("member", "/data", **_PAGED),),
        "add_member": (Making("member"),),
        "list_api_keys": (Listing("key", "/data", **_PAGED),),
        "create_api_key": (Making("key"),),
        "revoke_api_key": (Removing("key", by="apiKeyId"),),
        "get_provider": (Reading("provider"),),
        # The secret comes back masked.
        "set_provider": (Changing("provider", said={"auth_token": None}, renews=("auth_token", "configured", "updated_at")),),
        "list_phone_numbers": (Listing("number", "/data", **_PAGED),),
        "buy_phone_number": (Making("number", stirs=("number for sale",)),),
        "list_available_phone_numbers": (Listing("number for sale", "/data", **_PAGED, filters={"country": equal("country")}),),
        "release_phone_number": (Removing("number", by="phoneNumberId", stirs=("number for sale",)),),
    },
    _Callers,
    unmodelled={"log_out": "Whether a session still opens anything is seen by the status of every later request"},
    moving=frozenset({"status", "user_id", "name", "provider_configured"}),
)
