"""Behaviour on the wire: what each endpoint answers, in full, and that GET and POST are one."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mockserver.data import load_spec

SPEC = load_spec("xpressbot")
OWNERS, SALES, SERVICE, STRANGERS = "ch_7Kq2mVxPd4", "ch_3Wd8nYtRb6", "ch_5Jm1cXzGh9", "ch_9Pz4sLfQk2"
JANE, PRIYA, NEW = "+1234567890", "+447911234861", "+31612345678"
URL = "https://a.example/b"
HELLO = {"to": JANE, "body": "Hello"}
#: A good request to each endpoint that works in a channel.
IN_A_CHANNEL: dict[str, dict[str, Any]] = {
    "/contacts/manage": {"phoneNumber": NEW},
    "/contacts/list": {},
    "/custom-fields/manage": {"name": "new"},
    "/custom-fields/list": {},
    "/labels/manage": {"name": "new"},
    "/labels/list": {},
    "/whatsapp/templates/list": {},
    "/whatsapp/templates/send": {"to": NEW, "templateName": "x"},
    "/whatsapp/message/send": HELLO,
    "/automations/list": {},
    "/automations/trigger": {"phoneNumber": NEW, "automationName": "x"},
}


def ask(wire: Any, by: str, path: str, given: dict[str, Any], actor: str = "owner") -> httpx.Response:
    """By GET, by POST with a body, or by POST with a query string."""
    headers = {"X-API-Key": wire.key(actor)}
    if by == "body":
        return wire.client.post(path, json=given, headers=headers)
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    return wire.client.request("GET" if by == "GET" else "POST", path, params=text, headers=headers)


BY = ("GET", "body", "query")


def told(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


def no(error: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": error, "message": message}


AMBIGUOUS = no("Missing channelId", "This API key has more than one channel, so channelId is needed")
FORBIDDEN = no("Access denied", "This API key may not use that channel")
UNKNOWN = no("Channel not found", "There is no channel with this id")


@pytest.mark.parametrize("by", BY)
def test_the_channels_of_a_key_are_listed_and_counted(wire: Any, by: str) -> None:
    channels = [
        {"id": SALES, "name": "Alpenglow Sales", "phoneNumberId": "118273640519358", "isActive": True},
        {"id": SERVICE, "name": "Alpenglow Service", "phoneNumberId": "127709315564201", "isActive": True},
    ]
    reply = ask(wire, by, "/channels/list", {}, "two_channels")
    assert told(reply) == (200, {"success": True, "data": channels, "message": "Found 2 channel(s)"})
    assert "X-Understudy-Stand-In" not in reply.headers


@pytest.mark.parametrize("path", IN_A_CHANNEL)
@pytest.mark.parametrize("by", BY)
def test_the_channel_is_chosen_everywhere_alike(wire: Any, by: str, path: str) -> None:
    given = IN_A_CHANNEL[path]
    assert told(ask(wire, by, path, given, "two_channels")) == (400, AMBIGUOUS)
    assert told(ask(wire, by, path, {**given, "channelId": OWNERS}, "two_channels")) == (403, FORBIDDEN)
    assert told(ask(wire, by, path, {**given, "channelId": "ch_x"}, "two_channels")) == (404, UNKNOWN)
    told_of_own = [ask(wire, by, path, {**given, "channelId": own}, "two_channels") for own in (SALES, SERVICE)]
    assert not {UNKNOWN["error"], FORBIDDEN["error"], AMBIGUOUS["error"]} & {r.json().get("error") for r in told_of_own}


@pytest.mark.parametrize(
    ("path", "given", "status", "error"),
    [
        ("/contacts/manage", {"phoneNumber": NEW, "customFieldsData": "x:y"}, 400, "Unknown custom field"),
        ("/contacts/manage", {"phoneNumber": NEW, "customFieldsData": "{:}"}, 400, "Invalid customFieldsData"),
        ("/contacts/manage", {"phoneNumber": NEW, "customFieldsData": {"birthday": "x"}}, 400, "Invalid custom field value"),
        ("/contacts/manage", {"phoneNumber": NEW, "labelNames": ["a" * 101]}, 400, "Invalid labelNames"),
        ("/custom-fields/manage", {"name": "new", "options": ["a", "a"]}, 400, "Invalid options"),
        ("/custom-fields/manage", {"name": "new", "options": ["a" * 101]}, 400, "Invalid options"),
        ("/whatsapp/templates/send", {"to": NEW, "templateName": "winter_preview"}, 400, "Template not approved"),
        ("/whatsapp/templates/send", {"to": NEW, "templateName": "order_shipped"}, 404, "Template not found"),
        (
            "/whatsapp/templates/send",
            {"to": NEW, "templateName": "brewing_class", "languageCode": "es"},
            404,
            "Template language not found",
        ),
        ("/whatsapp/templates/send", {"to": NEW, "templateName": "order_confirmation"}, 400, "Wrong template variables"),
        ("/whatsapp/templates/send", {"to": NEW, "templateName": "brewing_class"}, 400, "Missing template header"),
        ("/whatsapp/templates/send", {"to": NEW, "templateName": "brewing_class", "image": URL}, 400, "Wrong template header"),
        ("/whatsapp/message/send", {"to": PRIYA, "body": "a"}, 400, "Outside the 24-hour window"),
        ("/whatsapp/message/send", {"to": JANE, "url": URL}, 400, "Missing message content"),
        ("/whatsapp/message/status", {"wamid": "wamid.x"}, 404, "Message not found"),
        ("/automations/trigger", {"phoneNumber": NEW}, 400, "Missing automation"),
        ("/automations/trigger", {"phoneNumber": NEW, "automationName": "x"}, 404, "Automation not found"),
    ],
)
def test_a_no_is_the_same_however_it_was_asked(wire: Any, path: str, given: dict[str, Any], status: int, error: str) -> None:
    answers = [told(ask(wire, by, path, given)) for by in BY]
    assert answers == [answers[0]] * 3
    assert answers[0] == (status, no(error, answers[0][1]["message"]))
    words = {example["value"]["message"] for example in examples(path, status)}
    assert answers[0][1]["message"] in words


def examples(path: str, status: int) -> list[Any]:
    name = SPEC["paths"][path]["get"]["responses"][str(status)]["$ref"].split("/")[-1]
    return list(SPEC["components"]["responses"][name]["content"]["application/json"]["examples"].values())


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/contacts/list", {"page": 2, "limit": 2}),
        ("/contacts/list", {"search": "JANE"}),
        ("/custom-fields/list", {}),
        ("/labels/list", {"channelId": OWNERS}),
        ("/whatsapp/templates/list", {}),
        ("/automations/list", {}),
        (
            "/contacts/manage",
            {
                "phoneNumber": JANE,
                "name": "Ünï, Cödé: +1",
                "customFieldsData": {"plan": "a,b:c", "loyalty_points": 12.5, "source": None},
                "labelNames": ["a,b", "c" * 100],
            },
        ),
        ("/custom-fields/manage", {"name": "plan", "type": "dropdown", "isRequired": True, "options": ["a,b", "c" * 100]}),
        ("/labels/manage", {"name": "vip", "color": "#00FF00", "displayOrder": -3, "description": ""}),
    ],
)
def test_a_yes_is_the_same_however_it_was_asked(mock: Any, wire: Any, path: str, given: dict[str, Any]) -> None:
    def answer(by: str) -> tuple[int, Any]:
        mock.reset()
        status, body = told(ask(wire, by, path, given))
        return status, without_moments(body)

    answers = [answer(by) for by in BY]
    assert answers[0][0] == 200
    assert answers == [answers[0]] * 3


def without_moments(value: Any) -> Any:
    """Each reset opens the world a little later."""
    if isinstance(value, dict):
        return {name: None if name.endswith("At") else without_moments(part) for name, part in value.items()}
    return [without_moments(part) for part in value] if isinstance(value, list) else value


def test_numbers_may_be_whole_in_any_spelling(wire: Any) -> None:
    for page, limit in ((2, 2), ("2", "2"), (2.0, 2e0)):
        body = wire.post("/contacts/list", json={"page": page, "limit": limit}).json()
        assert body["pagination"] == {"page": 2, "limit": 2, "total": 5, "pages": 3}
    assert wire.post("/labels/manage", json={"name": "vip", "displayOrder": 4.0}).json()["data"]["displayOrder"] == 4


def test_the_body_counts_before_the_query(wire: Any) -> None:
    reply = wire.post("/labels/manage?name=vip&displayOrder=8", json={"displayOrder": 9})
    assert (reply.json()["data"]["name"], reply.json()["data"]["displayOrder"]) == ("vip", 9)


def test_the_documented_contact_is_updated_and_then_found(wire: Any) -> None:
    documented = {
        "phoneNumber": JANE,
        "name": "Jane Doe",
        "labelNames": "vip,lead",
        "customFieldsData": {"plan": "pro", "source": "website"},
    }
    body = wire.post("/contacts/manage", json=documented).json()
    contact = body["data"]
    assert body == {"success": True, "data": contact, "message": "Contact updated"}
    assert (contact["id"], contact["labelNames"], contact["customFieldsData"]) == (
        "contact_Zt5Hq8Lw2N",
        ["vip", "lead"],
        documented["customFieldsData"],
    )
    listed = wire.get("/contacts/list", "?search=%2B1234567890").json()
    assert listed == {"success": True, "data": [contact], "pagination": {"page": 1, "limit": 50, "total": 1, "pages": 1}}
    assert wire.post("/contacts/manage", json={"phoneNumber": NEW}).json()["message"] == "Contact created"


def test_an_empty_list_has_no_pages(wire: Any) -> None:
    body = wire.get("/contacts/list", "?search=nobody").json()
    assert body == {"success": True, "data": [], "pagination": {"page": 1, "limit": 50, "total": 0, "pages": 0}}


def test_the_documented_template_is_sent_and_its_status_read(wire: Any) -> None:
    documented = {"to": JANE, "templateName": "order_confirmation", "variables": "John,ORD-1234,29.99"}
    body = wire.post("/whatsapp/templates/send", json={**documented, "apiReference": "order-1234"}).json()
    sent = body["data"]
    assert body == {"success": True, "data": sent, "message": "Template sent"}
    assert sent == {
        "id": sent["id"],
        "wamid": sent["wamid"],
        "channelId": OWNERS,
        "contactId": "contact_Zt5Hq8Lw2N",
        "to": JANE,
        "templateName": "order_confirmation",
        "languageCode": "en",
        "variables": ["John", "ORD-1234", "29.99"],
        "apiReference": "order-1234",
        "status": "queued",
        "timestamp": sent["timestamp"],
    }
    status = {
        "id": sent["id"],
        "wamid": sent["wamid"],
        "channelId": OWNERS,
        "to": JANE,
        "status": "queued",
        "direction": "outbound",
        "type": "template",
        "content": "Hi John, thanks for order ORD-1234. Your total is 29.99 USD.",
        "timestamp": sent["timestamp"],
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": "order-1234",
    }
    for by in BY:
        answer = told(ask(wire, by, "/whatsapp/message/status", {"wamid": sent["wamid"]}))
        assert answer == (200, {"success": True, "data": status, "message": "Message found"})
        foreign = ask(wire, by, "/whatsapp/message/status", {"wamid": sent["wamid"]}, "stranger")
        assert told(foreign) == (404, no("Message not found", "None of your channels has a message with this WAMID"))


@pytest.mark.parametrize("by", BY)
def test_a_message_is_sent_within_the_window(wire: Any, by: str) -> None:
    body = ask(wire, by, "/whatsapp/message/send", {**HELLO, "apiReference": "ticket-88"}).json()
    sent = body["data"]
    assert body == {"success": True, "data": sent, "message": "Message sent"}
    assert {name: sent[name] for name in ("type", "body", "url", "caption", "filename", "apiReference", "status")} == {
        "type": "text",
        "body": "Hello",
        "url": None,
        "caption": None,
        "filename": None,
        "apiReference": "ticket-88",
        "status": "queued",
    }


@pytest.mark.parametrize("by", BY)
def test_an_automation_is_triggered_by_a_name_in_any_case(wire: Any, by: str) -> None:
    body = ask(wire, by, "/automations/trigger", {"phoneNumber": JANE, "automationName": "welcome FLOW"}).json()
    run = {
        "executionId": body["data"]["executionId"],
        "automationId": "auto_Gw2Pn6Rj9S",
        "automationName": "Welcome Flow",
        "contactId": "contact_Zt5Hq8Lw2N",
        "conversationId": "conv_Xs1Ve6Kn8P",
        "status": "triggered",
    }
    assert body == {"success": True, "data": run}


@pytest.mark.parametrize(
    ("path", "given", "error"),
    [
        ("/whatsapp/message/send", {"to": JANE, "channelId": STRANGERS}, "Missing message content"),
        ("/automations/trigger", {"phoneNumber": NEW, "channelId": STRANGERS}, "Missing automation"),
        ("/contacts/manage", {"phoneNumber": NEW, "customFieldsData": "{:}", "channelId": STRANGERS}, "Invalid customFieldsData"),
        ("/contacts/manage", {"phoneNumber": NEW, "customFieldsData": "x:y", "channelId": STRANGERS}, "Access denied"),
        ("/whatsapp/message/send", {"to": PRIYA, "body": "a", "channelId": STRANGERS}, "Access denied"),
    ],
)
def test_parameters_come_before_the_channel_and_the_channel_before_the_rest(
    wire: Any, path: str, given: dict[str, Any], error: str
) -> None:
    assert [ask(wire, by, path, given).json()["error"] for by in BY] == [error] * 3
