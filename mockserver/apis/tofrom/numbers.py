"""Numbers: phone numbers, each in the stock or in one workspace."""

from __future__ import annotations

from mockserver.apis.tofrom import lists, state
from mockserver.apis.tofrom.lists import Entity, Page, Slice
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

_IN_STOCK = ("phone_number", "country", "capabilities")


class PhoneNumberUnknown(Refusal):
    """The workspace has no such number."""


class PhoneNumberNotAvailable(Refusal):
    """The number is not in the stock, whoever has it."""


class SenderMissing(Refusal):
    """The workspace has no number to send from."""


class SenderNotInWorkspace(Refusal):
    """The sender is no number of the workspace."""


def page(tx: Transaction, workspace_id: str, wanted: Slice) -> Page:
    """The workspace's numbers, oldest first."""
    return lists.page(tx, "phone number", workspace_id, wanted)


def stock(tx: Transaction, wanted: Slice, country: str | None) -> Page:
    """The numbers that any workspace can get, in the order of their digits: one that came back is where it was."""
    free = [record.body for record in tx.find("stock", "", {"country": country} if country else None)]
    return lists.cut(sorted(free, key=lambda number: str(number["phone_number"])), wanted)


def buy(tx: Transaction, workspace_id: str, phone_number: str) -> Entity:
    """Move a number from the stock to the workspace."""
    found = tx.get("stock", "", phone_number)
    if found is None:
        raise PhoneNumberNotAvailable
    tx.delete("stock", "", phone_number)
    bought = {"id": state.new_id(tx, "num"), **found, "created_at": rfc3339(tx.now)}
    store(tx, workspace_id, bought)
    return bought


def release(tx: Transaction, workspace_id: str, number_id: str) -> Entity:
    """Move a number from the workspace to the stock; the number as the workspace had it."""
    found = tx.get("phone number", workspace_id, number_id)
    if found is None:
        raise PhoneNumberUnknown
    tx.delete("phone number", workspace_id, number_id)
    stock_up(tx, {name: found[name] for name in _IN_STOCK})
    remember(tx, workspace_id, {**found, "released_at": rfc3339(tx.now)})
    return found


def sender(tx: Transaction, workspace_id: str, wanted: str | None) -> str:
    """The number to send from: the one that is wanted, or else the workspace's oldest."""
    oldest = tx.find("phone number", workspace_id, limit=1)
    if not oldest:
        raise SenderMissing
    if wanted is None:
        return str(oldest[0].body["phone_number"])
    if not has(tx, workspace_id, wanted):
        raise SenderNotInWorkspace
    return wanted


def has(tx: Transaction, workspace_id: str, phone_number: str) -> bool:
    """Whether the number is one of the workspace's."""
    return tx.count("phone number", workspace_id, {"phone_number": phone_number}) > 0


def store(tx: Transaction, workspace_id: str, number: Entity) -> None:
    """Give a workspace a number."""
    tx.put("phone number", workspace_id, number["id"], number, {"phone_number": number["phone_number"]})


def stock_up(tx: Transaction, number: Entity) -> None:
    """Give the stock a number."""
    tx.put("stock", "", number["phone_number"], number, {"country": number["country"]})


def remember(tx: Transaction, workspace_id: str, number: Entity) -> None:
    """Keep what is known of a number that the workspace gave back."""
    tx.put("released number", workspace_id, number["id"], number)
