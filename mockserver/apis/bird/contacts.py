"""Contacts: people and their identifiers, and who a message's receiver is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.apis.bird.lists import Entity, Page, Paging, page
from mockserver.apis.bird.moments import sortable
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: What identifies a contact on each platform.
KIND_OF_PLATFORM = {"sms": "phonenumber", "whatsapp": "phonenumber", "email": "emailaddress"}
_ALIASES = {"phone": "phonenumber", "email": "emailaddress"}


class ContactUnknown(Refusal):
    """The workspace has no such contact."""


class IdentifierTaken(Refusal):
    """The identifier belongs to another contact of the workspace."""


class IdentifierMismatch(Refusal):
    """The value is not of its key's kind. ``path``: where in the body."""


class ReceiverUnknown(Refusal):
    """The receiver's id is no contact's. ``path``: where in the body."""


class ReceiverMismatch(Refusal):
    """The receiver has no identifier of the channel's kind. ``path``: where in the body."""


def kind_of(value: str) -> str:
    """``emailaddress`` or ``phonenumber``, by what the value looks like."""
    return "emailaddress" if "@" in value else "phonenumber"


def contact(tx: Transaction, workspace_id: str, contact_id: str) -> Entity:
    """A contact of the workspace."""
    found = tx.get("contact", workspace_id, contact_id.lower())
    if found is None:
        raise ContactUnknown
    return found


def contacts(tx: Transaction, workspace_id: str, paging: Paging) -> Page:
    """The workspace's contacts, the newest first."""
    return page(tx, "contact", workspace_id, paging, newest_first=True)


def create(tx: Transaction, workspace_id: str, wanted: Mapping[str, Any]) -> Entity:
    """A new contact with ``displayName``, ``identifiers`` and ``attributes``, all optional."""
    # The contract is open to further properties; what it does not name is not kept.
    identifiers = [{name: given[name] for name in ("key", "value")} for given in wanted.get("identifiers", ())]
    for place, identifier in enumerate(identifiers):
        if kind_of(identifier["value"]) != _ALIASES.get(identifier["key"], identifier["key"]):
            raise IdentifierMismatch(path=f".identifiers[{place}].value")
        if with_identifier(tx, workspace_id, identifier["value"]):
            raise IdentifierTaken
    now = sortable(tx.now)
    named = {"displayName": wanted["displayName"]} if "displayName" in wanted else {}
    rest = {"identifiers": identifiers, "attributes": wanted.get("attributes", {}), "createdAt": now, "updatedAt": now}
    return store(tx, workspace_id, {"id": tx.chance.uuid(), **named, **rest})


def store(tx: Transaction, workspace_id: str, entity: Entity) -> Entity:
    """Keep a contact, to be found by each of its identifiers."""
    tx.put("contact", workspace_id, entity["id"], entity, facets(entity))
    return entity


def facets(entity: Entity) -> dict[str, list[str]]:
    """What a contact is found by."""
    return {"identifier": [_canonical(identifier["value"]) for identifier in entity["identifiers"]]}


def with_identifier(tx: Transaction, workspace_id: str, value: str) -> Entity | None:
    """The contact that an address belongs to, or None."""
    found = tx.find("contact", workspace_id, {"identifier": _canonical(value)}, limit=1)
    return found[0].body if found else None


def _canonical(value: str) -> str:
    return value.lower()


def receiver(tx: Transaction, workspace_id: str, platform: str, given: Mapping[str, Any], path: str) -> Entity:
    """The contact that an entry of ``receiver.contacts`` means, made if it is new: its id and the identifier used."""
    known = _by_id(tx, workspace_id, given, path)
    wanted = KIND_OF_PLATFORM[platform]
    value = next((value for kind, value in _candidates(given, known) if kind == wanted == kind_of(value)), None)
    if value is None or (known and known != with_identifier(tx, workspace_id, value)):
        raise ReceiverMismatch(path=path)
    found = known or with_identifier(tx, workspace_id, value)
    found = found or create(tx, workspace_id, {"identifiers": [{"key": wanted, "value": value}]})
    extras = {name: given[name] for name in ("type", "platformAddress") if name in given}
    return {"id": found["id"], "identifierKey": wanted, "identifierValue": value, **extras}


def _by_id(tx: Transaction, workspace_id: str, given: Mapping[str, Any], path: str) -> Entity | None:
    if "id" not in given:
        return None
    found = tx.get("contact", workspace_id, given["id"].lower())
    if found is None:
        raise ReceiverUnknown(path=f"{path}.id")
    return found


def _candidates(given: Mapping[str, Any], known: Entity | None) -> Iterator[tuple[str, str]]:
    """Kind (as the caller says, or as it looks) and value of every identifier, the caller's first."""
    if "identifierValue" in given:
        value = given["identifierValue"]
        yield given.get("identifierKey", kind_of(value)), value
    for identifier in given.get("identifiers", ()):
        yield identifier["identifierKey"], identifier["identifierValue"]
    if known and "identifierValue" not in given and "identifiers" not in given:
        for identifier in known["identifiers"]:
            yield kind_of(identifier["value"]), identifier["value"]
