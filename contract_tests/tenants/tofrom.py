"""What tofrom's tenants have: people with workspaces, and keys, numbers and messages in them."""

from __future__ import annotations

import pytest

from contract_tests.tenants.asking import Json
from contract_tests.tenants.knowledge import Inside, Knowledge, Lapsed, Wall
from contract_tests.tenants.things import OWN, SHARED, Things, first, made_or

_ALL = "/api/ui/workspaces"
_PROVIDER: Json = {"provider": "twilio", "account_sid": f"AC{'0b' * 16}", "auth_token": "wall-of-the-masked-token"}
_SESSION = 31 * 24 * 3600.0


def _workspace(things: Things) -> str:
    if things.actor != "owner":
        return str(things.cast["workspace_id"])

    if things.home == SHARED:
        _may_be_invited(things)

    def made() -> str:
        found = str(things.ask("POST", _ALL, "Session", json={"name": things.mark()})["id"])
        things.ask("PUT", f"{_ALL}/{found}/provider", "Session", json=_PROVIDER)
        if things.home == SHARED:
            _share(things, found)
        return found

    return str(made_or(made, lambda: things.cast["workspace_id"])) if things.home == OWN else made()


def _may_be_invited(things: Things) -> None:
    """Elsewhere than on a mock an invitation reaches pinned recipients only: another would become the member."""
    deployment, stranger = things.api.deployment, things.api.cast["stranger"]
    if deployment.profile != "mock" and stranger["email"] not in deployment.can.get("recipients", {}).get("email", ()):
        pytest.skip("The stranger's address is none of the target's recipients, so it cannot be invited")


def _share(things: Things, workspace: str) -> None:
    """The stranger becomes a plain member: it accepts by signing in."""
    stranger = things.api.cast["stranger"]
    things.ask("POST", f"{_ALL}/{workspace}/members", "Session", json={"email": stranger["email"], "role": "member"})
    sign_in(things, "stranger")


def sign_in(things: Things, actor: str | None = None) -> str:
    """A session of its own; its token."""
    told = things.api.cast[actor or things.actor]
    login = {"email": told["email"], "password": told["password"]}
    response = things.api.client.post("/api/auth/login", json=login)
    assert response.status_code == 200, f"signing in answers {response.status_code} {response.text[:200]}"
    return next(value for value in response.json().values() if isinstance(value, str) and value.startswith("tfs_"))


def _api_key(things: Things) -> str:
    path = f"{_ALL}/{things('workspaceId')}/api-keys"

    def listed() -> str:
        return str(first(things.ask("GET", path, "Session")["data"], "API key")["id"])

    def made() -> str:
        return str(things.ask("POST", path, "Session", json={"name": things.mark()})["id"])

    return str(made_or(made, listed) if things.actor == "owner" else listed())


def _phone_number(things: Things) -> str:
    path = f"{_ALL}/{things('workspaceId')}/phone-numbers"

    def listed() -> str:
        return str(first(things.ask("GET", path, "Session")["data"], "phone number")["id"])

    def made() -> str:
        return str(things.ask("POST", path, "Session", json=_for_sale(things))["id"])

    return str(made_or(made, listed) if things.actor == "owner" else listed())


def _for_sale(things: Things) -> Json:
    stock = things.ask("GET", f"{_ALL}/{things('workspaceId')}/phone-numbers/available?limit=100", "Session")["data"]
    return {"phone_number": first(stock, "phone number for sale")["phone_number"]}


def _signed_out(things: Things) -> str:
    token = sign_in(things)
    things.api.client.post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})
    return token


def _revoked_key(things: Things) -> str:
    path = f"{_ALL}/{things('workspaceId')}/api-keys"
    made = things.ask("POST", path, "Session", json={"name": things.mark()})
    things.ask("DELETE", f"{path}/{made['id']}", "Session")
    return str(made["key"])


KNOWLEDGE = Knowledge(
    makers={
        "workspaceId": _workspace,
        "apiKeyId": _api_key,
        "phoneNumberId": _phone_number,
        "from": lambda things: things.cast["phone_number"],
    },
    walls={
        "workspaceId": Wall("WorkspaceUnknown", ("T22",)),
        "apiKeyId": Wall("ApiKeyUnknown", ("T22",)),
        "phoneNumberId": Wall("PhoneNumberUnknown", ("T22",)),
        "from": Wall("SenderNotInWorkspace", ("T22",), body=True),
    },
    home="workspaceId",
    bodies={
        "send_message": lambda things: {"to": "+13129450127", "body": things.mark()},
        "log_in": lambda things: {"email": things.cast["email"], "password": things.cast["password"]},
        "create_workspace": lambda things: {"name": things.mark()},
        "add_member": lambda things: {"email": f"{things.mark()}@example.com", "role": "member"},
        "create_api_key": lambda things: {"name": things.mark()},
        "set_provider": lambda things: _PROVIDER,
        "buy_phone_number": _for_sale,
    },
    reads=(
        ("list_workspaces", "Session"),
        ("get_workspace", "Session"),
        ("list_members", "Session"),
        ("list_api_keys", "Session"),
        ("get_provider", "Session"),
        ("list_phone_numbers", "Session"),
        ("list_messages", "Session"),
    ),
    fleeting=frozenset({"status"}),
    locked=("T01", "T02"),
    apart=("T22",),
    lapsed=(
        Lapsed("revoked", "Session", _signed_out, ("CredentialUnknown", "SessionExpired"), ("T05",)),
        Lapsed("revoked", "ApiKey", _revoked_key, ("CredentialUnknown",), ("T04",)),
        Lapsed("expired", "Session", sign_in, ("SessionExpired", "CredentialUnknown"), ("T02",), later=_SESSION),
        Lapsed("an API key as a session", "Session", lambda things: things.cast["api_key"], ("ApiKeyNotAccepted",), ("T03",)),
        Lapsed(
            "a session as an API key", "ApiKey", lambda things: things.cast["session_token"], ("SessionNotAccepted",), ("T03",)
        ),
    ),
    inside=(
        Inside(
            "buy_phone_number",
            "phone_number",
            lambda things, value: {"phone_number": value},
            lambda things: things.cast["phone_number"],
            Wall("PhoneNumberNotAvailable", ("T22",)),
            control=False,
        ),
        Inside(
            "log_in",
            "password",
            lambda things, value: {"email": things.cast["email"], "password": value},
            lambda things: things.cast["password"],
            Wall("LoginRefused", ("T05",)),
        ),
    ),
    ending={"log_out": sign_in},
    member="RoleInsufficient",
    none={
        "log_in": "it takes no credential, and gives one; its body is what it goes by, which has a row of its own",
        "expired by ApiKey": "the contract knows no end of an API key but its revocation",
    },
)
