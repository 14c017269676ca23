"""Requests on the wire: each endpoint by GET and POST, parameters in query and body, and each way of getting them wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockserver.data import load_spec

SPEC = load_spec("xpressbot")
PATHS = list(SPEC["paths"])


def bodies() -> Iterator[Any]:
    for path, item in SPEC["paths"].items():
        for name, example in item["post"]["requestBody"]["content"]["application/json"]["examples"].items():
            yield pytest.param(path, example["value"], id=f"{path} {name}")


def invalid(message: str) -> dict[str, Any]:
    return {"success": False, "error": "Invalid parameters", "message": message}


def told(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


MALFORMED = {"success": False, "error": "Malformed JSON", "message": "The request body cannot be read as JSON"}
MEDIA_TYPE = {"success": False, "error": "Unsupported media type", "message": "The request body has to be application/json"}


def test_there_are_thirteen_endpoints_each_by_get_and_post() -> None:
    assert len(PATHS) == 13
    assert all({"get", "post"} == set(item) for item in SPEC["paths"].values())


@pytest.mark.parametrize("path", PATHS)
def test_get_and_post_take_the_same_parameters(path: str) -> None:
    get, post = SPEC["paths"][path]["get"], SPEC["paths"][path]["post"]
    declared = [SPEC["components"]["parameters"][ref["$ref"].split("/")[-1]] for ref in get.get("parameters", ())]
    body = SPEC["components"]["schemas"][post["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
    assert {parameter["name"] for parameter in declared} == body["properties"].keys() - {"apiKey"}
    assert {parameter["name"] for parameter in declared if parameter["required"]} == set(body.get("required", ()))
    assert post["x-query-equals-body"] is True


@pytest.mark.parametrize(("path", "body"), list(bodies()))
def test_the_examples_work_as_body_and_as_query(wire: Any, path: str, body: dict[str, Any]) -> None:
    as_text = {name: value for name, value in body.items() if isinstance(value, str | int)}
    in_body = wire.post(path, json=body)
    in_both = wire.post(path, params=as_text, json={name: value for name, value in body.items() if name not in as_text})
    assert (in_body.status_code, in_both.status_code) == (200, 200)
    assert in_body.json().keys() == in_both.json().keys()
    if as_text == body:
        assert wire.post(path, params=body).status_code == 200
        assert wire.get(path, f"?{httpx.QueryParams(body)}").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_parameters_that_nobody_declared_are_passed_over(wire: Any, path: str) -> None:
    example = next(iter(SPEC["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"].values()))
    assert wire.post(f"{path}?colour=red", json={**example["value"], "shape": {"round": True}}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/contacts/list", {"page": 2, "limit": 200}),
        ("/contacts/list", {"page": "2", "limit": "200"}),
        ("/custom-fields/manage", {"name": "size", "isRequired": True, "options": ["S", "M"]}),
        ("/custom-fields/manage", {"name": "size", "isRequired": "true", "options": '["S", "M"]'}),
        ("/labels/manage", {"name": "vip", "displayOrder": -3}),
        ("/labels/manage", {"name": "vip", "displayOrder": "-3"}),
        ("/contacts/manage", {"phoneNumber": "+15035550143", "customFieldsData": {"loyalty_points": 5}, "labelNames": []}),
        ("/contacts/manage", {"phoneNumber": "+15035550143", "customFieldsData": "loyalty_points:5", "labelNames": ""}),
    ],
)
def test_numbers_flags_lists_and_objects_may_come_as_such_and_as_text(wire: Any, path: str, body: dict[str, Any]) -> None:
    assert wire.post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/contacts/list", "?colour=%FF", "query is not a valid query string"),
        ("/contacts/manage", "", "phoneNumber is required"),
        ("/contacts/manage", "?phoneNumber=%2B1555", "phoneNumber must have the documented form"),
        ("/contacts/manage", "?phoneNumber=+1234567890", "phoneNumber must have the documented form"),
        ("/contacts/manage", "?phoneNumber=%2B1234567890&email=jane", "email must be a valid email"),
        ("/contacts/list", "?limit=201", "limit must be at most 200"),
        ("/contacts/list", "?limit=0", "limit must be at least 1"),
        ("/contacts/list", "?page=one", "page must be of type integer"),
        ("/contacts/list", "?page=1&page=2", "page must be given once"),
        ("/custom-fields/manage", "?name=a&isRequired=yes", "isRequired must be of type boolean"),
        ("/labels/manage", "?name=vip&color=red", "color must have the documented form"),
        ("/whatsapp/templates/send", "?to=%2B1234567890", "templateName is required"),
        ("/whatsapp/message/send", "?to=%2B1234567890&body=", "body must be at least 1 characters long"),
        ("/whatsapp/message/status", "", "wamid is required"),
        ("/automations/trigger", "?automationName=Welcome+Flow", "phoneNumber is required"),
    ],
)
def test_a_wrong_query_is_told_which_parameter_and_why(wire: Any, path: str, query: str, message: str) -> None:
    assert told(wire.get(path, query)) == (400, invalid(message))


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/contacts/manage", {"name": "Jane"}, "phoneNumber is required"),
        ("/contacts/manage", {"phoneNumber": 15035550143}, "phoneNumber must be of type string"),
        ("/contacts/manage", {"phoneNumber": "+1234567890", "name": None}, "name must be of type string"),
        ("/contacts/list", {"limit": 201}, "limit must be at most 200"),
        ("/contacts/list", {"limit": "201"}, "limit must have the documented form"),
        ("/custom-fields/manage", {"name": "a", "isRequired": "yes"}, "isRequired must be one of true, false"),
        ("/custom-fields/manage", {"name": "a", "type": "colour"}, "type must be one of"),
        ("/whatsapp/templates/send", {"to": "+1234567890"}, "templateName is required"),
    ],
)
def test_a_wrong_body_is_told_which_field_and_why(wire: Any, path: str, body: dict[str, Any], message: str) -> None:
    status, said = told(wire.post(path, json=body))
    assert (status, said) == (400, invalid(said["message"]))
    assert said["message"].startswith(message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"to": "+1234567890"}, "A text message needs body, any other message needs url"),
        ({"to": "+1234567890", "type": "image"}, "A text message needs body, any other message needs url"),
        ({"to": "+1234567890", "type": "image", "body": "x"}, "A text message needs body, any other message needs url"),
        (
            {"to": "+1234567890", "type": "text", "url": "https://a.example/b"},
            "A text message needs body, any other message needs url",
        ),
    ],
)
def test_a_message_without_content_is_refused(wire: Any, body: dict[str, Any], message: str) -> None:
    words = {"success": False, "error": "Missing message content", "message": message}
    assert told(wire.post("/whatsapp/message/send", json=body)) == (400, words)


def test_a_trigger_without_an_automation_is_refused(wire: Any) -> None:
    words = {"success": False, "error": "Missing automation", "message": "Give automationId or automationName"}
    assert told(wire.post("/automations/trigger", json={"phoneNumber": "+1234567890"})) == (400, words)


@pytest.mark.parametrize(
    ("path", "content", "media_type", "words"),
    [
        ("/labels/manage", b"{", "application/json", MALFORMED),
        ("/labels/manage", b'{"name": "a", "name": NaN}', "application/json", MALFORMED),
        ("/labels/manage", b"", "application/json", invalid("name is required")),
        ("/labels/manage", b"name=vip", "application/x-www-form-urlencoded", MEDIA_TYPE),
        ("/labels/manage", b"<name/>", "text/xml", MEDIA_TYPE),
        (
            "/labels/manage",
            b"[]",
            "application/json",
            invalid("A parameter is missing or has a value that this endpoint does not take"),
        ),
        ("/channels/list", b"{", "application/json", MALFORMED),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    wire: Any, path: str, content: bytes, media_type: str, words: dict[str, Any]
) -> None:
    assert told(wire.post(path, content=content, headers={"Content-Type": media_type})) == (400, words)


def test_a_body_without_a_media_type_is_read_as_json(wire: Any) -> None:
    # The document's own example of sending a template comes without one.
    body = b'{"to": "+1234567890", "templateName": "order_confirmation", "variables": "John,ORD-1234,29.99"}'
    reply = wire.post("/whatsapp/templates/send", content=body)
    assert "content-type" not in reply.request.headers
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/contacts", 404, ("Endpoint not found", "This API has no endpoint at this path")),
        ("DELETE", "/contacts/list", 405, ("Method not allowed", "This endpoint takes GET and POST only")),
        ("POST", "/labels/manage", 413, ("Request too large", "The request body is larger than this API takes")),
    ],
)
def test_what_is_wrong_with_any_endpoint_is_told_alike(
    wire: Any, method: str, path: str, status: int, words: tuple[str, str]
) -> None:
    content = b" " * (1024 * 1024 + 1) if status == 413 else None
    reply = wire.client.request(method, path, content=content, headers={"X-API-Key": wire.key()})
    assert told(reply) == (status, {"success": False, "error": words[0], "message": words[1]})
    assert status != 405 or reply.headers["Allow"] == "GET, HEAD, POST"
