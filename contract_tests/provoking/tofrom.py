"""What provokes tofrom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from contract_tests.laws import later
from contract_tests.provoking.provocation import Provoked, but, made, placed, right, showing, twice
from contract_tests.tenants.asking import Json
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import SHARED, absent
from contract_tests.tenants.tofrom import sign_in

_WITHIN = ("get_workspace", "list_members", "add_member", "create_api_key", "set_provider", "list_messages")
_CHANGES = ("add_member", "create_api_key", "revoke_api_key", "set_provider", "buy_phone_number", "release_phone_number")
_SIGNED = ("send_message",)


def _absent(name: str) -> Callable[[Stage], Any]:
    return lambda stage: absent(stage.things()(name), stage.api.random)


def _without_number(stage: Stage, operation_id: str) -> httpx.Response:
    """By the key of a workspace that has a provider and no number."""
    owner = stage.things()
    key = owner.ask("POST", f"/api/ui/workspaces/{owner('workspaceId')}/api-keys", "Session", json={"name": owner.mark()})["key"]
    return right(stage, operation_id, None, {"from": None}).by(stage.spec, "ApiKey", key).send(stage.api.client)


def _unconfigured(stage: Stage, operation_id: str) -> httpx.Response:
    actor = stage.api.cast["unconfigured"]
    asked = right(stage, operation_id, None, {"from": actor["phone_number"]})
    return asked.by(stage.spec, "ApiKey", actor["api_key"]).send(stage.api.client)


def _member(stage: Stage, operation_id: str) -> httpx.Response:
    asked = stage.right(operation_id, stage.things("owner", SHARED))
    return stage.by(asked, "Session", stage.things("stranger")).send(stage.api.client)


def _expired(stage: Stage, operation_id: str) -> httpx.Response:
    asked = right(stage, operation_id).by(stage.spec, "Session", sign_in(stage.things()))
    with later(stage.api, 31 * 24 * 3600):
        return asked.send(stage.api.client)


def _strangers_number(stage: Stage) -> Json:
    return {"from": stage.api.cast["stranger"]["phone_number"]}


def _invited(stage: Stage) -> Json:
    return {"email": f"{stage.things().mark()}@example.com"}


PROVOKED = Provoked(
    at={
        "ParamsMissing": (_SIGNED, but(to=None)),
        "RecipientInvalid": (_SIGNED, but(to="nobody")),
        "SenderInvalid": (_SIGNED, but(**{"from": "nobody"})),
        "TextTooLong": (_SIGNED, but(body="x" * 5000)),
        "MediaInvalid": (_SIGNED, but(mediaUrls=["nowhere"])),
        "SenderNotInWorkspace": (_SIGNED, made(_strangers_number)),
        "SenderMissing": (_SIGNED, _without_number),
        "ProviderNotConfigured": (_SIGNED, _unconfigured),
        "CredentialMalformed": (("send_message", "get_workspace"), showing(("Authorization", lambda stage: "Basic x"))),
        "CredentialUnknown": (
            ("send_message", "get_workspace"),
            showing(("Authorization", lambda stage: "Bearer nobodys-token")),
        ),
        "SessionNotAccepted": (
            _SIGNED,
            showing(("Authorization", lambda stage: f"Bearer {stage.things().cast['session_token']}")),
        ),
        "ApiKeyNotAccepted": (
            ("get_workspace",),
            showing(("Authorization", lambda stage: f"Bearer {stage.things().cast['api_key']}")),
        ),
        "SessionExpired": (("get_workspace",), _expired),
        "LoginRefused": (("log_in",), made(lambda stage: {"password": stage.things().mark()})),
        "WorkspaceUnknown": (_WITHIN, placed("path", "workspaceId", _absent("workspaceId"))),
        "MemberExists": (("add_member",), twice(_invited)),
        "RoleInsufficient": (_CHANGES, _member),
        "ApiKeyUnknown": (("revoke_api_key",), placed("path", "apiKeyId", _absent("apiKeyId"))),
        "PhoneNumberUnknown": (("release_phone_number",), placed("path", "phoneNumberId", _absent("phoneNumberId"))),
        "PhoneNumberNotAvailable": (("buy_phone_number",), but(phone_number="+12015550199")),
    },
    never={
        "RateLimited": "it takes a minute's requests, which T06 and T07 have laws for",
        "SendFailed": "no request makes the provider fail; on a mock a fault does",
        "ServiceUnavailable": "no request makes the service unavailable; on a mock a fault does",
    },
    statements={"": ("T10", "T11")},
)
