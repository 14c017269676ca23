"""Sessions: made by an e-mail address and its password, ended by their holder or by time."""

from __future__ import annotations

import hmac
from datetime import timedelta

from mockserver.apis.tofrom import members
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

LIFETIME = timedelta(days=30)


class LoginRefused(Refusal):
    """No account has this address with this password; nobody is told which of them is wrong."""


def log_in(tx: Transaction, email: str, password: str) -> Entity:
    """A session: its token, its end and its user, whose open invitations are accepted by the way."""
    login = tx.get("login", "", email.lower())
    if login is None or not hmac.compare_digest(login["password"].encode(), password.encode()):
        raise LoginRefused
    user = tx.get("user", login["user_id"], login["user_id"])
    assert user is not None, "a login has its user"
    members.accept_invitations(tx, user)
    token = tx.mint("tfs_", 32)
    session = {"user_id": user["id"], "expires_at": rfc3339(tx.now + LIFETIME)}
    store(tx, token, session)
    return {"token": token, "user": user, **session}


def log_out(tx: Transaction, token: str) -> None:
    """End one session; the user's others go on."""
    ended = tx.get("session", "", token)
    if ended is not None:
        tx.delete("session", "", token)
        remember(tx, token, {**ended, "ended_at": rfc3339(tx.now)})
    tx.stir()


def store(tx: Transaction, token: str, session: Entity) -> None:
    """Open a session."""
    tx.put("session", "", token, session)


def remember(tx: Transaction, token: str, session: Entity) -> None:
    """Keep what is known of a session that its holder ended."""
    tx.put("ended session", "", token, session)
