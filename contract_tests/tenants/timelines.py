"""What timelines' tenants have: partners with workspaces, and users in them."""

from __future__ import annotations

import time
from typing import Any

import jwt

from contract_tests.tenants.knowledge import Knowledge, Lapsed, Wall
from contract_tests.tenants.things import Things, made_or

_HOUR = 3600


def _workspace(things: Things) -> str:
    def made() -> str:
        body = {"display_name": things.mark(), "seats_purchased": 40}
        return str(things.ask("POST", "/workspaces", "Jwt", json=body)["workspace_id"])

    return str(made_or(made, lambda: things.cast["workspace_id"]) if things.actor == "owner" else things.cast["workspace_id"])


def _user(things: Things) -> int:
    shown = things.ask("GET", f"/workspaces/{things('workspace_id')}", "Jwt")
    return int(shown["users"][0]["user_id"])


def signed(actor: Any, **changes: Any) -> str:
    """A token as the partner signs it, changed."""
    now = int(time.time())
    claims = {"partner_id": actor["partner_id"], "nbf": now - 180, "exp": now + 180, **changes}
    return jwt.encode(claims, actor["secret"], algorithm="HS256")


KNOWLEDGE = Knowledge(
    makers={"workspace_id": _workspace, "user_id": _user, "X-TL-Partner-Id": lambda things: things.cast["partner_id"]},
    walls={
        "workspace_id": Wall("WorkspaceUnknown", ("L12",)),
        "user_id": Wall("UserUnknown", ("L12",)),
        "X-TL-Partner-Id": Wall("PartnerMismatch", ("L04",), alike=False, caller=True),
    },
    home="workspace_id",
    bodies={
        "create_workspace": lambda things: {"display_name": things.mark(), "seats_purchased": 2},
        "update_workspace": lambda things: {"seats_purchased": 41},
        "create_users": lambda things: {"count": 1},
        "create_qr_link": lambda things: {"expires_in_hours": 1},
    },
    reads=(("get_workspace", "Jwt"), ("get_api_token", "Jwt")),
    locked=("L01",),
    apart=("L12",),
    lapsed=(
        Lapsed(
            "expired",
            "Jwt",
            lambda things: signed(things.cast, nbf=int(time.time()) - 2 * _HOUR, exp=int(time.time()) - _HOUR),
            ("TokenExpired",),
            ("L03",),
        ),
        Lapsed(
            "not yet valid",
            "Jwt",
            lambda things: signed(things.cast, nbf=int(time.time()) + _HOUR, exp=int(time.time()) + 2 * _HOUR),
            ("TokenNotYetValid",),
            ("L03",),
        ),
        Lapsed(
            "the stranger under the owner's name",
            "Jwt",
            lambda things: things.api.cast["stranger"]["jwt"],
            ("PartnerMismatch",),
            ("L04",),
        ),
        Lapsed(
            "the owner under the stranger's name",
            "Jwt",
            lambda things: things.cast["jwt"],
            ("PartnerMismatch",),
            ("L04",),
            headers=lambda things: {"X-TL-Partner-Id": things.api.cast["stranger"]["partner_id"]},
        ),
    ),
    none={"revoked": "partners sign their own tokens, and no documented request takes one back"},
)
