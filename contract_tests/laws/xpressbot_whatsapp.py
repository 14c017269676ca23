"""The laws of xpressbot's WhatsApp messages and automations: templates, the 24-hour window, status, runs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.xpressbot import (
    BY,
    MARGIN,
    PICTURE,
    SESSION,
    Json,
    accepted,
    age,
    answerable,
    automations,
    call,
    contacts,
    done,
    filling,
    found,
    mark,
    phone,
    refused,
    somebody,
    templates,
    unknown,
)


@law("X24")
def test_only_approved_templates_of_the_channel_are_listed(xpressbot: Api) -> None:
    for actor, part in xpressbot.cast.items():
        for channel in part["channels"]:
            for by in BY:
                for template in done(xpressbot, "/whatsapp/templates/list", by, actor, channelId=channel):
                    assert template["status"] == "APPROVED", "no template is listed that is not approved"
                    assert template["channelId"] == channel, "no template of another channel is listed"


@law("X25")
def test_an_approved_template_is_sent_by_its_exact_name(xpressbot: Api) -> None:
    for template in templates(xpressbot):
        for by in BY:
            number = somebody(xpressbot)
            sent = done(xpressbot, "/whatsapp/templates/send", by, to=number, **filling(template))
            assert sent["to"] == number, "it goes to the number that was named"
            known = done(xpressbot, "/whatsapp/message/status", by, wamid=sent["wamid"])
            assert (known["type"], known["direction"]) == ("template", "outbound"), "it is found by its WAMID"
    given = filling(templates(xpressbot)[0])
    name = given.pop("templateName")
    for wrong in (name.upper(), name[:-1], f"{name}x", mark(xpressbot)):
        refused(call(xpressbot, "/whatsapp/templates/send", to=somebody(xpressbot), templateName=wrong, **given), 404)


@law("X26")
def test_the_stored_language_is_taken_unless_one_is_named(xpressbot: Api) -> None:
    versions: dict[str, list[Json]] = {}
    for template in templates(xpressbot):
        versions.setdefault(template["templateName"], []).append(template)
    for several in versions.values():
        stored = [template["languageCode"] for template in several]
        for template in several:
            sent = done(xpressbot, "/whatsapp/templates/send", to=somebody(xpressbot), **filling(template))
            assert sent["languageCode"] == template["languageCode"], "the language that is named is taken"
        chosen = next((template for template in several if template["languageCode"] == "en"), several[0])
        given = {name: value for name, value in filling(chosen).items() if name != "languageCode"}
        for by in BY:
            sent = done(xpressbot, "/whatsapp/templates/send", by, to=somebody(xpressbot), **given)
            assert sent["languageCode"] in stored, "without a language, a stored one is taken"
            assert "en" not in stored or sent["languageCode"] == "en", "and en where it is among them"
        wrong = filling(chosen) | {"languageCode": next(code for code in ("zu", "mi") if code not in stored)}
        refused(call(xpressbot, "/whatsapp/templates/send", to=somebody(xpressbot), **wrong), 404)


@law("X27")
def test_variables_come_separated_by_commas_or_one_by_one(xpressbot: Api) -> None:
    for template in templates(xpressbot, lambda template: template["variables"]):
        given = filling(template)
        singly = [given.pop(f"body{place}") for place in range(1, len(template["variables"]) + 1)]
        ways: list[Json] = [
            {"variables": ",".join(singly)},
            {f"body{place}": value for place, value in enumerate(singly, 1)},
        ]
        for by in BY:
            sent = [done(xpressbot, "/whatsapp/templates/send", by, to=somebody(xpressbot), **given, **way) for way in ways]
            assert [one["variables"] for one in sent] == [singly] * 2, "both ways give the same values"
            told = [done(xpressbot, "/whatsapp/message/status", by, wamid=one["wamid"])["content"] for one in sent]
            assert told[0] == told[1], "both ways make the same text"
            assert all(value in told[0] for value in singly), "the text has the values in it"
            for wrong in (singly[:-1], [*singly, "more"]):
                body = {f"body{place}": value for place, value in enumerate(wrong, 1)}
                refused(call(xpressbot, "/whatsapp/templates/send", by, to=somebody(xpressbot), **given, **body), 400)
            refused(call(xpressbot, "/whatsapp/templates/send", by, to=somebody(xpressbot), **given), 400)


@law("X28")
@pytest.mark.parametrize("kind", ["header", "image", "video", "document"])
def test_a_header_is_filled_with_what_it_takes(xpressbot: Api, kind: str) -> None:
    def send(by: str, **given: Any) -> httpx.Response:
        return call(xpressbot, "/whatsapp/templates/send", by, to=somebody(xpressbot), **given)

    for template in templates(xpressbot, lambda template: kind in filling(template)):
        given = filling(template)
        content = {kind: given.pop(kind)}
        for by in BY:
            accepted(send(by, **given, **content))
            refused(send(by, **given), 400)
            if kind != "header":
                accepted(send(by, **given, mediaUrl=PICTURE, mediaType=kind))
                refused(send(by, **given, mediaUrl=PICTURE), 400)
                refused(send(by, **given, mediaUrl=PICTURE, mediaType="sound"), 400)
            other = "video" if kind == "image" else "image"
            refused(send(by, **given, **{other: PICTURE}), 400)
            refused(send(by, **given, **content, **{other: PICTURE}), 400)


@law("X29")
def test_regular_messages_are_for_those_who_have_just_written(xpressbot: Api) -> None:
    (number, *_), silent = answerable(xpressbot), unknown(xpressbot)
    done(xpressbot, "/contacts/manage", phoneNumber=silent)
    late = [contact["phoneNumber"] for contact in contacts(xpressbot) if age(contact) > SESSION + MARGIN]
    for by in BY:
        for media in ({"body": "Hello"}, {"type": "image", "url": PICTURE}):
            accepted(call(xpressbot, "/whatsapp/message/send", by, to=number, **media))
            for unheard in (*late[:5], silent, unknown(xpressbot)):
                refused(call(xpressbot, "/whatsapp/message/send", by, to=unheard, **media), 400)
    given = filling(templates(xpressbot)[0])
    accepted(call(xpressbot, "/whatsapp/templates/send", to=silent, **given))
    refused(call(xpressbot, "/whatsapp/message/send", to=silent, body="Hello"), 400)


@law("X29")
def test_the_window_closes_24_hours_after_the_last_message(xpressbot: Api) -> None:
    number = answerable(xpressbot)[0]
    (contact,) = [each for each in contacts(xpressbot) if each["phoneNumber"] == number]
    left = (SESSION - age(contact)).total_seconds()
    with later(xpressbot, left - 60):
        accepted(call(xpressbot, "/whatsapp/message/send", to=number, body="Just in time"))
    with later(xpressbot, left + 60):
        refused(call(xpressbot, "/whatsapp/message/send", to=number, body="Too late"), 400)
        accepted(call(xpressbot, "/whatsapp/templates/send", to=number, **filling(templates(xpressbot)[0])))


@law("X30", "X31", "X40")
@pytest.mark.parametrize("by", BY)
def test_a_message_has_a_type_and_what_belongs_to_it(xpressbot: Api, by: str) -> None:
    def send(**given: Any) -> httpx.Response:
        return call(xpressbot, "/whatsapp/message/send", by, to=number, **given)

    (number, *_) = answerable(xpressbot)
    for type in (None, "text", "image", "video", "document", "audio"):
        named: Json = {} if type is None else {"type": type}
        content: Json = {"url": PICTURE, "caption": mark(xpressbot)} if type not in (None, "text") else {"body": mark(xpressbot)}
        content |= {"filename": "a.pdf"} if type == "document" else {}
        reference = mark(xpressbot)
        sent = accepted(send(**named, **content, apiReference=reference))["data"]
        assert sent["type"] == (type or "text"), "type is what was given, and text if left out"
        assert {name: sent[name] for name in content} == content, "what belongs to the message is kept as given"
        known = done(xpressbot, "/whatsapp/message/status", by, wamid=sent["wamid"])
        assert known["type"] == (type or "text"), "the message's status tells its type"
        assert known["content"] == content.get("body", content.get("url")), "the message's status tells what it carries"
        assert known["apiReference"] == reference, "apiReference is found again with the message"
        refused(send(**named), 400)
        refused(send(**named, **({"body": "x"} if "url" in content else {"url": PICTURE})), 400)
    refused(send(type="poem", body="x"), 400)


@law("X32", "X40")
def test_the_status_of_a_message_is_found_by_its_wamid(xpressbot: Api) -> None:
    reference, template = mark(xpressbot), templates(xpressbot)[0]
    given = {"to": somebody(xpressbot), "apiReference": reference, **filling(template)}
    sent = done(xpressbot, "/whatsapp/templates/send", **given)
    for by in BY:
        known = done(xpressbot, "/whatsapp/message/status", by, wamid=sent["wamid"])
        assert known["apiReference"] == reference, "apiReference is found again with the message"
        for name in ("status", "direction", "type", "content", "timestamp"):
            assert isinstance(known[name], str), f"{name} of a message is a text"
        for name in ("deliveredAt", "readAt", "error"):
            assert known[name] is None or isinstance(known[name], str), (
                f"{name} of a message is a text, or null until it is known"
            )
        assert known["direction"] == "outbound", "what was sent went out"
        refused(call(xpressbot, "/whatsapp/message/status", by, wamid=f"wamid.{mark(xpressbot)}"), 404)
        refused(call(xpressbot, "/whatsapp/message/status", by, "stranger", wamid=sent["wamid"]), 404)
        refused(call(xpressbot, "/whatsapp/message/status", by), 400)


@law("X33", "X34", "X36")
@pytest.mark.parametrize("by", BY)
def test_every_automation_can_be_triggered_by_id_and_by_name(xpressbot: Api, by: str) -> None:
    def trigger(**given: Any) -> httpx.Response:
        return call(xpressbot, "/automations/trigger", by, phoneNumber=number, **given)

    number = somebody(xpressbot)
    for automation in automations(xpressbot):
        name = automation["automationName"]
        ways = [{"automationId": automation["id"]}]
        ways += [{"automationName": written} for written in (name, name.upper(), name.lower(), name.swapcase())]
        runs = [accepted(trigger(**way))["data"] for way in ways]
        for run in runs:
            wanted = {"automationId": automation["id"], "automationName": name, "status": "triggered"}
            assert {part: run[part] for part in wanted} == wanted, "a run tells which automation was triggered"
            for part in ("executionId", "contactId", "conversationId"):
                assert isinstance(run[part], str), f"a run has {part}"
                assert run[part], f"a run has {part}"
        assert len({run["executionId"] for run in runs}) == len(runs), "every run has an id of its own"
    ids = {automation["id"] for automation in automations(xpressbot)}
    theirs = {automation["id"] for automation in done(xpressbot, "/automations/list", by, "stranger")}
    assert not ids & theirs, "no automation of another channel is listed"
    refused(trigger(), 400)
    for wrong in ({"automationName": mark(xpressbot)}, *({"automationId": id} for id in (mark(xpressbot), *theirs))):
        refused(trigger(**wrong), 404)


@law("X35")
@pytest.mark.parametrize("by", BY)
def test_triggering_makes_contact_and_conversation_once(xpressbot: Api, by: str) -> None:
    number, (automation, *_) = unknown(xpressbot), automations(xpressbot)
    assert found(xpressbot, number) == [], "nobody has this number yet"
    first, again = (
        done(xpressbot, "/automations/trigger", by, phoneNumber=number, automationId=automation["id"]) for _ in range(2)
    )
    assert [contact["id"] for contact in found(xpressbot, number)] == [first["contactId"]], "the contact was made, once"
    for part in ("contactId", "conversationId"):
        assert again[part] == first[part], f"{part} is the same the next time"
    other = done(xpressbot, "/automations/trigger", by, phoneNumber=phone(xpressbot), automationId=automation["id"])
    assert other["conversationId"] != first["conversationId"], "another contact has another conversation"
    known = done(xpressbot, "/contacts/manage", by, phoneNumber=phone(xpressbot))
    run = done(xpressbot, "/automations/trigger", by, phoneNumber=known["phoneNumber"], automationId=automation["id"])
    assert run["contactId"] == known["id"], "a contact that is there is the one"
