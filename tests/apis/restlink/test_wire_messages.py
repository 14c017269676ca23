"""Messages on the wire: sent, charged, refused, listed and counted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

MESSAGE_INVALID = ("INVALID_MESSAGE", "The message must be a text of 1 to 4096 characters")
SENDER_INVALID = ("INVALID_SENDER", "The sender must be up to 11 letters and digits or a phone number")
TO_INVALID = ("INVALID_TO", "List at least one number in E.164 form, such as +14155551234")
BODY_INVALID = ("INVALID_BODY", "The body does not have the expected form")
BODY_MALFORMED = ("INVALID_BODY", "The body could not be read as JSON")
NUMBER = "+14155551234"
GOOD: dict[str, Any] = {"to": [NUMBER], "message": "hi", "sender_id": "MyApp"}


def told(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    assert body.pop("status") is False
    return response.status_code, body.pop("error_code"), body.pop("description")


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name not in names}


def test_the_documented_example_is_sent_and_found_again(wire: Any) -> None:
    sent = wire.send(wire.jwt(workspace=18))
    assert sent.status_code == 200
    message_id = sent.json()["messages"][0]["message_id"]
    assert sent.json() == {
        "status": True,
        "messages": [{"dnis": NUMBER, "message_id": message_id, "segment_num": 1}],
        "results": [{"dnis": NUMBER, "message_id": message_id, "segments": 1, "status": "accepted"}],
        "summary": {
            "total_recipients": 1,
            "total_segments": 1,
            "total_cost": 0.008,
            "encoding": "GSM-7",
            "accepted_count": 1,
            "blocked_count": 0,
            "queue_error_count": 0,
            "config_error_count": 0,
            "db_error_count": 0,
        },
    }
    message = wire.client.get(f"/sms/status/{message_id}", headers=wire.key(18)).json()["message"]
    assert {name: message[name] for name in ("recipient", "message", "sender_id", "status", "cost")} == {
        "recipient": NUMBER, "message": "hi", "sender_id": "MyApp", "status": "pending", "cost": 0.008
    }  # fmt: skip
    assert wire.client.get("/sms/messages", headers=wire.key(18)).json()["messages"][0]["client_message_id"] == message_id


def test_blocked_and_unrouted_numbers_are_results_and_no_messages(wire: Any) -> None:
    body = wire.send(wire.key(16), to=["+5351234567", NUMBER, "+2917123456"], message="я" * 71).json()
    assert [result["status"] for result in body["results"]] == ["blocked_country", "accepted", "config_error"]
    assert [result["message_id"] is None for result in body["results"]] == [True, False, True]
    assert [message["dnis"] for message in body["messages"]] == [NUMBER]
    assert body["summary"] == {
        "total_recipients": 3, "total_segments": 2, "total_cost": 0.016, "encoding": "UCS-2", "accepted_count": 1,
        "blocked_count": 1, "queue_error_count": 0, "config_error_count": 1, "db_error_count": 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({**GOOD, "to": [NUMBER] * 101}, ("TOO_MANY_RECIPIENTS", "One request takes 100 recipients at most")),
        ({**GOOD, "to": []}, TO_INVALID),
        ({**GOOD, "to": NUMBER}, TO_INVALID),
        ({**GOOD, "to": None}, TO_INVALID),
        ({**GOOD, "to": [NUMBER, "4155551234"]}, TO_INVALID),
        ({**GOOD, "to": ["+04155551234"]}, TO_INVALID),
        ({**GOOD, "to": ["+141555"]}, TO_INVALID),
        ({**GOOD, "to": ["+1415555123456789"]}, TO_INVALID),
        ({**GOOD, "to": [f"{NUMBER}\n"]}, TO_INVALID),
        ({**GOOD, "to": [14155551234]}, TO_INVALID),
        (without("to"), TO_INVALID),
        ({**GOOD, "message": ""}, MESSAGE_INVALID),
        ({**GOOD, "message": 1}, MESSAGE_INVALID),
        ({**GOOD, "message": "a" * 4097}, MESSAGE_INVALID),
        (without("message"), MESSAGE_INVALID),
        ({**GOOD, "sender_id": ""}, SENDER_INVALID),
        ({**GOOD, "sender_id": "My App"}, SENDER_INVALID),
        ({**GOOD, "sender_id": "TwelveLetter"}, SENDER_INVALID),
        ({**GOOD, "sender_id": "+1415"}, SENDER_INVALID),
        (without("sender_id"), SENDER_INVALID),
        (without("to", "message", "sender_id"), TO_INVALID),
        ([], BODY_INVALID),
        ("hi", BODY_INVALID),
        (None, BODY_INVALID),
    ],
)
def test_each_wrong_part_has_its_code_and_sends_nothing(wire: Any, body: Any, refused: tuple[str, str]) -> None:
    before = wire.client.get("/sms/messages", headers=wire.key(16)).json()["total"]
    response = wire.client.post("/sms/send", content=_dumps(body), headers={**wire.key(16), "Content-Type": "application/json"})
    assert told(response) == (400, *refused)
    assert wire.client.get("/sms/messages", headers=wire.key(16)).json()["total"] == before


def _dumps(body: Any) -> bytes:
    return httpx.Request("POST", "http://x", json=body).content if body is not None else b"null"


@pytest.mark.parametrize(
    ("content", "media_type", "refused"),
    [
        (b"", "application/json", ("INVALID_BODY", "This operation needs a JSON body")),
        (b"{", "application/json", BODY_MALFORMED),
        (b'{"to": NaN}', "application/json", BODY_MALFORMED),
        (b"[" * 100 + b"]" * 100, "application/json", BODY_MALFORMED),
        (b"\xff", "application/json", BODY_MALFORMED),
        (b"to=1", "application/x-www-form-urlencoded", ("INVALID_BODY", "Send the body as application/json")),
    ],
)
def test_a_body_that_is_no_json_is_refused(wire: Any, content: bytes, media_type: str, refused: tuple[str, str]) -> None:
    response = wire.client.post("/sms/send", content=content, headers={**wire.key(16), "Content-Type": media_type})
    assert told(response) == (400, *refused)


@pytest.mark.parametrize("sender", ["A", "1", "MyApp", "12345678901", "+14155551234", "14155551234", "447400123456"])
def test_a_sender_is_a_short_name_or_a_number(wire: Any, sender: str) -> None:
    assert wire.send(wire.key(16), sender_id=sender).status_code == 200


def test_unnamed_properties_are_ignored(wire: Any) -> None:
    assert wire.send(wire.key(16), campaign="spring").status_code == 200


def test_the_sixth_message_is_too_much_for_poor(wire: Any) -> None:
    for _ in range(5):
        assert wire.send(wire.jwt("poor")).status_code == 200
    balance = wire.client.get("/user/balance", headers=wire.jwt("poor")).json()
    assert (balance["balance"], balance["currency"], balance["credit_blocked"]) == (0, "EUR", True)
    refused = wire.send(wire.jwt("poor"))
    assert (refused.status_code, refused.json()) == (
        402,
        {
            "status": False,
            "error_code": "INSUFFICIENT_BALANCE",
            "description": "The balance does not cover this request",
            "balance": 0.0,
            "estimated_cost": 0.008,
            "currency": "EUR",
            "total_recipients": 1,
            "billable_recipients": 1,
            "segments": 1,
        },
    )


def test_all_workspaces_draw_on_one_balance(wire: Any) -> None:
    before = wire.client.get("/user/balance", headers=wire.key(16)).json()
    assert "credit_blocked" not in before
    wire.send(wire.key(18), to=[NUMBER, NUMBER])
    after = wire.client.get("/user/balance", headers=wire.key(16)).json()
    assert after["balance"] == pytest.approx(before["balance"] - 0.016, abs=1e-9)


def test_the_sandbox_says_so_and_costs_nothing(wire: Any) -> None:
    before = wire.client.get("/user/balance", headers=wire.key(16)).json()
    sent = wire.send(wire.key("sandbox"), to=["+5351234567"]).json()
    assert sent["sandbox"] is True
    assert sent["results"][0]["status"] == "accepted"
    assert wire.client.get("/user/balance", headers=wire.key(16)).json() == before
    for _ in range(4):
        assert wire.send(wire.key("sandbox"), to=[NUMBER] * 100).status_code == 200
    assert told(wire.send(wire.key("sandbox"), to=[NUMBER] * 100)) == (
        429, "RATE_LIMIT_EXCEEDED", "The sandbox takes 500 messages in 24 hours"
    )  # fmt: skip
    assert wire.send(wire.key("sandbox"), to=[NUMBER] * 99).status_code == 200


@pytest.mark.parametrize("workspace", [18, 31])
def test_a_message_elsewhere_does_not_exist(wire: Any, workspace: int) -> None:
    message_id = wire.send(wire.key(16)).json()["messages"][0]["message_id"]
    headers = wire.key(18) if workspace == 18 else wire.jwt("stranger")
    for wanted in (message_id, "api_1_1_0000000000000000", "nothing"):
        response = wire.client.get(f"/sms/status/{wanted}", headers=headers)
        assert told(response) == (404, "NOT_FOUND", "There is no such message in this workspace")


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.0",
        "page=",
        "limit=0",
        "limit=101",
        "limit=1&limit=2",
        "status=DELIVRD",
        "status=",
        "phone=abc",
        "phone=1%202",
        "country=USA",
        "country=1",
        "sender=",
        "period=1d",
        "from=2026-02-30",
        "to=13.02.2026",
        "from=",
    ],
)
def test_a_query_outside_its_bounds_is_refused(wire: Any, query: str) -> None:
    response = wire.client.get(f"/sms/messages?{query}", headers=wire.key(16))
    assert told(response) == (400, "INVALID_PARAMS", "A query or path parameter has a value that is not allowed")


@pytest.mark.parametrize(
    "path", ["/sms/status/a%20b", f"/sms/status/{'a' * 81}", "/sms/stats?period=1d", "/user/webhooks/logs?event=x"]
)
def test_any_other_bad_parameter_is_refused_likewise(wire: Any, path: str) -> None:
    assert told(wire.client.get(path, headers=wire.key(16)))[:2] == (400, "INVALID_PARAMS")


def test_a_page_past_the_end_is_empty(wire: Any) -> None:
    body = wire.client.get("/sms/messages", params={"page": 1_000_000, "period": "30d"}, headers=wire.key(16)).json()
    total = wire.client.get("/sms/messages", params={"period": "30d"}, headers=wire.key(16)).json()["total"]
    assert body == {"messages": [], "total": total, "page": 1_000_000, "limit": 25, "total_pages": 1}
    nothing = wire.client.get("/sms/messages", params={"sender": "nobody"}, headers=wire.key(16)).json()
    assert nothing == {"messages": [], "total": 0, "page": 1, "limit": 25, "total_pages": 0}


@pytest.mark.parametrize("span", [{"from": "0001-01-01", "to": "9999-12-31"}, {"from": "0001-01-01"}, {"to": "9999-12-31"}])
def test_a_span_without_period_counts(wire: Any, span: dict[str, str]) -> None:
    month = wire.client.get("/sms/messages", params={"period": "30d"}, headers=wire.key(16)).json()["total"]
    assert wire.client.get("/sms/messages", params=span, headers=wire.key(16)).json()["total"] >= month
    ruled_out = wire.client.get(
        "/sms/messages", params={"period": "30d", "from": "2001-01-01", "to": "2001-01-01"}, headers=wire.key(16)
    )
    assert ruled_out.json()["total"] == month
    stats = wire.client.get("/sms/stats", params=span, headers=wire.key(16))
    assert stats.status_code == 200
    assert stats.json()["period"]["from"] >= span.get("from", "2001-01-01")


def test_statistics_follow_what_is_sent(wire: Any) -> None:
    before = wire.client.get("/sms/stats", params={"period": "today"}, headers=wire.key(18)).json()["stats"]
    wire.send(wire.key(18), to=[NUMBER] * 3)
    after = wire.client.get("/sms/stats", params={"period": "today"}, headers=wire.key(18)).json()["stats"]
    assert (after["total_sent"], after["pending"]) == (before["total_sent"] + 3, before["pending"] + 3)
    assert after["total_cost"] == pytest.approx(before["total_cost"] + 0.024)
    assert after["avg_cost_per_msg"] == pytest.approx(after["total_cost"] / after["total_sent"], abs=1e-6)


def test_a_workspace_of_nothing_has_statistics_of_nothing(wire: Any) -> None:
    stats = wire.client.get("/sms/stats", headers=wire.jwt("poor")).json()["stats"]
    assert stats.pop("currency") == "EUR"
    assert set(stats.values()) == {0}
