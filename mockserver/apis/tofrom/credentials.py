"""Credentials: API keys for programs, sessions for people, each counted against a limit of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mockserver.engine.clock import rfc3339
from mockserver.engine.limits import Allowance, exhausted, spend
from mockserver.engine.refusals import CredentialUnknown, Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.exchange import Call

# Requests a minute (the vendor's introduction, "Rate limits").
MESSAGING_LIMIT = 100
UI_LIMIT = 1000


class ApiKeyNotAccepted(Refusal):
    """An API key was presented where a session belongs."""


class SessionNotAccepted(Refusal):
    """A session was presented where an API key belongs."""


class SessionExpired(Refusal):
    """The session's time is over."""


class RateLimited(Refusal):
    """The caller came too often in this window; ``allowance`` says when the next one begins."""


@dataclass(frozen=True, slots=True)
class Program:
    """A caller with an API key: it acts for one workspace."""

    workspace_id: str
    api_key_id: str
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Person:
    """A caller with a session: it acts for one user."""

    user_id: str
    session: str
    allowance: Allowance


class Held(Protocol):
    """Whoever holds a session, to ask or to watch."""

    @property
    def user_id(self) -> str:
        """Whose it is."""


def by_api_key(call: Call, presented: str) -> Program:
    """The rule of ``ApiKey``."""
    key = call.tx.get("secret", "", presented)
    if key is None:
        raise SessionNotAccepted if call.tx.get("session", "", presented) else CredentialUnknown
    allowance = _admit(call.tx, f"key {key['api_key_id']}", MESSAGING_LIMIT)
    return Program(key["workspace_id"], key["api_key_id"], allowance)


def by_session(call: Call, presented: str) -> Person:
    """The rule of ``Session``."""
    user_id = session(call.tx, presented)["user_id"]
    return Person(user_id, presented, _admit(call.tx, f"user {user_id}", UI_LIMIT))


def session(tx: Transaction, presented: str) -> dict[str, Any]:
    """The session of a token, if it goes on. CredentialUnknown, ApiKeyNotAccepted, SessionExpired."""
    found = tx.get("session", "", presented)
    if found is None:
        raise ApiKeyNotAccepted if tx.get("secret", "", presented) else CredentialUnknown
    if found["expires_at"] <= rfc3339(tx.now):
        raise SessionExpired
    return found


def _admit(tx: Transaction, caller: str, limit: int) -> Allowance:
    allowance = spend(tx, caller, limit)
    if allowance.exceeded:
        raise RateLimited(allowance=allowance)
    return allowance


SCHEMES: dict[str, Callable[[Call, str], Program | Person]] = {"ApiKey": by_api_key, "Session": by_session}


#: The refusal of who comes too often.
RATE_LIMIT = RateLimited.__name__


def limited(operation: Mapping[str, Any], now: datetime) -> RateLimited:
    """The same, as it is raised at an instant."""
    takes_keys = any("ApiKey" in schemes for schemes in operation.get("security", ()))
    return RateLimited(allowance=exhausted(MESSAGING_LIMIT if takes_keys else UI_LIMIT, now))


def plays(part: dict[str, Any], actor: Program | Held) -> bool:
    """Whether a caller has this part of the cast: the person, or a program of the workspace."""
    if isinstance(actor, Program):
        return actor.workspace_id == str(part["workspace_id"])
    return actor.user_id == str(part["user_id"])


def cast(world: dict[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Each actor's credentials in a world."""
    users = {user["id"]: user for user in world["users"]}
    keys = {key["id"]: key["key"] for workspace in world["workspaces"] for key in workspace["api_keys"]}
    return {
        name: {
            "session_token": part["session_token"],
            "email": users[part["user_id"]]["email"],
            "password": users[part["user_id"]]["password"],
            "api_key": keys[part["api_key_id"]],
            "workspace_id": part["workspace_id"],
            "phone_number": part["phone_number"],
        }
        for name, part in world["cast"].items()
    }


def first_call(owner: dict[str, Any], base_url: str) -> list[str]:
    """What to give curl to see the owner's latest message."""
    path = f"/api/ui/workspaces/{owner['workspace_id']}/messages?limit=1"
    return ["-H", f"Authorization: Bearer {owner['session_token']}", base_url + path]
