"""The control plane: ready without a token, everything else with it, and the administrator's deeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from mockserver.data import MOUNTS
from tests.conftest import RunningMock


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> None:
    mock.reset()


def test_ready_and_live_need_no_token(mock: RunningMock) -> None:
    ready = httpx.get(f"{mock.url}/_understudy/ready")
    said = {"status": "ready", "world": "default", "seed": 0, "drawn": 0, "apis": MOUNTS}
    assert (ready.status_code, ready.json()) == (200, said)
    assert httpx.get(f"{mock.url}/_understudy/live").json() == {"status": "live"}


def test_ready_tells_by_the_draws_of_chance_whether_anything_happened_since_the_opening(mock: RunningMock) -> None:
    owner = mock.cast("bird")["owner"]
    uploads = f"{mock.base('bird')}/workspaces/{owner['workspace_id']}/channels/presigned-upload"
    key = {"Authorization": f"AccessKey {owner['access_key']}"}
    httpx.post(uploads, headers=key, json={"contentType": "image/png"}).raise_for_status()
    assert httpx.get(f"{mock.url}/_understudy/ready").json()["drawn"] > 0
    mock.reset()
    assert httpx.get(f"{mock.url}/_understudy/ready").json()["drawn"] == 0


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic dGVzdA==", "Bearer", "test-control-token"])
def test_deeds_need_the_token(mock: RunningMock, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    reply = httpx.post(f"{mock.url}/_understudy/reset", headers=headers)
    assert reply.status_code == 401
    assert set(reply.json()) == {"error", "detail"}


def test_credentials_of_an_api_do_not_open_it(mock: RunningMock) -> None:
    owner = mock.cast("restlink")["owner"]
    for headers in ({"Authorization": f"Bearer {owner['jwt']}"}, {"X-API-Key": owner["api_keys"]["16"]}):
        assert httpx.post(f"{mock.url}/_understudy/reset", headers=headers).status_code == 401


def test_reset_brings_the_opening_state_and_its_ids_back(mock: RunningMock) -> None:
    headers = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    with httpx.Client(base_url=mock.base("restlink"), headers=headers) as client:

        def send() -> tuple[int, str]:
            sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
            sent = client.post("/sms/send", json=sms).raise_for_status().json()["messages"][0]["message_id"]
            return client.get("/sms/messages").json()["total"], sent.rpartition("_")[2]

        first = send()
        assert send() != first
        mock.reset()
        assert send() == first


def test_a_workspace_is_made_and_deleted_while_the_mock_runs(mock: RunningMock) -> None:
    owner = mock.cast("restlink")["owner"]
    with httpx.Client(base_url=mock.base("restlink"), headers={"Authorization": f"Bearer {owner['jwt']}"}) as client:
        made = mock.control.post("/restlink/accounts/279/workspaces", json={"name": "new", "product_id": 1406})
        assert made.status_code == 201
        workspace = made.json()
        assert workspace in client.get("/user/workspaces").json()
        scope = {"X-Workspace-ID": str(workspace["id"])}
        assert client.get("/sms/messages", headers=scope).json()["total"] == 0
        assert mock.control.delete(f"/restlink/accounts/279/workspaces/{workspace['id']}").status_code == 204
        assert workspace["id"] not in [one["id"] for one in client.get("/user/workspaces").json()]
        refused = client.get("/sms/messages", headers=scope)
        assert (refused.status_code, refused.json()["error_code"]) == (403, "CROSS_TENANT_WORKSPACE")


def test_without_its_main_workspace_an_account_has_none(mock: RunningMock) -> None:
    owner = mock.cast("restlink")["owner"]
    assert mock.control.delete("/restlink/accounts/279/workspaces/16").status_code == 204
    refused = httpx.get(f"{mock.base('restlink')}/user/balance", headers={"Authorization": f"Bearer {owner['jwt']}"})
    assert (refused.status_code, refused.json()["error_code"]) == (403, "NO_MAIN_WORKSPACE")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/restlink/accounts/1/workspaces", {"name": "x", "product_id": 1}, 404, "account_unknown"),
        ("POST", "/restlink/accounts/279/workspaces", {"name": "x"}, 400, "body_invalid"),
        ("POST", "/restlink/accounts/279/workspaces", {"name": "x", "product_id": 1, "owner": 1}, 400, "body_invalid"),
        ("POST", "/restlink/accounts/x/workspaces", {"name": "x", "product_id": 1}, 400, "parameter_invalid"),
        ("DELETE", "/restlink/accounts/279/workspaces/31", None, 404, "workspace_unknown"),
        ("DELETE", "/restlink/accounts/279/workspaces/17", None, 404, "workspace_unknown"),
        ("PATCH", "/bird/workspaces/x/channels/y", {"status": "active"}, 400, "parameter_invalid"),
        ("GET", "/nowhere", None, 404, "not_found"),
        ("GET", "/reset", None, 405, "method_not_allowed"),
    ],
)
def test_wrong_deeds_are_refused_in_its_own_words(
    mock: RunningMock, method: str, path: str, body: object, status: int, error: str
) -> None:
    reply = mock.control.request(method, path, json=body)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_a_bird_channel_is_switched_off_and_on(mock: RunningMock) -> None:
    owner = mock.cast("bird")["owner"]
    workspace, channel = owner["workspace_id"], owner["channels"]["sms"]
    message = {"receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": "+31612345678"}]}}
    message["body"] = {"type": "text", "text": {"text": "hi"}}  # type: ignore[assignment]
    send = f"{mock.base('bird')}/workspaces/{workspace}/channels/{channel}/messages"
    headers = {"Authorization": f"AccessKey {owner['access_key']}"}
    answers = []
    for status in ("inactive", "active"):
        switched = mock.control.patch(f"/bird/workspaces/{workspace}/channels/{channel}", json={"status": status})
        assert switched.json() == {"id": channel, "status": status}
        answers.append(httpx.post(send, json=message, headers=headers).status_code)
    assert answers == [409, 202]
    stranger = mock.cast("bird")["stranger"]["workspace_id"]
    foreign = mock.control.patch(f"/bird/workspaces/{stranger}/channels/{channel}", json={"status": "active"})
    assert (foreign.status_code, foreign.json()["error"]) == (404, "channel_unknown")


def test_the_clock_is_frozen_set_and_advanced_and_a_reset_makes_it_real(mock: RunningMock) -> None:
    noon = "2026-02-13T12:00:00.000000Z"
    frozen = mock.control.put("/clock", json={"mode": "frozen", "now": "2026-02-13T13:00:00+01:00"})
    assert (frozen.status_code, frozen.json()) == (200, {"now": noon, "mode": "frozen"})
    assert mock.control.get("/clock").json() == {"now": noon, "mode": "frozen"}
    advanced = mock.control.post("/clock/advance", json={"seconds": 90.5})
    assert advanced.json() == {"now": "2026-02-13T12:01:30.500000Z", "mode": "frozen", "jobs": 0}
    assert mock.control.put("/clock", json={"mode": "running", "now": noon}).json()["now"].startswith("2026-02-13T12:00:0")
    mock.reset()
    real = mock.control.get("/clock").json()
    assert real["mode"] == "running"
    assert abs(datetime.fromisoformat(real["now"]) - datetime.now(UTC)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/clock", {"mode": "stopped"}, "body_invalid"),
        ("/clock", {"mode": "frozen", "now": "noon"}, "body_invalid"),
        ("/clock", {"mode": "frozen", "now": "1969-12-31T23:59:59Z"}, "clock_out_of_range"),
        ("/clock", {"mode": "running", "now": "2016-12-31T23:59:60Z"}, "clock_out_of_range"),
        ("/clock/advance", {"seconds": -1}, "body_invalid"),
        ("/clock/advance", {"seconds": 315360001}, "body_invalid"),
    ],
)
def test_an_impossible_time_is_refused_and_the_clock_stays(mock: RunningMock, path: str, body: object, error: str) -> None:
    mock.control.put("/clock", json={"mode": "frozen", "now": "2026-02-13T12:00:00Z"})
    refused = mock.control.request("POST" if path.endswith("advance") else "PUT", path, json=body)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert mock.control.get("/clock").json() == {"now": "2026-02-13T12:00:00.000000Z", "mode": "frozen"}
    mock.reset()


def test_tokens_and_rate_windows_go_by_the_clock(mock: RunningMock) -> None:
    owner, path = mock.cast("restlink")["owner"], f"{mock.base('restlink')}/user/balance"
    token = {"Authorization": f"Bearer {owner['jwt']}"}
    assert httpx.get(path, headers=token).status_code == 200
    mock.control.post("/clock/advance", json={"seconds": 86_400})
    expired = httpx.get(path, headers=token)
    assert (expired.status_code, expired.json()["error_code"]) == (401, "TOKEN_EXPIRED")
    mock.reset()
    assert httpx.get(path, headers=token).status_code == 200


def test_a_world_can_open_at_an_instant_of_which_all_its_dates_are_counted(mock: RunningMock) -> None:
    owner = mock.cast("restlink")["owner"]
    headers, noon = {"X-API-Key": owner["api_keys"]["16"]}, {"now": "2026-02-13T12:00:00Z"}

    def seen() -> tuple[str, str]:
        assert mock.control.post("/reset", json=noon).status_code == 204
        messages = httpx.get(f"{mock.base('restlink')}/sms/messages", headers=headers)
        return mock.control.get("/clock").text, messages.text

    first = seen()
    assert "2026-02-13T12:00:00.000000Z" in first[0]
    assert "2026-02-1" in first[1]
    assert seen() == first
    mock.reset()
    assert mock.control.get("/clock").json()["mode"] == "running"


@pytest.mark.parametrize("body", [{"now": "noon"}, {"now": "2300-01-01T00:00:00Z"}, {"then": "2026-02-13T12:00:00Z"}, []])
def test_a_reset_to_no_instant_changes_nothing(mock: RunningMock, body: object) -> None:
    frozen = mock.control.put("/clock", json={"mode": "frozen", "now": "2026-02-13T12:00:00Z"}).json()
    assert mock.control.post("/reset", json=body).status_code == 400
    assert mock.control.get("/clock").json() == frozen
