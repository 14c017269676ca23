"""Xpressbot's table: contacts, custom fields and labels of a channel, and messages by WhatsApp's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.bearers import bearer
from contract_tests.shadow.filters import containing
from contract_tests.shadow.moves import LATER, ONCE, Ladder
from contract_tests.shadow.terms import Acting, Callers, Collection, Listing, Making, Order, Reading, Role, Table


class _Callers(Callers):
    """A key opens channels, wherever it stands in the request."""

    def __init__(self, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self._channels = {
            actor["api_key"]: [str(each) for each in actor["channels"]] for actor in cast.values() if "api_key" in actor
        }

    def who(self, asked: Asked) -> Caller:
        places = (asked.exchange.header("x-api-key"), bearer(asked), asked.query.get("apiKey"), asked.body.get("apiKey"))
        # The first place decides alone.
        key = next((str(key) for key in places if key is not None), "")
        return Caller(key, {"channels": self._channels[key]} if key in self._channels else {})


def _channel(asked: Asked) -> str | None:
    """The one that is named, or the only one."""
    open_ = asked.caller.facts.get("channels", ())
    named = asked.given("channelId")
    if named is None:
        return open_[0] if len(open_) == 1 else None
    return named if named in open_ else None


def _key(asked: Asked) -> str | None:
    return asked.caller.credential if asked.caller.facts else None


def _channels(asked: Asked) -> str | None:
    return " ".join(sorted(asked.caller.facts.get("channels", ()))) or None


def _content(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the status of a regular message calls its content."""
    return {"content": item.get("body" if item.get("type") == "text" else "url")}


_STATUS = Ladder(("queued",), ("sent",), ("delivered",), ("read", "failed", "received"))
_CONTACT = Making("contact", "/data", known=True, grows=("label",))


def _both(operation: str, *roles: Role) -> dict[str, tuple[Role, ...]]:
    """Every endpoint answers GET and POST alike."""
    return {operation: roles, f"{operation}_by_post": roles}


TABLE = Table(
    "xpressbot",
    {
        each.name: each
        for each in (
            Collection("channel", _key, identity=("id",), statements={terms.FOREIGN: ("X08",), terms.MISSING: ("X08",)}),
            Collection(
                "contact",
                _channel,
                identity=("phoneNumber",),
                order=Order("createdAt", newest=True),
                moves={"updatedAt": LATER, "lastInboundAt": LATER},
                statements={
                    terms.VALUE: ("X10", "X13"),
                    terms.MISSING: ("X09",),
                    terms.REUSED: ("X10",),
                    terms.COUNT: ("X16",),
                    terms.FILTER: ("X17",),
                },
            ),
            Collection(
                "custom field",
                _channel,
                identity=("name",),
                statements={terms.VALUE: ("X18",), terms.MISSING: ("X18", "X21"), terms.REUSED: ("X18",)},
            ),
            Collection(
                "label",
                _channel,
                identity=("name",),
                order=Order("displayOrder", firm=False),
                statements={terms.VALUE: ("X22",), terms.MISSING: ("X22", "X23"), terms.REUSED: ("X22",)},
            ),
            Collection("template", _channel, identity=("id",), statements={terms.MISSING: ("X24",)}),
            Collection("automation", _channel, identity=("id",), statements={terms.MISSING: ("X33",)}),
            Collection(
                "message",
                _channels,
                identity=("wamid",),
                moves={"status": _STATUS, "deliveredAt": LATER, "readAt": LATER, "error": ONCE},
                fixed=True,
                statements={terms.VALUE: ("X32", "X40"), terms.MISSING: ("X32",)},
            ),
        )
    },
    {
        **_both("list_channels", Listing("channel", "/data", among={"id": "channels"})),
        **_both("manage_contact", _CONTACT),
        **_both(
            "list_contacts",
            Listing(
                "contact",
                "/data",
                belongs={"channelId": "channelId"},
                filters={"search": containing("name", "phoneNumber")},
                total="/pagination/total",
                pages="/pagination/pages",
                usual=50,
                echoes={"/pagination/page": "page", "/pagination/limit": "limit"},
            ),
        ),
        **_both("manage_custom_field", Making("custom field", "/data", known=True)),
        **_both("list_custom_fields", Listing("custom field", "/data", belongs={"channelId": "channelId"})),
        **_both("manage_label", Making("label", "/data", known=True)),
        **_both("list_labels", Listing("label", "/data", belongs={"channelId": "channelId"})),
        **_both("list_templates", Listing("template", "/data", belongs={"channelId": "channelId"})),
        **_both("send_template", Making("message", "/data", said={"variables": None}, grows=("contact",))),
        **_both("send_message", Making("message", "/data", more=_content, grows=("contact",))),
        **_both("get_message_status", Reading("message", "/data", by="wamid", among={"channelId": "channels"})),
        **_both("list_automations", Listing("automation", "/data", belongs={"channelId": "channelId"})),
        **_both("trigger_automation", Acting("", grows=("contact",))),
    },
    _Callers,
    moving=frozenset({"status", "deliveredAt", "readAt", "error"}),
    everywhere=frozenset({"apiKey", "channelId"}),
)
