"""timelines over a socket: bad values are named in the API's own words, good ones get a reply of the contract's shape."""

from __future__ import annotations

import httpx
import pytest

WORKSPACE = "/workspaces/ws_1234567890abcdef"
NAME = "display_name must have 1 to 30 characters, letters, digits and dashes only."
SEATS = "seats_purchased must be a whole number from 1 to 99."
FIELD = "A field of the body is missing or has a wrong type or value."
COUNT = "count must be a whole number from 1 to 99."
HOURS = "expires_in_hours must be a whole number from 1 to 168."


@pytest.fixture
def timelines(mock):
    mock.reset()
    owner = mock.cast("timelines")["owner"]
    fields = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    with httpx.Client(base_url=mock.base("timelines"), headers=fields) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/workspaces", {}, NAME),
        ("POST", "/workspaces", {"display_name": "a"}, SEATS),
        ("POST", "/workspaces", {"display_name": "", "seats_purchased": 1}, NAME),
        ("POST", "/workspaces", {"display_name": "x" * 31, "seats_purchased": 1}, NAME),
        ("POST", "/workspaces", {"display_name": "two words", "seats_purchased": 1}, NAME),
        ("POST", "/workspaces", {"display_name": "line\n", "seats_purchased": 1}, NAME),
        ("POST", "/workspaces", {"display_name": "caf\u00e9", "seats_purchased": 1}, NAME),
        ("POST", "/workspaces", {"display_name": "a", "seats_purchased": 0}, SEATS),
        ("POST", "/workspaces", {"display_name": "a", "seats_purchased": 100}, SEATS),
        ("POST", "/workspaces", {"display_name": "a", "seats_purchased": 1.5}, SEATS),
        ("POST", "/workspaces", {"display_name": "a", "seats_purchased": "3"}, SEATS),
        ("PATCH", WORKSPACE, {"seats_purchased": 100}, SEATS),
        ("PATCH", WORKSPACE, {"display_name": None}, NAME),
        ("POST", f"{WORKSPACE}/users", {}, COUNT),
        ("POST", f"{WORKSPACE}/users", {"count": 0}, COUNT),
        ("POST", f"{WORKSPACE}/users", {"count": 100}, COUNT),
        ("POST", f"{WORKSPACE}/users/42/qr", {"expires_in_hours": 0}, HOURS),
        ("POST", f"{WORKSPACE}/users/42/qr", {"expires_in_hours": 169}, HOURS),
        ("POST", f"{WORKSPACE}/users/42/qr", [], FIELD),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(timelines, method, path, body, words):
    reply = timelines.request(method, path, json=body)
    assert reply.status_code == 400
    assert reply.json() == {"error": {"code": "InvalidRequest", "message": words}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/workspaces", {"display_name": "a", "seats_purchased": 1}, 201),
        ("POST", "/workspaces", {"display_name": "x" * 30, "seats_purchased": 99, "more": True}, 201),
        ("GET", WORKSPACE, None, 200),
        ("PATCH", WORKSPACE, {}, 200),
        ("PATCH", WORKSPACE, {"seats_purchased": 12}, 200),
        ("POST", f"{WORKSPACE}/users", {"count": 1}, 201),
        ("POST", f"{WORKSPACE}/users/42/qr", None, 201),
        ("POST", f"{WORKSPACE}/users/42/qr", {}, 201),
        ("POST", f"{WORKSPACE}/users/42/qr", {"expires_in_hours": 168}, 201),
        ("POST", f"{WORKSPACE}/users/42/whatsapp/disconnect", None, 200),
        ("GET", f"{WORKSPACE}/api-token", None, 200),
        ("POST", f"{WORKSPACE}/api-token", None, 201),
    ],
)
def test_good_values_are_admitted(timelines, method, path, body, status):
    reply = timelines.request(method, path, json=body) if body is not None else timelines.request(method, path)
    assert reply.status_code == status, reply.text


@pytest.mark.parametrize(
    "path", [f"{WORKSPACE}/users/0/qr", f"{WORKSPACE}/users/x/qr", f"{WORKSPACE}/users/1.0/qr", f"/workspaces/{'x' * 65}/users"]
)
def test_a_wrong_path_parameter_is_a_bad_request(timelines, path):
    reply = timelines.post(path, json={"count": 1})
    assert reply.json() == {"error": {"code": "InvalidRequest", "message": "A parameter of the path has a wrong value."}}
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"", "application/json", "This operation needs a JSON body."),
        (b"{", "application/json", "The body could not be read as JSON."),
        (b"count=1", "application/x-www-form-urlencoded", "Send the body with the content type application/json."),
    ],
)
def test_a_body_that_is_not_json_is_a_bad_request(timelines, content, media_type, words):
    reply = timelines.post(f"{WORKSPACE}/users", content=content, headers={"Content-Type": media_type})
    assert reply.status_code == 400
    assert reply.json() == {"error": {"code": "InvalidRequest", "message": words}}


def test_a_path_of_another_world_and_a_method_of_another_path(timelines):
    unknown, wrong = timelines.get("/nothing"), timelines.delete(WORKSPACE)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "NotFound")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "MethodNotAllowed")
    assert wrong.headers["Allow"] == "GET, HEAD, PATCH"
