"""Restlink's table: messages, settings and logs of workspaces, and the purse of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.bearers import bearer, claims
from contract_tests.shadow.filters import containing, equal, grouped, since, until, untold
from contract_tests.shadow.moves import ANY, FALLS, LATER, ONCE, Ladder
from contract_tests.shadow.terms import Acting, Callers, Changing, Collection, Listing, Making, Order, Purse, Reading, Table
from contract_tests.shadow.views import at

_ON_THE_WAY = ("pending", "sent", "ENROUTE", "ACCEPTD")
_ENDS = ("DELIVRD", "UNDELIV", "REJECTD", "DELETED", "EXPIRED", "UNKNOWN", "failed")
_NOT_DELIVERED = ("UNDELIV", "REJECTD", "DELETED", "failed")
_GROUPS = {
    "delivered": ("DELIVRD",), "undelivered": _NOT_DELIVERED, "failed": _NOT_DELIVERED, "pending": _ON_THE_WAY,
    "sent": _ON_THE_WAY, "expired": ("EXPIRED",), "unknown": ("UNKNOWN",),
}  # fmt: skip
_PAGED: Mapping[str, Any] = {
    "total": "/total",
    "pages": "/total_pages",
    "usual": 25,
    "echoes": {"/page": "page", "/limit": "limit"},
}


class _Callers(Callers):
    """A key acts in its workspace, a token in the one that the request names or in its account's main one."""

    def __init__(self, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self._keys: dict[str, tuple[str, str]] = {}
        self._mains: dict[str, str | None] = {}
        for actor in cast.values():
            account = str(claims(actor.get("jwt", "")).get("account_id", actor.get("account_id", "")))
            self._mains[account] = str(actor["main"]) if "main" in actor else None
            for workspace, key in actor.get("api_keys", {}).items():
                self._keys[key] = (account, str(workspace))

    def who(self, asked: Asked) -> Caller:
        key = asked.exchange.header("x-api-key")
        if key is not None:
            known = self._keys.get(key)
            return Caller(key, {} if known is None else {"account": known[0], "workspace": known[1]})
        token = bearer(asked) or ""
        account = str(claims(token).get("account_id", ""))
        if account not in self._mains:
            return Caller(token)
        workspace = asked.exchange.header("x-workspace-id") or self._mains[account]
        return Caller(token, {"account": account, "workspace": workspace})


def _workspace(asked: Asked) -> str | None:
    return asked.caller.facts.get("workspace")


def _account(asked: Asked) -> str | None:
    return asked.caller.facts.get("account")


def _sent(reply: Any) -> Sequence[Mapping[str, Any]]:
    """A message for each number that was accepted."""
    results = reply.get("results") if isinstance(reply, dict) else None
    return [
        {"message_id": each["message_id"], "recipient": each.get("dnis"), "segments": each.get("segments")}
        for each in results or ()
        if isinstance(each, dict) and each.get("message_id")
    ]


def _cost(reply: Any) -> float:
    """A key of the sandbox is told a price and pays nothing."""
    total = at(reply, "/summary/total_cost")
    return float(total) if isinstance(total, int | float) and at(reply, "/sandbox") is not True else 0.0


_MESSAGE = Collection(
    "message",
    _workspace,
    identity=("client_message_id", "message_id"),
    order=Order("created_at", newest=True),
    moves={
        "status": Ladder(("pending",), ("sent", "ENROUTE", "ACCEPTD"), _ENDS),
        "status_code": ONCE,
        "telecom_message_id": ONCE,
        "delivered_at": LATER,
        # What the gateway rejects costs nothing after all.
        "cost": FALLS,
    },
    global_ids=True,
    fixed=True,
    statements={
        terms.VALUE: ("R15",), terms.MISSING: ("R15",), terms.FOREIGN: ("R03", "R05"), terms.FILTER: (), terms.ORDER: (),
    },
)  # fmt: skip

_PURSE = Purse("/balance", "message", _account, frozenset({"DELIVRD", "UNDELIV", "EXPIRED"}), frozenset({"REJECTD"}))

TABLE = Table(
    "restlink",
    {
        each.name: each
        for each in (
            _MESSAGE,
            Collection("settings", _workspace, statements={terms.VALUE: ("R16", "R17")}),
            Collection(
                "log entry",
                _workspace,
                identity=("id",),
                order=Order("created_at", newest=True),
                moves={
                    "status": Ladder(("queued",), ("delivered", "failed")),
                    "attempts": ANY,
                    "http_status": ANY,
                    "finished_at": LATER,
                },
                statements={terms.FOREIGN: ("R16",)},
            ),
            Collection(
                "workspace",
                _account,
                identity=("id",),
                order=Order("id"),
                global_ids=True,
                statements=dict.fromkeys((terms.MISSING, terms.FOREIGN, terms.COUNT), ("R10", "R12")),
            ),
            Collection("profile", _account, apart=frozenset({"workspaces"})),
        )
    },
    {
        "send_sms": (
            Making(
                "message",
                made=_sent,
                said={"to": None},
                cost=_cost,
                grows=("log entry",),
            ),
        ),
        "get_sms_status": (Reading("message", "/message", by="message_id"),),
        "list_messages": (
            Listing(
                "message",
                "/messages",
                **_PAGED,
                spanned=True,
                filters={
                    "status": grouped("status", _GROUPS),
                    "phone": containing("recipient"),
                    "country": untold(),
                    "sender": equal("sender_id"),
                    "period": untold(),
                    "from": since("created_at", unless="period"),
                    "to": until("created_at", unless="period"),
                },
            ),
        ),
        "get_balance": (_PURSE,),
        "get_profile": (
            Reading("profile", among={"account_id": "account"}),
            Listing("workspace", "/workspaces", among={"account_id": "account"}),
        ),
        "list_workspaces": (Listing("workspace", among={"account_id": "account"}),),
        "get_webhooks": (Reading("settings"),),
        "update_webhooks": (
            Changing("settings", said={"signing_secret": None, "clear_signing_secret": None}, renews=("signing_secret_set",)),
        ),
        "test_webhooks": (Acting("", grows=("log entry",)),),
        "list_webhook_logs": (Listing("log entry", "/logs", **_PAGED, filters={"event": equal("event")}),),
    },
    _Callers,
    unmodelled={"get_stats": "Its figures move with every message's way; the laws of numbers within it are the contract's"},
    restless=frozenset({"get_stats", "get_balance", "list_webhook_logs"}),
    moving=frozenset({"status", "status_code", "telecom_message_id", "delivered_at", "cost"}),
    purse=_PURSE,
)  # fmt: skip
