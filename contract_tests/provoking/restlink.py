"""What provokes restlink."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from contract_tests.forging.forgery import Good
from contract_tests.forging.signatures import Signing, signed
from contract_tests.provoking.provocation import Provocation, Provoked, but, placed, right, showing
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import SIBLING, absent, first

_ONE = ("get_balance",)
_WORKSPACE = "X-Workspace-ID"


def _key(name: str) -> Provocation:
    return showing(("X-API-Key", lambda stage: stage.things().cast["keys"][name]))


def _token(name: str, actor: str = "owner") -> Provocation:
    return showing(("Authorization", lambda stage: f"Bearer {stage.api.cast[actor][name]}"))


def _sign(stage: Stage, how: Signing) -> dict[str, str]:
    owner = stage.things().cast
    return signed(Good("", owner, owner, stage.api.random), how)


def _signed(how: Signing) -> Provocation:
    def provoke(stage: Stage, operation_id: str) -> httpx.Response:
        return showing(*((name, _constant(value)) for name, value in _sign(stage, how).items()))(stage, operation_id)

    return provoke


def _constant(value: str) -> Callable[[Stage], str]:
    return lambda stage: value


def _replayed(stage: Stage, operation_id: str) -> httpx.Response:
    headers = [(name, _constant(value)) for name, value in _sign(stage, Signing(ahead=-40)).items()]
    showing(*headers)(stage, operation_id)
    return showing(*headers)(stage, operation_id)


def _mainless(stage: Stage, operation_id: str) -> httpx.Response:
    asked = right(stage, operation_id).placing("header", _WORKSPACE, None)
    return asked.by(stage.spec, "Jwt", stage.api.cast["mainless"]["jwt"]).send(stage.api.client)


def _poor(stage: Stage, operation_id: str) -> httpx.Response:
    poor = stage.api.cast["poor"]
    body = {"to": ["+447400123456", "+447400123457", "+447400123458"], "message": "too dear", "sender_id": "MyApp"}
    asked = right(stage, operation_id, None, body).placing("header", _WORKSPACE, poor["main"])
    return asked.by(stage.spec, "Jwt", poor["jwt"]).send(stage.api.client)


def _without_address(stage: Stage, operation_id: str) -> httpx.Response:
    """Of the owner's other workspace a kind of event for which no address is set."""
    elsewhere = stage.things("owner", SIBLING)
    asked = right(stage, operation_id).placing("header", _WORKSPACE, elsewhere(_WORKSPACE))
    owner = stage.by(stage.right("get_webhooks", stage.things(), {}), "Jwt", stage.things())
    told = owner.placing("header", _WORKSPACE, elsewhere(_WORKSPACE)).send(stage.api.client).json()
    kinds = ("delivery", "click", "impression", "conversion")
    kind = first([kind for kind in kinds if told[f"{kind}_url"] is None], "kind of event without an address")
    return asked.placing("body", "event", kind).send(stage.api.client)


def _no_message(stage: Stage) -> object:
    return absent(stage.things()("message_id"), stage.api.random)


PROVOKED = Provoked(
    at={
        "WorkspaceHeaderInvalid": (
            ("get_balance", "send_sms", "update_webhooks"),
            placed("header", _WORKSPACE, lambda stage: "1.5"),
        ),
        "CredentialMalformed": (_ONE, showing(("Authorization", lambda stage: "Bearer"))),
        "CredentialUnknown": (_ONE, showing(("X-API-Key", lambda stage: "sk_prod_0000nobodys00000000"))),
        "ApiKeyInactive": (_ONE, _key("inactive")),
        "ApiKeyExpired": (_ONE, _key("expired")),
        "TokenInvalid": (_ONE, showing(("Authorization", lambda stage: f"Bearer {stage.things().cast['jwt'][:-4]}AAAA"))),
        "TokenExpired": (_ONE, _token("expired_jwt")),
        "SignatureRequired": (_ONE, showing(("X-API-Key", lambda stage: stage.things().cast["keys"]["hmac"]["key"]))),
        "SignatureInvalid": (_ONE, _signed(Signing(method="PUT"))),
        "SignatureStale": (_ONE, _signed(Signing(ahead=-900))),
        "SignatureReplayed": (_ONE, _replayed),
        "RecipientInvalid": (("send_sms",), but(to=["nobody"])),
        "TooManyRecipients": (("send_sms",), but(to=[f"+1415555{place:04}" for place in range(101)])),
        "MessageInvalid": (("send_sms",), but(message="")),
        "SenderInvalid": (("send_sms",), but(sender_id="")),
        "InsufficientBalance": (("send_sms",), _poor),
        "WorkspaceNotOwned": (
            ("get_balance", "send_sms"),
            placed("header", _WORKSPACE, lambda stage: stage.things("stranger")(_WORKSPACE)),
        ),
        "MainWorkspaceMissing": (_ONE, _mainless),
        "PermissionMissing": (("send_sms", "update_webhooks"), _key("limited")),
        "MessageNotFound": (("get_sms_status",), placed("path", "message_id", _no_message)),
        "NotForApiKeys": (
            ("list_workspaces",),
            showing(("X-API-Key", lambda stage: stage.things().cast["api_keys"][str(stage.things().cast["main"])])),
        ),
        "UrlInvalid": (("update_webhooks",), but(click_url="nowhere")),
        "FieldsInvalid": (("update_webhooks",), but(click_fields=["shoe_size"])),
        "ToggleInvalid": (("update_webhooks",), but(unique_clicks_only="perhaps")),
        "SecretInvalid": (("update_webhooks",), but(signing_secret="")),
        "FieldsConflicting": (("update_webhooks",), but(signing_secret="3fb1c0de5a2e4e0d9d0f", clear_signing_secret=True)),  # noqa: S106
        "WebhookNotConfigured": (("test_webhooks",), _without_address),
    },
    never={
        "UserNotActive": "the cast has no credential of a person who was switched off",
        "WorkspaceNotAvailable": "the cast has no key of a workspace that was deleted",
        "RateLimitExceeded": "which account has a limit, and which, only the target knows",
        "SandboxQuotaSpent": "it takes a day's messages, which the laws of limits are about",
    },
    statements={
        "WorkspaceHeaderInvalid": ("R06",),
        "WorkspaceNotOwned": ("R07",),
        "MainWorkspaceMissing": ("R09",),
        "NotForApiKeys": ("R11",),
    },
)
