"""Credentials: API keys with their permissions and signatures, portal tokens, and who they make the caller."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from mockserver.apis.restlink import state
from mockserver.engine.clock import rfc3339
from mockserver.engine.jws import is_compact
from mockserver.engine.refusals import CredentialUnknown, Refusal
from mockserver.exchange import Call

_SIGNED_ROOT = "/api/v1"
_SIGNATURE_SPAN = timedelta(minutes=5)
_CLAIMS = ["sub", "account_id", "iat", "exp"]
# Times are judged by the sandbox's clock, below; nothing is said of audiences and issuers.
_DECODING: Any = {
    "require": _CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False
}  # fmt: skip


class ApiKeyInactive(Refusal):
    """The key was switched off."""


class ApiKeyExpired(Refusal):
    """The key's time is over."""


class TokenInvalid(Refusal):
    """The token was not signed here, or does not say who it is for."""


class TokenExpired(Refusal):
    """The token's time is over."""


class UserNotActive(Refusal):
    """The person was switched off, and every key of theirs with them."""


class SignatureRequired(Refusal):
    """The key is in HMAC mode, and the request is not signed."""


class SignatureInvalid(Refusal):
    """The signature is not that of this request."""


class SignatureStale(Refusal):
    """The request was signed more than five minutes ago or ahead."""


class SignatureReplayed(Refusal):
    """Timestamp and signature came before."""


class WorkspaceNotAvailable(Refusal):
    """The key's workspace was deleted."""


class PermissionMissing(Refusal):
    """The key was not given what the operation needs."""


class NotForApiKeys(Refusal):
    """The operation is for people only."""


class RateLimitExceeded(Refusal):
    """The account sent more requests in this second than it may."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller. ``workspace_id``: what a key is bound to, None for a person; ``sandbox_key``: a key of the sandbox."""

    account_id: int
    workspace_id: int | None = None
    sandbox_key: str | None = None


def by_api_key(call: Call, presented: str) -> Actor:
    """The rule of ``ApiKey``."""
    key = call.tx.get("api key", "", presented)
    if key is None:
        raise CredentialUnknown
    if not key["active"]:
        raise ApiKeyInactive
    if key["expires_at"] and key["expires_at"] <= rfc3339(call.tx.now):
        raise ApiKeyExpired
    if key["hmac_secret"]:
        _check_signature(call, presented, key["hmac_secret"])
    _check_account(call, key["account_id"])
    if state.live_workspace(call.tx, key["account_id"], key["workspace_id"]) is None:
        raise WorkspaceNotAvailable
    _check_permission(call.operation, key["permissions"])
    return Actor(key["account_id"], key["workspace_id"], presented if presented.startswith("sk_test_") else None)


def by_jwt(call: Call, presented: str) -> Actor:
    """The rule of ``Jwt``."""
    portal = call.tx.get("portal", "", "jwt") or {}
    if not is_compact(presented) or call.true(_key_id(presented)) not in ("", portal.get("kid", "")):
        raise TokenInvalid
    try:
        claims = jwt.decode(presented, portal.get("secret", ""), algorithms=["HS256"], options=_DECODING)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenInvalid from None
    account_id, expiry = claims["account_id"], claims["exp"]
    if type(account_id) is not int or type(expiry) not in (int, float) or type(claims["iat"]) not in (int, float):
        raise TokenInvalid
    account = state.account(call.tx, account_id)
    if account is None or claims["sub"] != str(account["user"]["id"]):
        raise TokenInvalid
    if expiry <= call.tx.now.timestamp():
        raise TokenExpired
    _check_account(call, account_id)
    return Actor(account_id)


def claimed(scheme: str, presented: str) -> str:
    """What of a credential leads to a sandbox: of a token the name of the key that signed it."""
    return _key_id(presented) if scheme == "Jwt" else presented


def _key_id(token: str) -> str:
    try:
        named = jwt.get_unverified_header(token).get("kid", "") if is_compact(token) else ""
    except (jwt.PyJWTError, ValueError, RecursionError):
        return ""
    return named if isinstance(named, str) else ""


def _check_account(call: Call, account_id: int) -> None:
    account = state.account(call.tx, account_id)
    if account is None or not account["user"]["is_active"]:
        raise UserNotActive
    limit = account["requests_per_second"]
    if limit:
        second = rfc3339(call.tx.now)[:19]
        seen = call.tx.get("rate", account_id, "second") or {}
        count = seen["count"] + 1 if seen.get("second") == second else 1
        if count > limit:
            raise RateLimitExceeded
        call.tx.put("rate", account_id, "second", {"second": second, "count": count})


