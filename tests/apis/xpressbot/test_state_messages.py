"""Templates, messages, automations and the choice of a channel without HTTP."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.apis.xpressbot import automations, contacts, messages, sending, state, templates
from mockserver.apis.xpressbot.automations import AutomationUnknown
from mockserver.apis.xpressbot.messages import MessageContentMissing, MessageUnknown
from mockserver.apis.xpressbot.sending import WindowClosed
from mockserver.apis.xpressbot.state import ChannelAmbiguous, ChannelForbidden, ChannelUnknown
from mockserver.apis.xpressbot.templates import (
    HeaderMismatch,
    HeaderMissing,
    TemplateLanguageUnknown,
    TemplateNotApproved,
    TemplateUnknown,
    VariablesMismatch,
)
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox

JANE, PRIYA, SILENT, NEW = "+1234567890", "+447911234861", "+15036548813", "+31612345678"
JANE_WROTE = datetime(2026, 2, 13, 10, 0, tzinfo=UTC)
URL = "https://a.example/b"


def send_template(house: Any, name: str, to: str = NEW, **given: Any) -> Any:
    return house.do(sending.send_template, {"to": to, "templateName": name, **given})


def send(house: Any, to: str = JANE, **given: Any) -> Any:
    wanted = {"to": to, "body": "Hello", **given}
    return house.do(sending.send, wanted, messages.content(wanted))


def read(house: Any, wamid: str, *channels: str) -> Any:
    with house.sandbox.transaction("xpressbot") as tx:
        return messages.read(tx, channels or (house.channel,), wamid)


@pytest.mark.parametrize(
    ("opened", "wanted", "chosen"),
    [
        (["ch_7Kq2mVxPd4"], None, "ch_7Kq2mVxPd4"),
        (["ch_7Kq2mVxPd4"], "ch_7Kq2mVxPd4", "ch_7Kq2mVxPd4"),
        (["ch_3Wd8nYtRb6", "ch_5Jm1cXzGh9"], "ch_5Jm1cXzGh9", "ch_5Jm1cXzGh9"),
        (["ch_3Wd8nYtRb6", "ch_5Jm1cXzGh9"], None, ChannelAmbiguous),
        (["ch_7Kq2mVxPd4"], "ch_5Jm1cXzGh9", ChannelForbidden),
        (["ch_7Kq2mVxPd4"], "ch_7kq2mvxpd4", ChannelUnknown),
    ],
)
def test_a_channel_is_chosen_or_refused(house: Any, opened: list[str], wanted: str | None, chosen: Any) -> None:
    with house.sandbox.transaction("xpressbot") as tx:
        if isinstance(chosen, str):
            assert state.choose_channel(tx, opened, wanted) == chosen
        else:
            with pytest.raises(chosen):
                state.choose_channel(tx, opened, wanted)


def test_approved_templates_are_listed_and_no_others(house: Any) -> None:
    listed = [(template["templateName"], template["languageCode"]) for template in house.do(templates.approved)]
    assert listed == [
        ("order_confirmation", "en"),
        ("summer_sale", "en_US"),
        ("brewing_class", "en"),
        ("invoice_ready", "en"),
        ("pickup_reminder", "en"),
        ("tasting_invitation", "es"),
        ("tasting_invitation", "en"),
    ]


@pytest.mark.parametrize(
    ("name", "language", "chosen"),
    [
        ("order_confirmation", None, "tpl_Lr8Dk5Sv1C"),
        ("summer_sale", None, "tpl_Vw3Jh9Qx6B"),
        ("tasting_invitation", None, "tpl_Zd8Be5Kc2P"),
        ("tasting_invitation", "es", "tpl_Hn1Xa6Vo3J"),
        ("tasting_invitation", "fr", TemplateLanguageUnknown),
        ("summer_sale", "en", TemplateLanguageUnknown),
        ("Order_confirmation", None, TemplateUnknown),
        ("order_shipped", None, TemplateUnknown),
        ("winter_preview", None, TemplateNotApproved),
        ("winter_preview", "en", TemplateNotApproved),
        ("flash_giveaway", None, TemplateNotApproved),
    ],
)
def test_a_template_is_chosen_by_name_and_language(house: Any, name: str, language: str | None, chosen: Any) -> None:
    if isinstance(chosen, str):
        assert house.do(templates.choose, name, language)["id"] == chosen
    else:
        with pytest.raises(chosen):
            house.do(templates.choose, name, language)


def test_without_english_the_oldest_approved_version_is_taken(house: Any) -> None:
    spanish = house.do(templates.choose, "tasting_invitation", "es")
    for id, language, status in (("a", "en", "REJECTED"), ("b", "de", "APPROVED")):
        version = {**spanish, "id": id, "templateName": "tasting", "languageCode": language, "status": status}
        house.do(lambda tx, _channel, version: templates.store(tx, version), version)
    assert house.do(templates.choose, "tasting", None)["languageCode"] == "de"


@pytest.mark.parametrize(
    "given",
    [
        {"variables": "John, ORD-1234 ,29.99"},
        {"variables": ["John", "ORD-1234", 29.99]},
        {"variables": '["John", "ORD-1234", 29.99]'},
        {"body1": "John", "body2": "ORD-1234", "body3": "29.99"},
        {"variables": "Jim,ORD-1234", "body1": "John", "body3": "29.99"},
        {"variables": ",ORD-1234,29.99", "body1": "John"},
        {"variables": "John,ORD-1234,29.99", "body11": "not a name of the contract's"},
    ],
)
def test_variables_fill_the_body_in_every_form(house: Any, given: dict[str, Any]) -> None:
    message = send_template(house, "order_confirmation", **given)
    assert message["variables"] == ["John", "ORD-1234", "29.99"]
    assert message["content"] == "Hi John, thanks for order ORD-1234. Your total is 29.99 USD."


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"variables": "John,ORD-1234"},
        {"variables": "John,ORD-1234,29.99,more"},
        {"variables": "John,,29.99"},
        {"variables": '["John", ["ORD-1234"], 29.99]'},
        {"variables": '["John", true, 29.99]'},
        {"variables": ["John", "ORD-1234", "29.99"], "body4": "more"},
        {"body2": "ORD-1234", "body3": "29.99", "body4": "more"},
        {"variables": f"John,ORD-1234,{'9' * 1025}"},
    ],
)
def test_variables_have_to_be_as_many_as_the_body_has(house: Any, given: dict[str, Any]) -> None:
    with pytest.raises(VariablesMismatch):
        send_template(house, "order_confirmation", **given)


def test_a_variable_is_not_filled_a_second_time(house: Any) -> None:
    message = send_template(house, "order_confirmation", variables=["{{2}}", "x", "y"])
    assert message["content"] == "Hi {{2}}, thanks for order x. Your total is y USD."


@pytest.mark.parametrize(
    ("name", "given", "refusal"),
    [
        ("summer_sale", {"image": URL}, None),
        ("summer_sale", {"mediaUrl": URL, "mediaType": "image"}, None),
        ("brewing_class", {"video": URL}, None),
        ("invoice_ready", {"document": URL}, None),
        ("pickup_reminder", {"header": "Saturday"}, None),
        ("order_confirmation", {}, None),
        ("summer_sale", {}, HeaderMissing),
        ("pickup_reminder", {}, HeaderMissing),
        ("summer_sale", {"video": URL}, HeaderMismatch),
        ("summer_sale", {"header": "Sale"}, HeaderMismatch),
        ("summer_sale", {"image": URL, "document": URL}, HeaderMismatch),
        ("summer_sale", {"image": URL, "mediaUrl": URL, "mediaType": "image"}, HeaderMismatch),
        ("summer_sale", {"mediaUrl": URL, "mediaType": "video"}, HeaderMismatch),
        ("summer_sale", {"mediaUrl": URL}, HeaderMismatch),
        ("summer_sale", {"mediaType": "image"}, HeaderMismatch),
        ("pickup_reminder", {"image": URL}, HeaderMismatch),
        ("order_confirmation", {"header": "Saturday"}, HeaderMismatch),
        ("order_confirmation", {"image": URL}, HeaderMismatch),
    ],
)
def test_a_header_takes_its_own_kind_once(house: Any, name: str, given: Any, refusal: type[Refusal] | None) -> None:
    variables = house.do(templates.choose, name, None)["variables"]
    if refusal is None:
        assert send_template(house, name, variables=variables, **given)["status"] == "queued"
    else:
        with pytest.raises(refusal):
            send_template(house, name, variables=variables, **given)


def test_an_unknown_recipient_of_a_template_becomes_a_contact_with_a_conversation(house: Any) -> None:
    before = house.count("conversation")
    sent = [send_template(house, "brewing_class", video=URL) for _ in range(2)]
    ((contact,), total) = house.do(contacts.page, NEW, 1, 5)
    assert (contact["id"], total) == (sent[0]["contactId"], 1)
    assert sent[1]["contactId"] == contact["id"]
    assert house.count("conversation") == before + 1


def test_a_sent_message_is_kept_whole(house: Any) -> None:
    sent = send(house, type="document", url=URL, caption="Your invoice", filename="a.pdf", apiReference="order-7")
    assert read(house, sent["wamid"]) == sent
    expected = {
        "channelId": house.channel,
        "contactId": "contact_Zt5Hq8Lw2N",
        "to": JANE,
        "direction": "outbound",
        "type": "document",
        "content": URL,
        "status": "queued",
        "timestamp": "2026-02-13T12:00:00.000000Z",
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": "order-7",
        "body": "Hello",
        "url": URL,
        "caption": "Your invoice",
        "filename": "a.pdf",
    }
    assert {name: sent[name] for name in expected} == expected
    assert sent.keys() - expected.keys() == {"id", "wamid"}


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({"body": "a"}, "a"),
        ({"type": "text", "body": "a", "url": URL}, "a"),
        ({"type": "audio", "url": URL, "body": "a"}, URL),
        ({}, None),
        ({"url": URL}, None),
        ({"type": "image", "body": "a"}, None),
    ],
)
def test_text_needs_a_body_and_media_an_address(given: dict[str, Any], content: str | None) -> None:
    if content is None:
        with pytest.raises(MessageContentMissing):
            messages.content(given)
    else:
        assert messages.content(given) == content


def test_a_session_lasts_24_hours_from_the_last_inbound_message(house: Any) -> None:
    house.at(JANE_WROTE + timedelta(hours=24) - timedelta(microseconds=1))
    assert send(house)["status"] == "queued"
    house.at(JANE_WROTE + timedelta(hours=24))
    with pytest.raises(WindowClosed):
        send(house)


@pytest.mark.parametrize("to", [PRIYA, SILENT, NEW])
def test_nobody_else_can_be_written_to(house: Any, to: str) -> None:
    with pytest.raises(WindowClosed):
        send(house, to)
    assert house.do(contacts.page, NEW, 1, 1) == ([], 0), "a refused message makes no contact"


def test_a_session_belongs_to_one_channel(house: Any) -> None:
    with pytest.raises(WindowClosed):
        house.do(sending.send, {"to": JANE, "body": "a"}, "a", channel=house.theirs)


def test_a_wamid_is_built_like_whatsapps_and_comes_by_chance(sandbox_of: Callable[..., Sandbox], house: Any) -> None:
    first, second = (send(house)["wamid"] for _ in range(2))
    assert first != second
    raw = base64.b64decode(first.removeprefix("wamid."))
    assert re.fullmatch(rb"\x1c\x18\x0a1234567890\x15\x02\x00\x11\x18\x12[0-9A-F]{18}\x00", raw)
    again = type(house)(sandbox_of("xpressbot"))
    assert send(again)["wamid"] == first, "the same requests give the same ids"
    assert send(type(house)(sandbox_of("xpressbot", seed=1)))["wamid"] != first


def test_a_message_is_found_in_any_channel_of_the_key_and_in_no_other(house: Any) -> None:
    wamid = send(house)["wamid"]
    assert read(house, wamid, house.theirs, house.channel)["wamid"] == wamid
    with pytest.raises(MessageUnknown):
        read(house, wamid, house.theirs)


def test_messages_of_the_world_can_be_read(house: Any) -> None:
    inbound = read(house, "wamid.HBgKMTIzNDU2Nzg5MBUCABIYEkM0RDgxOUU2RjI3QTNCNTAwMAA=")
    assert (inbound["to"], inbound["direction"], inbound["status"]) == (JANE, "inbound", "received")


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ({"automationId": "auto_Mk8Cx1Qd3V"}, "auto_Mk8Cx1Qd3V"),
        ({"automationName": "wELCOME fLOW"}, "auto_Gw2Pn6Rj9S"),
        ({"automationId": "auto_Mk8Cx1Qd3V", "automationName": "Welcome Flow"}, "auto_Mk8Cx1Qd3V"),
    ],
)
def test_an_automation_is_known_by_id_or_else_by_name(house: Any, given: dict[str, str], id: str) -> None:
    run = house.do(automations.trigger, {"phoneNumber": JANE, **given})
    assert run == {
        "executionId": run["executionId"],
        "automationId": id,
        "automationName": "Reorder Reminder" if id == "auto_Mk8Cx1Qd3V" else "Welcome Flow",
        "contactId": "contact_Zt5Hq8Lw2N",
        "conversationId": "conv_Xs1Ve6Kn8P",
        "status": "triggered",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"automationId": "auto_Jd6Ss2Xg8Q"},
        {"automationId": "auto_gw2pn6rj9s"},
        {"automationId": "x", "automationName": "Welcome Flow"},
        {"automationName": "Welcome"},
        {"automationName": "Size Advice"},
    ],
)
def test_an_automation_of_nobody_or_somebody_else_is_unknown(house: Any, given: dict[str, str]) -> None:
    with pytest.raises(AutomationUnknown):
        house.do(automations.trigger, {"phoneNumber": NEW, **given})
    assert house.do(contacts.page, NEW, 1, 1) == ([], 0), "nothing was made for it"


def test_a_trigger_makes_contact_and_conversation_once(house: Any) -> None:
    runs = [house.do(automations.trigger, {"phoneNumber": NEW, "automationName": "welcome flow"}) for _ in range(2)]
    assert runs[0] == {**runs[1], "executionId": runs[0]["executionId"]}
    assert runs[0]["executionId"] != runs[1]["executionId"]
    assert house.do(contacts.page, NEW, 1, 5)[1] == 1
    silent = house.do(automations.trigger, {"phoneNumber": SILENT, "automationName": "welcome flow"})
    assert silent["contactId"] == "contact_Hb3Xu7Pk9Z", "a contact without a conversation gets one"
    assert silent["conversationId"] != runs[0]["conversationId"]
