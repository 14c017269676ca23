"""Credentials: tokens that partners sign themselves, and the header that must name the same partner."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from mockserver.engine.jws import is_compact
from mockserver.engine.refusals import CredentialMalformed, CredentialUnknown, Refusal
from mockserver.exchange import Call

_ALGORITHM = "HS256"
_CLAIMS = ("partner_id", "nbf", "exp")
# Only the signature is PyJWT's to judge: times go by the sandbox's clock, and each failure has a name of its own.
_SIGNATURE_ONLY: Any = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
_UNVERIFIED: Any = {"verify_signature": False, **_SIGNATURE_ONLY}


class TokenAlgorithmRefused(Refusal):
    """The token is not signed with HS256."""


class TokenSignatureInvalid(Refusal):
    """The token was not signed with the secret of the partner that it names."""


class TokenClaimMissing(Refusal):
    """The token lacks a claim that it must have."""


class TokenClaimInvalid(Refusal):
    """A claim has another type than it must have."""


class TokenNotYetValid(Refusal):
    """The token's time has not come."""


class TokenExpired(Refusal):
    """The token's time is over."""


class PartnerHeaderMissing(Refusal):
    """The partner's header is absent or empty."""


class PartnerMismatch(Refusal):
    """The header names another partner than the token."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The partner that calls."""

    partner_id: str


def by_jwt(call: Call, presented: str) -> Actor:
    """The rule of ``Jwt``. Leeway: none."""
    claims = _unverified_claims(presented)
    partner = _partner(call, claims)
    _check_signature(presented, partner["secret"])
    _check_times(claims, call.tx.now)
    named = call.request.headers.get("x-tl-partner-id")
    if not named:
        raise PartnerHeaderMissing
    if named != claims["partner_id"]:
        raise PartnerMismatch
    if call.true(named) != named:
        # Webhooks call the partner as it calls itself: in a sandbox it may have a name of its own.
        call.tx.put("known as", "", partner["partner_id"], {"name": named})
    return Actor(partner["partner_id"])


def claimed(_scheme: str, presented: str) -> str:
    """What of a token leads to a sandbox: the partner that it names."""
    try:
        named: Any = _unverified_claims(presented).get("partner_id")
    except Refusal:
        return ""
    return str(named) if _is_text(named) else ""


def _unverified_claims(token: str) -> dict[str, Any]:
    """What the token says, before it is known whose secret can prove it."""
    if not is_compact(token):
        raise CredentialMalformed
    try:
        parts = jwt.api_jwt.decode_complete(token, options=_UNVERIFIED)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise CredentialMalformed from None
    if parts["header"].get("alg") != _ALGORITHM:
        raise TokenAlgorithmRefused
    claims: dict[str, Any] = parts["payload"]
    return claims


def _partner(call: Call, claims: Mapping[str, Any]) -> dict[str, Any]:
    if any(claim not in claims for claim in _CLAIMS):
        raise TokenClaimMissing
    if not (_is_text(claims["partner_id"]) and _is_time(claims["nbf"]) and _is_time(claims["exp"])):
        raise TokenClaimInvalid
    partner = call.tx.get("partner", "", call.true(claims["partner_id"]))
    if partner is None:
        raise CredentialUnknown
    return partner


def _is_text(value: object) -> bool:
    # JSON can spell half of a surrogate pair, which is no character and in no encoding.
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_time(value: object) -> bool:
    # bool is an int to Python, and NaN would be neither before nor after any instant.
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _check_signature(token: str, secret: str) -> None:
    try:
        jwt.decode(token, secret, algorithms=[_ALGORITHM], options=_SIGNATURE_ONLY)
    except jwt.PyJWTError:
        raise TokenSignatureInvalid from None


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    if now.timestamp() < claims["nbf"]:
        raise TokenNotYetValid
    if now.timestamp() >= claims["exp"]:
        raise TokenExpired


SCHEMES: dict[str, Callable[[Call, str], Actor]] = {"Jwt": by_jwt}


def plays(part: dict[str, Any], actor: Actor) -> bool:
    """Whether a caller has this part of the cast."""
    return actor.partner_id == str(part["partner_id"])


def cast(world: dict[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Each actor's credentials in a world. A token is good from three minutes before the hour of ``now`` until a day after it."""
    secrets = {partner["partner_id"]: partner["secret"] for partner in world["partners"]}
    hour = now.replace(minute=0, second=0, microsecond=0)
    return {
        name: {
            "partner_id": part["partner_id"],
            "secret": secrets[part["partner_id"]],
            "jwt": mint(part["partner_id"], secrets[part["partner_id"]], hour - timedelta(minutes=3), hour + timedelta(hours=24)),
            "workspace_id": part["workspace_id"],
        }
        for name, part in world["cast"].items()
    }


def mint(partner_id: str, secret: str, not_before: datetime, expiry: datetime) -> str:
    """A token as a partner makes it."""
    claims = {"partner_id": partner_id, "nbf": int(not_before.timestamp()), "exp": int(expiry.timestamp())}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def first_call(owner: dict[str, Any], base_url: str) -> list[str]:
    """What to give curl to see the owner's workspace."""
    headers = ["-H", f"Authorization: Bearer {owner['jwt']}", "-H", f"X-TL-Partner-Id: {owner['partner_id']}"]
    return [*headers, f"{base_url}/workspaces/{owner['workspace_id']}"]
