"""A population fills an API with valid things that its own lists show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.data import MOUNTS
from tests.apis.reopening import house
from tests.conftest import RunningMock

COUNT = 60
Listing = Callable[[httpx.Client, dict[str, Any]], list[tuple[str, str]]]


def assert_newest_first(entities: list[dict[str, Any]], name: str) -> None:
    moments = [entity[name] for entity in entities]
    assert moments == sorted(moments, reverse=True)


def restlink(client: httpx.Client, owner: dict[str, Any]) -> list[tuple[str, str]]:
    listed = []
    for workspace in owner["workspaces"]:
        headers = {"X-API-Key": owner["api_keys"][str(workspace)]}
        page = client.get("/sms/messages", params={"limit": 100, "period": "30d"}, headers=headers).raise_for_status().json()
        assert [one["created_at"] for one in page["messages"]] == sorted(
            (one["created_at"] for one in page["messages"]), reverse=True
        )
        listed += [(one["recipient"], one["message"]) for one in page["messages"]]
    return listed


def bird(client: httpx.Client, owner: dict[str, Any]) -> list[tuple[str, str]]:
    headers = {"Authorization": f"AccessKey {owner['access_key']}"}
    below = f"/workspaces/{owner['workspace_id']}"
    everything = {"limit": 1000}
    messages = client.get(f"{below}/channels/messages", params=everything, headers=headers).raise_for_status().json()["results"]
    assert_newest_first(messages, "createdAt")
    contacts = client.get(f"{below}/contacts", params=everything, headers=headers).raise_for_status().json()["results"]
    return [*((one["id"], one["status"]) for one in messages), *((one["id"], "contact") for one in contacts)]


def tofrom(client: httpx.Client, owner: dict[str, Any]) -> list[tuple[str, str]]:
    headers = {"Authorization": f"Bearer {owner['session_token']}"}
    path = f"/api/ui/workspaces/{owner['workspace_id']}/messages"
    messages = client.get(path, params={"limit": 100}, headers=headers).raise_for_status().json()["data"]
    assert_newest_first(messages, "created_at")
    return [(one["to"] + one["from"], one["body"]) for one in messages]


def xpressbot(client: httpx.Client, owner: dict[str, Any]) -> list[tuple[str, str]]:
    headers = {"X-API-Key": owner["api_key"]}
    contacts = client.get("/contacts/list", params={"limit": 200}, headers=headers).raise_for_status().json()["data"]
    assert_newest_first(contacts, "createdAt")
    return [(one["phoneNumber"], one["name"]) for one in contacts]


def timelines(client: httpx.Client, owner: dict[str, Any]) -> list[tuple[str, str]]:
    headers = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    listed = []
    for workspace in (owner["workspace_id"], "ws_0000000000000001", "ws_0000000000000002"):
        found = client.get(f"/workspaces/{workspace}", headers=headers)
        if found.status_code == 200:
            assert found.json()["seats"]["used"] == len(found.json()["users"])
            listed += [(one["email"], one["status"]) for one in found.json()["users"]]
            listed += [(one["phone_number_e164"], one["connection_status"]) for one in found.json()["whatsapp_accounts"]]
    return listed


LISTINGS: dict[str, tuple[Listing, int]] = {
    "restlink": (restlink, COUNT),
    "tofrom": (tofrom, COUNT),
    "xpressbot": (xpressbot, COUNT),
    "bird": (bird, 2 * COUNT),
    "timelines": (timelines, 2 * COUNT),
}


@pytest.mark.parametrize("api", LISTINGS)
def test_it_is_listed_in_order_and_the_same_for_a_seed(start_mock: Callable[..., RunningMock], api: str) -> None:
    listing, more = LISTINGS[api]

    def listed(population: int, seed: int = 5) -> list[tuple[str, str]]:
        mock = start_mock(apis=(api,), population=population, seed=seed)
        with httpx.Client(base_url=mock.base(api)) as client:
            return listing(client, mock.cast(api)["owner"])

    filled = listed(COUNT)
    assert len(filled) == len(listed(0)) + more
    assert sorted(filled) == sorted(listed(COUNT))
    assert sorted(filled) != sorted(listed(COUNT, seed=6))


@pytest.mark.parametrize("api", [*MOUNTS])
def test_what_was_filled_comes_back_and_is_not_filled_again(api: str, tmp_path: Path) -> None:
    with house(api, population=COUNT) as original:
        original.stand("2026-02-13T12:00:00Z")
        told, folder = original.files(), original.write(tmp_path / "world")
    with house(api, folder, population=COUNT) as again:
        assert again.files() == told