def _check_permission(operation: Mapping[str, Any], granted: list[str]) -> None:
    if operation["operationId"] == "list_workspaces":
        raise NotForApiKeys
    needed = operation.get("x-permission")
    if needed and needed not in granted and "*" not in granted:
        raise PermissionMissing


def _check_signature(call: Call, key: str, secret: str) -> None:
    timestamp = call.request.headers.get("x-timestamp", "")
    signature = call.request.headers.get("x-signature", "").lower()
    if not timestamp or not signature:
        raise SignatureRequired
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        raise SignatureInvalid
    if abs(int(timestamp) - call.tx.now.timestamp()) > _SIGNATURE_SPAN.total_seconds():
        raise SignatureStale
    if not any(hmac.compare_digest(expected, signature.encode()) for expected in _signatures(call, secret, timestamp)):
        raise SignatureInvalid
    _use_up(call, key, f"{timestamp} {signature}")


def _signatures(call: Call, secret: str, timestamp: str) -> list[bytes]:
    """The right signatures: over the vendor's own path, and over the path as a client of the mock sees it."""
    request = call.request
    roots = {_SIGNED_ROOT, urlsplit(call.base_url).path}
    return [
        hmac.new(secret.encode(), head.encode() + request.body, hashlib.sha256).hexdigest().encode()
        for head in (f"{request.method}|{root}{request.path}|{timestamp}|" for root in roots)
    ]


def _use_up(call: Call, key: str, signature: str) -> None:
    if call.tx.get("signature", key, signature):
        raise SignatureReplayed
    call.tx.put("signature", key, signature, {"at": rfc3339(call.tx.now)})
    # What would be stale by now needs no memory. A timestamp may lie ahead as far as behind, hence twice the span.
    forgotten = rfc3339(call.tx.now - 2 * _SIGNATURE_SPAN)
    for old in call.tx.find("signature", key, limit=2):
        if old.body["at"] < forgotten:
            call.tx.delete("signature", key, old.id)


SCHEMES: dict[str, Callable[[Call, str], Actor]] = {"ApiKey": by_api_key, "Jwt": by_jwt}


#: The refusal of who comes too often.
RATE_LIMIT = RateLimitExceeded.__name__


def limited(operation: Mapping[str, Any], now: datetime) -> RateLimitExceeded:
    """The same, as it is raised."""
    return RateLimitExceeded()


def plays(part: dict[str, Any], actor: Actor) -> bool:
    """Whether a caller has this part of the cast, by any key or token of its account."""
    return actor.account_id == int(part["account_id"])


def cast(world: dict[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Each actor's credentials in a world; tokens begin with the hour of ``now``."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    actors: dict[str, dict[str, Any]] = {name: dict(actor) for name, actor in world["cast"].items()}
    for actor in actors.values():
        actor["jwt"] = mint(world, actor["account_id"], hour)
    owner = actors["owner"]
    lifetime = timedelta(seconds=world["jwt"]["lifetime"])
    owner["expired_jwt"] = mint(world, owner["account_id"], hour - lifetime - timedelta(hours=1))
    secrets = {key["key"]: key.get("hmac_secret") for key in world["api_keys"]}
    signing = owner["keys"]["hmac"]
    owner["keys"] = {**owner["keys"], "hmac": {"key": signing, "secret": secrets[signing]}}
    actors["poor"].pop("account_id")
    return actors


def mint(world: Mapping[str, Any], account_id: int, issued: datetime) -> str:
    """A token for an account's person, good for the world's usual time from ``issued`` on."""
    user = next(account["user"] for account in world["accounts"] if account["id"] == account_id)
    issued_at = int(issued.timestamp())
    claims = {
        "sub": str(user["id"]), "account_id": account_id, "iat": issued_at, "exp": issued_at + world["jwt"]["lifetime"]
    }  # fmt: skip
    named = {"kid": world["jwt"]["kid"]} if "kid" in world["jwt"] else {}
    return jwt.encode(claims, world["jwt"]["secret"], algorithm="HS256", headers=named)


def first_call(owner: dict[str, Any], base_url: str) -> list[str]:
    """What to give curl to see the latest message of the owner's main workspace."""
    return ["-H", f"X-API-Key: {owner['api_keys'][str(owner['main'])]}", f"{base_url}/sms/messages?limit=1"]
