"""A variant changes what it says, and what comes of it keeps the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for

from contract_tests import contracts
from contract_tests.credentials import caller_ids, secret
from mockserver.data import MOUNTS
from tests.detection import shapes
from tests.detection.proxy import Answer, Passing
from tests.detection.variants import VARIANTS, varied

HOME = "/api/ui/workspaces"
READS = {
    "restlink": ("/sms/messages?limit=2", "/user/workspaces", "/user/profile", "/user/balance", "/sms/status/nobody"),
    "tofrom": (HOME, f"{HOME}/{{workspace_id}}/messages", f"{HOME}/{{workspace_id}}/phone-numbers", f"{HOME}/nobody"),
    "xpressbot": ("/channels/list", "/contacts/list", "/labels/list", "/labels/list?channelId=nobody"),
    "bird": (
        "/workspaces/{workspace_id}/connectors",
        "/workspaces/{workspace_id}/contacts",
        "/workspaces/{workspace_id}/channels/messages?limit=2",
        "/workspaces/nobody/contacts",
    ),
    "timelines": ("/workspaces/{workspace_id}", "/workspaces/nobody"),
}
SCHEMES = {"restlink": "Jwt", "tofrom": "Session", "xpressbot": "HeaderKey", "bird": "AccessKey", "timelines": "Jwt"}
#: What a variant changes is not in every API.
FREE = {
    "reordered": {"bird", "timelines", "tofrom"},
    "sparse": {"restlink", "tofrom", "bird"},
    "whole_seconds": set(MOUNTS) - {"timelines"},
}


def credentials(api: str, owner: dict[str, Any]) -> dict[str, str]:
    """The owner's headers."""
    told = secret(api, SCHEMES[api], owner)
    named = {name: str(values[0]) for name, values in caller_ids(api, owner).items()}
    if api == "xpressbot":
        return {"X-API-Key": told}
    return {"Authorization": told if api == "bird" else f"Bearer {told}", **named}


def apart(answer: Answer) -> Any:
    """What a reply says, however its JSON is written."""
    return answer.json, answer.headers, answer.pieces


@pytest.fixture(scope="module")
def exchanges(mock: Any) -> Callable[[str], list[tuple[Passing, Answer]]]:
    """Requests to an API of the mock, and its replies."""

    @cache
    def asked(api: str) -> list[tuple[Passing, Answer]]:
        owner = mock.cast(api)["owner"]
        return [seen(mock.url, MOUNTS[api] + path.format(**owner), credentials(api, owner)) for path in READS[api]]

    return asked


def seen(root: str, url: str, headers: dict[str, str]) -> tuple[Passing, Answer]:
    reply = httpx.get(root + url, headers=headers)
    return Passing("GET", url, list(headers.items()), b""), Answer(reply.status_code, list(reply.headers.items()), reply.content)


def through(name: str, passing: Passing, answer: Answer) -> Answer:
    """What the variant makes of a reply."""

    async def forward(_passing: Passing) -> Answer:
        return answer

    return asyncio.run(VARIANTS[name](str(passing.api)).lie(passing, forward))


def without_null(node: Any) -> Any:
    """The schema in which null is a type, as JSON Schema has it."""
    if isinstance(node, list):
        return [without_null(part) for part in node]
    if not isinstance(node, dict):
        return node
    plain = {key: without_null(part) for key, part in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("api", MOUNTS)
def test_what_a_variant_says_keeps_the_contract(name: str, api: str, exchanges: Callable[[str], Any]) -> None:
    spec = without_null(contracts.load(api))
    for passing, answer in exchanges(api):
        told = through(name, passing, answer)
        schema = shapes.schema_of(passing, told)
        assert told.status == answer.status
        assert told.json is not None
        if schema is not None:
            whole = {**without_null(schema), "components": spec["components"]}
            problems = list(validator_for(whole, validate_formats=True).iter_errors(told.json))
            assert problems == [], f"{passing.url}: {problems[0]}"


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in ("slow", "soft_delete", "normalised", "other_ids")])
@pytest.mark.parametrize("api", MOUNTS)
def test_a_variant_differs_where_the_contract_leaves_it_free(name: str, api: str, exchanges: Callable[[str], Any]) -> None:
    changed = [apart(through(name, passing, answer)) != apart(answer) for passing, answer in exchanges(api)]
    assert any(changed) is (api in FREE.get(name, set(MOUNTS))), f"{name} changes {changed.count(True)} of {len(changed)} replies"


def test_the_same_moment_is_told_in_another_spelling(exchanges: Callable[[str], Any]) -> None:
    passing, answer = exchanges("timelines")[0]
    told = through("other_spelling", passing, answer)
    assert b"+00:00" in told.body
    ours, theirs = (datetime.fromisoformat(each.json["users"][0]["created_at"]) for each in (answer, told))
    assert ours == theirs
    assert list(told.json) == list(answer.json)[::-1]


def test_a_variant_of_words_keeps_codes(exchanges: Callable[[str], Any]) -> None:
    passing, answer = exchanges("restlink")[-1]
    told = through("other_words", passing, answer).json
    assert told["error_code"] == answer.json["error_code"]
    assert told["description"] != answer.json["description"]


def test_what_is_deleted_twice_is_answered_as_the_first_time() -> None:
    replies = [Answer(200, [], b'{"id":"key_1"}'), Answer(404, [], b"{}")]

    async def forward(_passing: Passing) -> Answer:
        return replies.pop(0)

    lie = VARIANTS["soft_delete"]("tofrom").lie
    sent = Passing("DELETE", "/tofrom/api/ui/workspaces/ws_1/api-keys/key_1", [], b"")
    assert [asyncio.run(lie(sent, forward)).status for _ in range(2)] == [200, 200]


def test_values_come_back_in_their_normal_form() -> None:
    passing = Passing("GET", "/xpressbot/api/workspace/v1/labels/list", [], b"")
    body = {"success": True, "data": [{"id": "l", "name": "#ff0000", "color": "#ff00aa"}], "message": "#ff0000"}
    told = through("normalised", passing, Answer(200, [("content-type", "application/json")], json.dumps(body).encode()))
    assert told.json["data"][0]["color"] == "#FF00AA"


def test_ids_look_otherwise_and_lead_back(mock: Any) -> None:
    key = {"X-API-Key": mock.cast("xpressbot")["owner"]["api_key"]}
    with varied(mock.url, "other_ids", "xpressbot") as url:
        made = httpx.post(f"{url}{MOUNTS['xpressbot']}/labels/manage", json={"name": "seen"}, headers=key).json()["data"]
        again = httpx.post(f"{url}{MOUNTS['xpressbot']}/labels/manage", json={"name": "seen"}, headers=key).json()["data"]
    assert made["id"].startswith("l-")
    assert again["id"] == made["id"]


def test_bodies_come_in_pieces_and_whole(mock: Any) -> None:
    key = {"X-API-Key": mock.cast("xpressbot")["owner"]["api_key"]}
    path = f"{MOUNTS['xpressbot']}/contacts/list"
    with varied(mock.url, "other_headers", "xpressbot") as url:
        reply = httpx.get(url + path, headers=key)
    assert reply.headers["transfer-encoding"] == "chunked"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.json() == httpx.get(mock.url + path, headers=key).json()


def test_the_control_plane_passes_untouched(mock: Any) -> None:
    for name in ("more_fields", "other_spelling", "other_headers"):
        with varied(mock.url, name, "bird") as url:
            ready, same = (httpx.get(f"{root}/_understudy/ready") for root in (url, mock.url))
        assert (ready.content, set(ready.headers) - {"server"}) == (same.content, set(same.headers))
