"""Credentials on the wire: four places for one key, which of them counts, and what a wrong one hears."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def refusal(error: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": error, "message": message}


MISSING = refusal("Missing API key", "Send your API key in X-API-Key, as a Bearer token, or as apiKey in the query or the body")
MALFORMED = refusal("Malformed API key", "The credential is not in a form in which an API key is taken")
UNKNOWN = refusal("Invalid API key", "No workspace has this API key")

PLACES = ("header", "bearer", "query", "body")


def called(wire: Any, **keys: str) -> httpx.Response:
    """A POST with a key in each of the named places."""
    headers = {"X-API-Key": keys["header"]} if "header" in keys else {}
    headers |= {"Authorization": f"Bearer {keys['bearer']}"} if "bearer" in keys else {}
    query = {"apiKey": keys["query"]} if "query" in keys else {}
    body = {"apiKey": keys["body"]} if "body" in keys else {}
    return wire.client.post("/channels/list", headers=headers, params=query, json=body)


def told(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("actor", ["owner", "two_channels", "stranger"])
def test_the_key_opens_from_each_place(wire: Any, place: str, actor: str) -> None:
    assert called(wire, **{place: wire.key(actor)}).status_code == 200


@pytest.mark.parametrize("place", ["header", "bearer", "query"])
def test_a_get_takes_the_key_in_header_and_query(wire: Any, place: str) -> None:
    headers = {"header": {"X-API-Key": wire.key()}, "bearer": {"Authorization": f"Bearer {wire.key()}"}}.get(place, {})
    query = {"apiKey": wire.key()} if place == "query" else {}
    assert wire.client.get("/channels/list", headers=headers, params=query).status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_key_is_refused_in_each_place(wire: Any, place: str) -> None:
    assert told(called(wire, **{place: "xb_live_0000000000000000"})) == (401, UNKNOWN)


@pytest.mark.parametrize(("winner", "loser"), [(w, s) for n, w in enumerate(PLACES) for s in PLACES[n + 1 :]])
def test_of_two_places_the_first_decides_alone(wire: Any, winner: str, loser: str) -> None:
    assert called(wire, **{winner: wire.key(), loser: "wrong"}).status_code == 200
    assert told(called(wire, **{winner: "wrong", loser: wire.key()})) == (401, UNKNOWN)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, MISSING),
        ({"Authorization": "Basic b3duZXI6a2V5"}, MALFORMED),
        ({"Authorization": "Bearer"}, MALFORMED),
        ({"X-API-Key": "ключ".encode()}, UNKNOWN),
    ],
)
def test_a_caller_nobody_knows_is_told_so(wire: Any, headers: dict[str, Any], words: dict[str, Any]) -> None:
    assert told(wire.client.get("/channels/list", headers=headers)) == (401, words)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"apiKey": 5}', b'{"apiKey": ""}', b'["apiKey"]', b"{", b"\xff"])
def test_a_body_without_a_key_in_it_is_no_credential(wire: Any, body: bytes) -> None:
    assert told(wire.client.post("/labels/manage", content=body)) == (401, MISSING)


def test_the_credential_comes_before_everything_else_that_is_wrong(wire: Any) -> None:
    headers = {"X-API-Key": "wrong", "Content-Type": "text/plain"}
    assert told(wire.client.post("/labels/manage?name=", content=b"{", headers=headers)) == (401, UNKNOWN)
