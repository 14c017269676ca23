"""tofrom over a socket: bad input is named in the API's own words, good input gets a reply of the contract's shape."""

from __future__ import annotations

import httpx
import pytest

WORKSPACE = "/api/ui/workspaces/ws_4kq8z1m7"
GOOD = {"to": "+13129450127", "body": "Hello"}


@pytest.fixture
def tofrom(mock):
    mock.reset()
    with httpx.Client(base_url=mock.base("tofrom")) as client:
        yield client


@pytest.fixture
def key(mock):
    return {"Authorization": f"Bearer {mock.cast('tofrom')['owner']['api_key']}"}


@pytest.fixture
def session(mock):
    return {"Authorization": f"Bearer {mock.cast('tofrom')['owner']['session_token']}"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "missing_params"),
        ({"to": "+13129450127"}, "missing_params"),
        ({"to": "", "body": "Hello"}, "missing_params"),
        ({**GOOD, "body": ""}, "missing_params"),
        ({**GOOD, "to": "3129450127"}, "invalid_to"),
        ({**GOOD, "to": ["+13129450127"]}, "invalid_to"),
        ({**GOOD, "from": "Harborline"}, "invalid_from"),
        ({**GOOD, "body": "x" * 1601}, "body_too_long"),
        ({**GOOD, "body": 1}, "invalid_params"),
        ({**GOOD, "mediaUrls": []}, "invalid_media"),
        ({**GOOD, "mediaUrls": ["ftp://media.harborline.example/a.jpg"]}, "invalid_media"),
        ({**GOOD, "mediaUrls": ["https://media.harborline.example/a.jpg"] * 11}, "invalid_media"),
        ([], "invalid_params"),
    ],
)
def test_a_wrong_message_is_refused_by_the_name_of_its_mistake(tofrom, key, body, error):
    reply = tofrom.post("/api/messages", json=body, headers=key)
    assert (reply.status_code, reply.json()["error"]) == (400, error)
    assert reply.headers["X-RateLimit-Limit"] == "100"


@pytest.mark.parametrize(
    ("content", "media_type", "error"),
    [
        (b"", "application/json", "missing_params"),
        (b"{", "application/json", "invalid_json"),
        (b'{"to": "+13129450127", "body": "Hello"}', "text/plain", "unsupported_media_type"),
        (b"to=%2B13129450127&body=Hello", "application/x-www-form-urlencoded", "unsupported_media_type"),
    ],
)
def test_a_body_that_is_not_json_is_a_bad_request(tofrom, key, content, media_type, error):
    reply = tofrom.post("/api/messages", content=content, headers={**key, "Content-Type": media_type})
    assert (reply.status_code, reply.json()["error"]) == (400, error)


@pytest.mark.parametrize("text", ["x" * 1600, "\U0001f600" * 1600, " "])
def test_a_text_of_1600_characters_is_admitted(tofrom, key, text):
    assert tofrom.post("/api/messages", json={**GOOD, "body": text}, headers=key).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=x", "page=1.0", "limit=0", "limit=101", "limit=", "direction=up", "status=received",
        "from=Harborline", "to=+13129450127", "startDate=13.02.2026", "endDate=2026-02-30", "page=1&page=2",
    ],
)  # fmt: skip
def test_a_wrong_query_is_a_bad_request(tofrom, session, query):
    reply = tofrom.get(f"{WORKSPACE}/messages?{query}", headers=session)
    assert reply.status_code == 400
    assert reply.json() == {"error": "invalid_params", "detail": "A parameter of the path or the query has a wrong value."}


@pytest.mark.parametrize(
    "query",
    [
        "page=1&limit=1", "limit=100", "direction=inbound&status=delivered", "from=%2B14153670142&to=%2B13129450127",
        "startDate=2026-02-01&endDate=2026-02-13T10:00:00Z", "other=1",
    ],
)  # fmt: skip
def test_a_right_query_is_admitted(tofrom, session, query):
    reply = tofrom.get(f"{WORKSPACE}/messages?{query}", headers=session)
    assert reply.status_code == 200
    assert set(reply.json()) == {"data", "pagination"}


@pytest.mark.parametrize("body", [{}, {"email": "dana.whitfield@harborline.example"}, {"email": "a@b.example", "password": ""}])
def test_a_login_without_its_fields_lacks_parameters(tofrom, body):
    reply = tofrom.post("/api/auth/login", json=body)
    assert (reply.status_code, reply.json()["error"]) == (400, "missing_params")
    assert "X-RateLimit-Limit" not in reply.headers


def test_a_path_of_another_world_and_a_method_of_another_path(tofrom):
    unknown, wrong = tofrom.get("/api/nothing"), tofrom.put("/api/messages")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error"], wrong.headers["Allow"]) == (405, "method_not_allowed", "POST")


def test_the_stock_offers_no_method_of_a_phone_number(tofrom, session):
    reply = tofrom.options(f"{WORKSPACE}/phone-numbers/available", headers=session)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD")


def test_a_body_beyond_the_bound_is_too_large(tofrom, key):
    reply = tofrom.post("/api/messages", json={**GOOD, "body": "x" * 1024 * 1024}, headers=key)
    assert (reply.status_code, reply.json()["error"]) == (413, "body_too_large")
