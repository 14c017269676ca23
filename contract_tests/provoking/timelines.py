"""What provokes timelines."""

from __future__ import annotations

import time

import httpx

from contract_tests.forging.jws import Token
from contract_tests.provoking.provocation import Provocation, Provoked, but, made, placed, right, showing, twice
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import absent
from contract_tests.tenants.timelines import signed

_ONE = ("get_workspace",)
_HOUR = 3600


def _token(**changes: object) -> Provocation:
    return showing(("Authorization", lambda stage: f"Bearer {signed(stage.things().cast, **changes)}"))


def _without_end(stage: Stage) -> str:
    owner = stage.things().cast
    return f"Bearer {Token.of(owner['jwt']).said(exp=None).signed(owner['secret'])}"


def _partner(value: str | None) -> Provocation:
    return placed("header", "X-TL-Partner-Id", lambda stage: value)


def _two_workspaces(stage: Stage, operation_id: str) -> httpx.Response:
    """One that is to be called like another."""
    taken = right(stage, "create_workspace").send(stage.api.client).json()["display_name"]
    return right(stage, operation_id, None, {"display_name": taken}).send(stage.api.client)


def _suspended(stage: Stage, operation_id: str) -> httpx.Response:
    """A workspace of its own, made smaller than its users are many."""
    workspace = right(stage, "create_workspace").send(stage.api.client).json()["workspace_id"]

    def ask(operation: str, body: dict[str, int]) -> None:
        right(stage, operation, None, body).placing("path", "workspace_id", workspace).send(stage.api.client)

    ask("create_users", {"count": 1})
    ask("update_workspace", {"seats_purchased": 1})
    shown = right(stage, "get_workspace").placing("path", "workspace_id", workspace).send(stage.api.client).json()
    youngest = max(user["user_id"] for user in shown["users"])
    asked = right(stage, operation_id).placing("path", "workspace_id", workspace).placing("path", "user_id", youngest)
    return asked.send(stage.api.client)


PROVOKED = Provoked(
    at={
        "DisplayNameInvalid": (("create_workspace", "update_workspace"), but(display_name="")),
        "SeatsInvalid": (("create_workspace", "update_workspace"), but(seats_purchased=0)),
        "CredentialMalformed": (_ONE, showing(("Authorization", lambda stage: "Bearer not-a-token"))),
        "CredentialUnknown": (_ONE, _token(partner_id="nobody-at-all")),
        "TokenAlgorithmRefused": (
            _ONE,
            showing(("Authorization", lambda stage: f"Bearer {Token.of(stage.things().cast['jwt']).headed(alg='none')}")),
        ),
        "TokenSignatureInvalid": (
            _ONE,
            showing(("Authorization", lambda stage: f"Bearer {Token.of(stage.things().cast['jwt']).signed('another secret')}")),
        ),
        "TokenClaimMissing": (_ONE, showing(("Authorization", _without_end))),
        "TokenClaimInvalid": (_ONE, _token(exp="tomorrow")),
        "TokenNotYetValid": (_ONE, _token(nbf=int(time.time()) + 8 * _HOUR, exp=int(time.time()) + 9 * _HOUR)),
        "TokenExpired": (_ONE, _token(nbf=0, exp=1)),
        "PartnerHeaderMissing": (_ONE, _partner(None)),
        "PartnerMismatch": (_ONE, _partner("nobody-at-all")),
        "WorkspaceNameTaken": (("create_workspace",), twice(lambda stage: {})),
        "WorkspaceUnknown": (
            (
                "get_workspace",
                "update_workspace",
                "create_users",
                "create_qr_link",
                "disconnect_whatsapp",
                "get_api_token",
                "rotate_api_token",
            ),
            placed("path", "workspace_id", lambda stage: absent(stage.things()("workspace_id"), stage.api.random)),
        ),
        "WorkspaceRenameRefused": (("update_workspace",), _two_workspaces),
        "CountInvalid": (("create_users",), but(count=0)),
        "SeatsFull": (("create_users",), made(lambda stage: {"count": 99})),
        "ExpiryInvalid": (("create_qr_link",), but(expires_in_hours=0)),
        "UserUnknown": (("create_qr_link", "disconnect_whatsapp"), placed("path", "user_id", lambda stage: 2_000_000_001)),
        "UserSuspended": (("create_qr_link",), _suspended),
    },
    never={},
    statements={
        "CredentialMissing": ("L01",),
        "TokenClaimMissing": ("L02",),
        "TokenNotYetValid": ("L03",),
        "TokenExpired": ("L03",),
        "PartnerHeaderMissing": ("L04",),
        "PartnerMismatch": ("L04",),
        "WorkspaceUnknown": ("L05",),
    },
)
