"""tofrom over a socket: keys, provider credentials and numbers as a client sets them up."""

from __future__ import annotations

import re
from typing import Any

import pytest

CREDENTIALS = {
    "provider": "twilio",
    "account_sid": "AC2f7d0b95c1e84a63b8d94e07f6a3c512",
    "auth_token": "0c94d7f1a8e24b5d93f6071be5a2b7e4",
}


def test_a_key_shows_its_secret_once_and_works_at_once_with_a_limit_of_its_own(wire: Any) -> None:
    wire.send()
    reply = wire.post("/api-keys", name="Night job")
    assert reply.status_code == 201
    made = reply.json()
    secret = made.pop("key")
    assert re.fullmatch(r"tf_live_[0-9a-f]{32}", secret)
    assert made["prefix"] == secret[:12]
    assert (made["name"], made["created_by"]) == ("Night job", "usr_dana4w7k")
    listed = wire.client.get(wire.at("/api-keys"), headers=wire.person())
    assert listed.json()["data"][-1] == made
    assert secret not in listed.text
    sent = wire.send({"Authorization": f"Bearer {secret}"})
    assert (sent.status_code, sent.headers["X-RateLimit-Remaining"]) == (200, "99")


def test_a_revoked_key_is_dead_and_gone(wire: Any) -> None:
    secret = wire.cast["owner"]["api_key"]
    path = wire.at("/api-keys/key_2nb6h8y4")
    ended = wire.client.delete(path, headers=wire.person())
    assert ended.status_code == 200
    assert set(ended.json()) == {"id", "revoked_at"}
    assert ended.json()["id"] == "key_2nb6h8y4"
    assert wire.told(wire.send({"Authorization": f"Bearer {secret}"})) == (
        401, "unauthorized", "The credential is not known or no longer valid."
    )  # fmt: skip
    assert [key["id"] for key in wire.get("/api-keys")["data"]] == ["key_5hr1v7c3"]
    assert wire.told(wire.client.delete(path, headers=wire.person())) == (
        404, "api_key_not_found", "This workspace has no such API key."
    )  # fmt: skip


def test_a_key_of_another_workspace_is_no_key_of_this_one(wire: Any) -> None:
    reply = wire.client.delete(wire.at("/api-keys/key_9gs4x2m6"), headers=wire.person())
    assert wire.told(reply)[:2] == (404, "api_key_not_found")
    assert wire.send(wire.program("stranger")).status_code == 200


def test_a_provider_is_read_back_masked_and_lets_the_workspace_send(wire: Any) -> None:
    assert wire.get("/provider", "unconfigured") == {
        "configured": False, "provider": None, "account_sid": None, "auth_token": None, "updated_at": None
    }  # fmt: skip
    assert wire.told(wire.send(wire.program("unconfigured"))) == (
        400,
        "provider_not_configured",
        "This workspace has no messaging provider. Add its credentials in the settings.",
    )
    reply = wire.client.put(wire.at("/provider", "unconfigured"), headers=wire.person("unconfigured"), json=CREDENTIALS)
    assert reply.status_code == 200
    assert {**reply.json(), "updated_at": ""} == {
        **CREDENTIALS, "configured": True, "auth_token": "************b7e4", "updated_at": ""
    }  # fmt: skip
    assert wire.get("/provider", "unconfigured") == reply.json()
    assert wire.get("", "unconfigured")["provider_configured"] is True
    assert wire.send(wire.program("unconfigured")).status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"auth_token": None}, "invalid_params"),
        ({"auth_token": "short"}, "invalid_params"),
        ({"account_sid": "SM2f7d0b95c1e84a63b8d94e07f6a3c512"}, "invalid_params"),
        ({"provider": "pigeon"}, "invalid_params"),
    ],
)
def test_wrong_credentials_leave_the_old_ones(wire: Any, change: dict[str, Any], error: str) -> None:
    before = wire.get("/provider")
    reply = wire.client.put(wire.at("/provider"), headers=wire.person(), json={**CREDENTIALS, **change})
    assert wire.told(reply)[:2] == (400, error)
    without = {name: value for name, value in CREDENTIALS.items() if name not in change}
    assert wire.told(wire.client.put(wire.at("/provider"), headers=wire.person(), json=without))[:2] == (400, "missing_params")
    assert wire.get("/provider") == before


def test_a_number_is_in_the_stock_or_in_one_workspace(wire: Any) -> None:
    wanted = {"phone_number": "+442071838750", "country": "GB", "capabilities": ["sms"]}
    assert wanted in wire.get("/phone-numbers/available", "stranger", country="GB")["data"]
    reply = wire.post("/phone-numbers", phone_number="+442071838750")
    assert reply.status_code == 201
    bought = reply.json()
    assert {name: bought[name] for name in wanted} == wanted
    assert wire.get("/phone-numbers")["data"][-1] == bought
    assert wanted not in wire.get("/phone-numbers/available", "stranger")["data"]
    for actor in ("stranger", "owner"):
        assert wire.told(wire.post("/phone-numbers", actor, phone_number="+442071838750")) == (
            404, "phone_number_not_available", "This phone number is not available."
        )  # fmt: skip
    assert wire.send(**{"from": "+442071838750"}).status_code == 200
    path = wire.at(f"/phone-numbers/{bought['id']}")
    released = wire.client.delete(path, headers=wire.person())
    assert released.status_code == 200
    assert set(released.json()) == {"id", "phone_number", "released_at"}
    assert (released.json()["id"], released.json()["phone_number"]) == (bought["id"], "+442071838750")
    assert wire.get("/phone-numbers/available", country="GB")["data"][0] == wanted
    assert wire.told(wire.client.delete(path, headers=wire.person())) == (
        404, "phone_number_not_found", "This workspace has no such phone number."
    )  # fmt: skip
    assert wire.told(wire.send(**{"from": "+442071838750"}))[:2] == (400, "from_not_in_workspace")
    assert wire.get("/messages", **{"from": "+442071838750"})["pagination"]["totalItems"] == 1, "what was sent stays"


def test_the_stock_comes_in_pages_and_by_country(wire: Any) -> None:
    whole = [number["phone_number"] for number in wire.get("/phone-numbers/available")["data"]]
    pages = [wire.get("/phone-numbers/available", page=page, limit=4) for page in (1, 2, 3)]
    assert [number["phone_number"] for page in pages for number in page["data"]] == whole == sorted(whole)
    assert [page["pagination"]["hasNext"] for page in pages] == [True, True, False]
    assert wire.get("/phone-numbers/available", country="FR")["data"] == []
    wrong = wire.client.get(wire.at("/phone-numbers/available?country=us"), headers=wire.person())
    assert wire.told(wrong)[:2] == (400, "invalid_params")
