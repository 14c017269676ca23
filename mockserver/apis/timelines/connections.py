"""Connections: WhatsApp accounts, and the QR links by which users connect them.

A user has one connected account or one live link or neither, never both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mockserver.apis.timelines import webhooks
from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity
from mockserver.apis.timelines.users import SUSPENDED, user
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

QR_HOST = "https://timelines.ai/qr"
#: Why an account was disconnected, as the partner is told.
BY_PARTNER, BY_LINK, BY_SUSPENSION = "(disconnected by partner)", "(new QR link)", "(user suspended)"


class UserSuspended(Refusal):
    """The user holds no seat and connects nothing."""


class QrLinkMissing(Refusal):
    """The user has no live QR link that a phone could scan."""


class PhoneNumberConnected(Refusal):
    """Another user of the workspace has connected this number."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A QR link, and what it put an end to."""

    link: Entity
    disconnected: Entity | None
    revoked: bool


def accounts(tx: Transaction, workspace: Entity) -> list[Entity]:
    """The workspace's accounts, connected or not, the last connected one last."""
    return [record.body for record in tx.find("whatsapp account", workspace["workspace_id"])]


def last_account(tx: Transaction, workspace: Entity, user_id: int) -> Entity | None:
    """The account that the user connected last, connected or not."""
    found = tx.find("whatsapp account", workspace["workspace_id"], {"user_id": user_id}, newest_first=True, limit=1)
    return found[0].body if found else None


def live_links(tx: Transaction, workspace: Entity) -> list[Entity]:
    """The links that a phone could scan now."""
    return [link for link in links(tx, workspace) if _lives(link, tx)]


def links(tx: Transaction, workspace: Entity) -> list[Entity]:
    """All links that were neither used nor replaced, those that have run out included."""
    return [record.body for record in tx.find("qr link", workspace["workspace_id"])]


def create_link(tx: Transaction, workspace: Entity, user_id: int, hours: int) -> NewLink:
    """A link for a user, in place of the one before it and of what that one connected."""
    if user(tx, workspace, user_id)["status"] == SUSPENDED:
        raise UserSuspended
    disconnected, revoked = disconnect(tx, workspace, user_id, BY_LINK), _take_link(tx, workspace, user_id)
    link = {
        "qr_link": f"{QR_HOST}/{tx.chance.hex(12)}",
        "user_id": user_id,
        "expires_at": second(tx.now + timedelta(hours=hours)),
    }
    tx.put("qr link", workspace["workspace_id"], user_id, link)
    return NewLink(link, disconnected, revoked)


def connect(tx: Transaction, workspace: Entity, user_id: int, phone_number: str) -> Entity:
    """What a phone does that scans the user's live link, which is used up: the account that is connected now."""
    user(tx, workspace, user_id)
    if not _take_link(tx, workspace, user_id):
        raise QrLinkMissing
    owner, known = workspace["workspace_id"], {"phone": phone_number}
    earlier = next((record.body for record in tx.find("whatsapp account", owner, known)), None)
    if earlier and earlier["disconnected_at"] is None:
        raise PhoneNumberConnected
    id = earlier["whatsapp_account_id"] if earlier else tx.increment("whatsapp account id")
    account = {
        "whatsapp_account_id": id,
        "user_id": user_id,
        "phone_number_e164": phone_number,
        "connected_at": second(tx.now),
        "disconnected_at": None,
    }
    tx.delete("whatsapp account", owner, id)
    keep(tx, workspace, account)
    _tell(tx, workspace, account, "connected")
    return account


def disconnect(tx: Transaction, workspace: Entity, user_id: int, reason: str = BY_PARTNER) -> Entity | None:
    """The user's account after it was disconnected; None if none was connected."""
    user(tx, workspace, user_id)
    for record in tx.find("whatsapp account", workspace["workspace_id"], {"user_id": user_id}):
        if record.body["disconnected_at"] is None:
            changed = {**record.body, "disconnected_at": second(tx.now)}
            keep(tx, workspace, changed)
            _tell(tx, workspace, changed, "disconnected", reason=reason)
            return changed
    return None


def cut_off(tx: Transaction, workspace: Entity, user_id: int) -> None:
    """Leave a user who lost the seat without connection and without link."""
    disconnect(tx, workspace, user_id, BY_SUSPENSION)
    _take_link(tx, workspace, user_id)


def keep(tx: Transaction, workspace: Entity, account: Entity) -> None:
    """Store an account, new (it becomes the last one) or changed (it keeps its place)."""
    tx.put("whatsapp account", workspace["workspace_id"], account["whatsapp_account_id"], account, facets(account))


def facets(account: Entity) -> dict[str, str | int]:
    """What an account is found by."""
    return {"user_id": account["user_id"], "phone": account["phone_number_e164"]}


def _tell(tx: Transaction, workspace: Entity, account: Entity, change: str, **more: str) -> None:
    """Let the partner know that an account is ``connected`` or ``disconnected`` now."""
    shown = ("whatsapp_account_id", "phone_number_e164", "user_id", f"{change}_at")
    webhooks.tell(tx, workspace, f"whatsapp_account:{change}", {name: account[name] for name in shown} | more)


def _take_link(tx: Transaction, workspace: Entity, user_id: int) -> bool:
    """Put an end to the user's link; whether it still lived."""
    link = tx.get("qr link", workspace["workspace_id"], user_id)
    tx.delete("qr link", workspace["workspace_id"], user_id)
    return link is not None and _lives(link, tx)


def _lives(link: Entity, tx: Transaction) -> bool:
    lives: bool = link["expires_at"] > second(tx.now)
    return lives
