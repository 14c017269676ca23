"""Timelines' table: workspaces with their seats, users, links, accounts and token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.bearers import bearer, claims
from contract_tests.shadow.moves import ANY, LATER, USED
from contract_tests.shadow.terms import Acting, Callers, Changing, Collection, Listing, Making, Order, Reading, Sum, Table


class _Callers(Callers):
    """A token is a partner's."""

    def __init__(self, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self._known = {str(actor["partner_id"]) for actor in cast.values() if "partner_id" in actor}

    def who(self, asked: Asked) -> Caller:
        partner = str(claims(bearer(asked) or "").get("partner_id", ""))
        # Laws sign a token for each request; who asks is the partner.
        return Caller(partner, {"partner": partner} if partner in self._known else {})


def _partner(asked: Asked) -> str | None:
    return asked.caller.facts.get("partner")


def _workspace(asked: Asked) -> str | None:
    return asked.values.get("workspace_id") if asked.caller.facts else None


def _seats(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details tell of the seats in other words."""
    seats = item.get("seats")
    if not isinstance(seats, dict) or not isinstance(seats.get("total"), int) or not isinstance(seats.get("used"), int):
        return {}
    return {"seats_total": seats["total"], "seats_available": seats["total"] - seats["used"]}


_LIVE = {terms.VALUE: ("L13",), terms.MISSING: ("L13",), terms.COUNT: ("L13",), terms.FOREIGN: ("L12",)}

TABLE = Table(
    "timelines",
    {
        each.name: each
        for each in (
            Collection(
                "workspace",
                _partner,
                identity=("workspace_id",),
                moves={
                    "updated_at": LATER, "suspended_members": ANY, "messages_quota": USED, "api_calls_quota": USED, "seats": ANY,
                },
                apart=frozenset({"users", "whatsapp_accounts", "qr_links"}),
                global_ids=True,
                statements={**_LIVE, terms.REUSED: ("L05",)},
            ),
            Collection(
                "user", _workspace, identity=("user_id",), order=Order("created_at"), global_ids=True, statements=_LIVE,
            ),
            Collection("account", _workspace, identity=("whatsapp_account_id",), perishes=True, statements=_LIVE),
            Collection(
                "link", _workspace, identity=("user_id",), perishes=True, statements={**_LIVE, terms.MISSING: ("L11", "L13")},
            ),
            Collection("token", _workspace, apart=frozenset({"workspace_id"}), statements={}),
        )
    },
    {
        "create_workspace": (Making("workspace", said={"seats_purchased": "seats_total"}),),
        "get_workspace": (
            Reading("workspace", by="workspace_id", more=_seats),
            Listing("user", "/users"),
            Listing("account", "/whatsapp_accounts"),
            Listing("link", "/qr_links"),
            Sum("/seats/used", "/users", {"status": "active"}, ("L13",)),
        ),
        "update_workspace": (
            Changing(
                "workspace",
                by="workspace_id",
                said={"seats_purchased": "seats_total"},
                renews=("seats_available",),
                stirs=("user", "account", "link"),
            ),
        ),
        "create_users": (
            Making("user", "/users", said={"count": None}),
            Changing("workspace", by="workspace_id", said={"count": None}, renews=("seats_available",)),
        ),
        "create_qr_link": (
            Making("link", known=True, said={"expires_in_hours": None}, renews=None, stirs=("account",)),
        ),
        "disconnect_whatsapp": (Acting("", stirs=("account",)),),
        # It makes one if there is none.
        "get_api_token": (Reading("token", belongs={"workspace_id": "workspace_id"}),),
        "rotate_api_token": (Changing("token", renews=None),),
    },
    _Callers,
)  # fmt: skip
