"""Custom fields: what a channel keeps about its contacts, and which values fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.apis.xpressbot.texts import Value, flag, names, number, plain
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

MOST_OPTIONS = 100
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OptionsInvalid(Refusal):
    """The options of a dropdown are no list of different names."""


class CustomFieldUnknown(Refusal):
    """The channel has no such custom field."""


class CustomFieldValueInvalid(Refusal):
    """A value is not what its field takes, or would clear a field that is required."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a request says of a field; None says nothing."""

    name: str
    type: str | None = None
    is_required: bool | None = None
    options: list[str] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Definition:
        """As a request has it; OptionsInvalid if its options cannot be."""
        options = names(given["options"], MOST_OPTIONS, OptionsInvalid) if "options" in given else None
        if options is not None and len(set(options)) < len(options):
            raise OptionsInvalid
        required = flag(given["isRequired"]) if "isRequired" in given else None
        return cls(given["name"], given.get("type"), required, options)


def listed(tx: Transaction, channel_id: str) -> list[Entity]:
    """The channel's fields, the oldest first."""
    return [record.body for record in tx.find("custom field", channel_id)]


def store(tx: Transaction, field: Entity) -> None:
    """Keep a field, new or changed."""
    tx.put("custom field", field["channelId"], field["name"], field)


def manage(tx: Transaction, channel_id: str, wanted: Definition) -> tuple[Entity, bool]:
    """Change the field of this name in what is said, or define it; whether it is new. Values that contacts have stay."""
    known = tx.get("custom field", channel_id, wanted.name)
    said = {"type": wanted.type, "isRequired": wanted.is_required, "options": wanted.options}
    field = {
        **(known or _new(tx, channel_id, wanted.name)),
        **{name: value for name, value in said.items() if value is not None},
    }
    store(tx, field)
    return field, known is None


def _new(tx: Transaction, channel_id: str, name: str) -> Entity:
    usual = {"type": "text", "isRequired": False, "options": []}
    return {"id": new_id(tx, "field"), "channelId": channel_id, "name": name, **usual}


def changed(tx: Transaction, channel_id: str, values: Entity, changes: Mapping[str, Value]) -> Entity:
    """The values by field after the changes; an empty one takes its field away. CustomFieldUnknown, CustomFieldValueInvalid."""
    fitting = {name: _fitting(tx, channel_id, name, value) for name, value in changes.items()}
    return {name: value for name, value in {**values, **fitting}.items() if value is not None}


def _fitting(tx: Transaction, channel_id: str, name: str, value: Value) -> str | int | float | None:
    field = tx.get("custom field", channel_id, name)
    if field is None:
        raise CustomFieldUnknown
    text = plain(value)
    if text == "":
        if field["isRequired"]:
            raise CustomFieldValueInvalid
        return None
    if field["type"] != "number":
        if not _TAKES[field["type"]](tx, field, text):
            raise CustomFieldValueInvalid
        return text
    figure = number(value)
    if figure is None:
        raise CustomFieldValueInvalid
    return figure


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


#: Whether a field of each type takes a text.
_TAKES: Mapping[str, Callable[[Transaction, Entity, str], bool]] = {
    "text": lambda _tx, _field, _text: True,
    "email": lambda _tx, _field, text: _EMAIL.fullmatch(text) is not None,
    "phone": lambda _tx, _field, text: _PHONE.fullmatch(text) is not None,
    "date": lambda _tx, _field, text: _is_day(text),
    "label": lambda tx, field, text: tx.get("label", field["channelId"], text) is not None,
    "dropdown": lambda _tx, field, text: text in field["options"],
}
