"""The laws of restlink: whose workspace a request runs in, and that nothing crosses its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law, people
from contract_tests.laws.likeness import documented

Headers = dict[str, str]
NUMBER = "+14155551234"
NOT_POSITIVE_INTEGERS = ("0", "-1", "abc", "1.5", "")
#: Operations that change nothing; what is said of "any request" is tried on each of them.
READS = ("/sms/messages", "/sms/stats", "/user/balance", "/user/profile", "/user/workspaces", "/user/webhooks")


def jwt(api: Api, actor: str = "owner", workspace: object = None) -> Headers:
    """Headers of a person's request, in the workspace named or in none."""
    chosen = {} if workspace is None else {"X-Workspace-ID": str(workspace)}
    return {"Authorization": f"Bearer {api.cast[actor]['jwt']}", **chosen}


def key(api: Api, workspace: int, actor: str = "owner") -> Headers:
    """Headers of a request by the key that is bound to a workspace."""
    return {"X-API-Key": api.cast[actor]["api_keys"][str(workspace)]}


def main_and_other(api: Api) -> tuple[int, int]:
    """The owner's main workspace and another live one."""
    owner = api.cast["owner"]
    return owner["main"], next(workspace for workspace in owner["workspaces"] if workspace != owner["main"])


def text(api: Api) -> str:
    """A message that nobody else sends."""
    return f"law {api.random.getrandbits(64):016x}"


def number(api: Api) -> str:
    """The documented recipient, or one that the target pins."""
    return people.somebody(api, people.PHONE, lambda: NUMBER)


def send(api: Api, headers: Headers, message: str, to: str | None = None) -> httpx.Response:
    """The documented example with a text of its own."""
    body = {"to": [to or number(api)], "message": message, "sender_id": "MyApp"}
    return api.client.post("/sms/send", json=body, headers=headers)


def sent(api: Api, headers: Headers) -> str:
    """Send a message; its id."""
    response = send(api, headers, text(api))
    assert response.status_code == 200, f"a well-formed message is accepted, not {response.status_code} {response.text}"
    return str(response.json()["messages"][0]["message_id"])


def lists(api: Api, headers: Headers, message_id: str) -> bool:
    """Whether the newest messages of the request's workspace include this one."""
    response = api.client.get("/sms/messages", params={"limit": 100}, headers=headers)
    assert response.status_code == 200, f"messages can be listed, not {response.status_code} {response.text}"
    return message_id in {message["client_message_id"] for message in response.json()["messages"]}


def assert_runs_in(api: Api, message_id: str, workspace: int, elsewhere: int) -> None:
    """The message is in one of the owner's workspaces, seen by its key, and not in another."""
    path = f"/sms/status/{message_id}"
    found = api.client.get(path, headers=key(api, workspace))
    assert found.status_code == 200, f"the request runs in workspace {workspace}, whose key must find its message"
    assert lists(api, key(api, workspace), message_id), f"the request runs in workspace {workspace}, which lists its message"
    assert_refused(api.client.get(path, headers=key(api, elsewhere)), 404, "NOT_FOUND")
    assert not lists(api, key(api, elsewhere), message_id), f"the request does not run in workspace {elsewhere}"


def assert_refused(response: httpx.Response, status: int, code: str) -> None:
    """The answer is this refusal in the API's envelope."""
    assert response.status_code == status, f"{status} {code} is promised, not {response.status_code} {response.text}"
    body = response.json()
    assert body["status"] is False, "a refusal has status false"
    assert body["error_code"] == code, f"{code} is promised, not {body['error_code']}"
    assert isinstance(body["description"], str), "a refusal describes itself"


def workspaces(api: Api, headers: Headers) -> list[dict[str, Any]]:
    """The caller's workspaces."""
    response = api.client.get("/user/workspaces", headers=headers)
    assert response.status_code == 200, f"a person's workspaces can be listed, not {response.status_code} {response.text}"
    listed: list[dict[str, Any]] = documented("restlink", response)
    assert isinstance(listed, list), "the list is a bare array"
    return listed


@contextmanager
def new_workspace(api: Api, account_id: int, **choices: Any) -> Iterator[dict[str, Any]]:
    """A workspace that the administrator makes, and deletes at the end if nobody did before."""
    if api.control is None:
        pytest.skip("making and deleting workspaces needs the control plane of a mock")
    path = f"/restlink/accounts/{account_id}/workspaces"
    made = api.control.post(path, json={"name": "law", "product_id": 1406, **choices})
    assert made.status_code == 201, f"the administrator can make a workspace, not {made.status_code} {made.text}"
    workspace: dict[str, Any] = made.json()
    try:
        yield workspace
    finally:
        api.control.delete(f"{path}/{workspace['id']}")


@law("R01")
def test_a_person_who_names_no_workspace_works_in_the_main_one(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    assert_runs_in(restlink, sent(restlink, jwt(restlink)), main, other)


@law("R02", "R14")
def test_of_several_workspaces_exactly_one_is_main(restlink: Api) -> None:
    for actor in ("owner", "stranger"):
        listed = workspaces(restlink, jwt(restlink, actor))
        mains = [workspace["id"] for workspace in listed if workspace["is_main"] is True]
        assert mains == [restlink.cast[actor]["main"]], "is_main is true for the main workspace and for no other"
        assert all(workspace["is_main"] in (True, False) for workspace in listed), "is_main is a boolean"
    assert len(workspaces(restlink, jwt(restlink))) >= 2, "an account can own several workspaces"


@law("R02", "R14")
def test_a_new_workspace_makes_no_second_main_one(restlink: Api) -> None:
    owner = restlink.cast["owner"]
    with new_workspace(restlink, owner["account_id"], is_main=False) as workspace:
        listed = workspaces(restlink, jwt(restlink))
        assert workspace["id"] in {found["id"] for found in listed}, "the new workspace is one of several"
        assert [found["id"] for found in listed if found["is_main"]] == [owner["main"]], "the main workspace stays the only one"


@law("R03")
def test_a_key_works_in_the_workspace_that_it_is_bound_to(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    assert_runs_in(restlink, sent(restlink, key(restlink, main)), main, other)
    assert_runs_in(restlink, sent(restlink, key(restlink, other)), other, main)


@law("R04")
def test_a_key_ignores_the_workspace_header_whatever_it_says(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    owner, stranger = restlink.cast["owner"], restlink.cast["stranger"]
    for bound, elsewhere in ((main, other), (other, main)):
        for value in (elsewhere, stranger["main"], owner["deleted"][0], *NOT_POSITIVE_INTEGERS):
            headers = {**key(restlink, bound), "X-Workspace-ID": str(value)}
            assert_runs_in(restlink, sent(restlink, headers), bound, elsewhere)
            response = restlink.client.get("/sms/messages", headers=headers)
            assert response.status_code == 200, f"a key's request ignores X-Workspace-ID {value!r}, also when it reads"


@law("R05")
def test_a_person_works_in_the_live_workspace_named(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    for workspace, elsewhere in ((main, other), (other, main)):
        message_id = sent(restlink, jwt(restlink, workspace=workspace))
        assert_runs_in(restlink, message_id, workspace, elsewhere)
        found = restlink.client.get(f"/sms/status/{message_id}", headers=jwt(restlink, workspace=workspace))
        assert found.status_code == 200, f"a person who names workspace {workspace} reads what is in it"
        assert_refused(
            restlink.client.get(f"/sms/status/{message_id}", headers=jwt(restlink, workspace=elsewhere)), 404, "NOT_FOUND"
        )


@law("R06")
def test_a_workspace_header_that_is_no_positive_integer_is_refused(restlink: Api) -> None:
    for value in NOT_POSITIVE_INTEGERS:
        headers = jwt(restlink, workspace=value)
        for path in READS:
            assert_refused(restlink.client.get(path, headers=headers), 400, "INVALID_WORKSPACE_HEADER")
        message = text(restlink)
        assert_refused(send(restlink, headers, message), 400, "INVALID_WORKSPACE_HEADER")
        newest = restlink.client.get("/sms/messages", headers=jwt(restlink)).json()["messages"]
        assert message not in {found["message"] for found in newest}, "a refused request sends nothing"
    for path in READS:
        response = restlink.client.get(path, headers=jwt(restlink, workspace=restlink.cast["owner"]["main"]))
        assert response.status_code == 200, f"a positive integer is accepted on {path}"


def assert_out_of_reach(api: Api, workspace: int) -> None:
    """Whatever the owner asks of this workspace is refused as if it had never been."""
    headers = jwt(api, workspace=workspace)
    for path in READS:
        assert_refused(api.client.get(path, headers=headers), 403, "CROSS_TENANT_WORKSPACE")
    assert_refused(send(api, headers, text(api)), 403, "CROSS_TENANT_WORKSPACE")
    never = jwt(api, workspace=10**17 + api.random.randrange(10**16))
    told = [documented("restlink", api.client.get("/sms/messages", headers=chosen)) for chosen in (headers, never)]
    assert told[0] == told[1], "a workspace out of reach is answered exactly like one that never was"


@law("R07")
def test_another_accounts_workspace_is_refused(restlink: Api) -> None:
    main, _ = main_and_other(restlink)
    theirs = restlink.cast["stranger"]["main"]
    assert_out_of_reach(restlink, theirs)
    message = text(restlink)
    assert_refused(send(restlink, jwt(restlink, workspace=theirs), message), 403, "CROSS_TENANT_WORKSPACE")
    newest = restlink.client.get("/sms/messages", headers=jwt(restlink, "stranger")).json()["messages"]
    assert message not in {found["message"] for found in newest}, "nothing was sent from the other account's workspace"
    assert_refused(restlink.client.get("/sms/messages", headers=jwt(restlink, "stranger", main)), 403, "CROSS_TENANT_WORKSPACE")
    own = restlink.client.get("/sms/messages", headers=jwt(restlink, "stranger", theirs))
    assert own.status_code == 200, "its owner is let in"


@law("R08")
def test_a_deleted_workspace_is_refused_like_a_foreign_one(restlink: Api) -> None:
    for workspace in restlink.cast["owner"]["deleted"]:
        assert_out_of_reach(restlink, workspace)
    deleted, foreign = restlink.cast["owner"]["deleted"][0], restlink.cast["stranger"]["main"]
    told = [restlink.client.get("/user/balance", headers=jwt(restlink, workspace=place)) for place in (deleted, foreign)]
    assert documented("restlink", told[0]) == documented("restlink", told[1]), (
        "nobody can tell a deleted workspace from a foreign one"
    )


@law("R09")
def test_without_a_live_main_workspace_one_must_be_named(restlink: Api) -> None:
    for path in READS:
        assert_refused(restlink.client.get(path, headers=jwt(restlink, "mainless")), 403, "NO_MAIN_WORKSPACE")
        response = restlink.client.get(path, headers=jwt(restlink))
        assert response.status_code == 200, f"an account with a live main workspace need not name it on {path}"
    assert_refused(send(restlink, jwt(restlink, "mainless"), text(restlink)), 403, "NO_MAIN_WORKSPACE")


@law("R09")
def test_the_want_of_a_main_workspace_ends_when_there_is_one(restlink: Api) -> None:
    with new_workspace(restlink, restlink.cast["mainless"]["account_id"], is_main=False) as workspace:
        assert_refused(restlink.client.get("/sms/messages", headers=jwt(restlink, "mainless")), 403, "NO_MAIN_WORKSPACE")
        named = restlink.client.get("/sms/messages", headers=jwt(restlink, "mainless", workspace["id"]))
        assert named.status_code == 200, "a live workspace that is not main can be named"
    with new_workspace(restlink, restlink.cast["mainless"]["account_id"], is_main=True):
        response = restlink.client.get("/sms/messages", headers=jwt(restlink, "mainless"))
        assert response.status_code == 200, "with a live main workspace the header can be omitted"
    assert_refused(restlink.client.get("/sms/messages", headers=jwt(restlink, "mainless")), 403, "NO_MAIN_WORKSPACE")


@law("R10")
def test_the_list_has_the_callers_live_workspaces_and_nobody_elses(restlink: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        ids = [workspace["id"] for workspace in workspaces(restlink, jwt(restlink, actor))]
        assert len(ids) == len(set(ids)), "each workspace is listed once"
        assert set(ids) >= set(restlink.cast[actor]["workspaces"]), "all live workspaces of the caller are listed"
        assert not set(ids) & set(restlink.cast[other]["workspaces"]), "no workspace of anybody else is listed"
        assert not set(ids) & set(restlink.cast[actor].get("deleted", ())), "no deleted workspace is listed"
        for workspace in restlink.cast[actor]["workspaces"]:
            scoped = workspaces(restlink, jwt(restlink, actor, workspace))
            assert [found["id"] for found in scoped] == ids, "the list is the account's, whatever workspace was chosen"


@law("R11")
def test_the_list_of_workspaces_is_not_for_api_keys(restlink: Api) -> None:
    for workspace in restlink.cast["owner"]["workspaces"]:
        assert_refused(restlink.client.get("/user/workspaces", headers=key(restlink, workspace)), 403, "FORBIDDEN")
    assert workspaces(restlink, jwt(restlink)), "a person is shown the list"


@law("R12")
def test_the_profile_embeds_the_same_list_for_people_and_keys(restlink: Api) -> None:
    listed = workspaces(restlink, jwt(restlink))
    callers = [jwt(restlink), *(key(restlink, workspace) for workspace in restlink.cast["owner"]["workspaces"])]
    for headers in callers:
        profile = restlink.client.get("/user/profile", headers=headers)
        assert profile.status_code == 200, f"the profile is open to people and keys, not {profile.status_code} {profile.text}"
        assert documented("restlink", profile)["workspaces"] == listed, "the profile embeds the same workspaces as the list"


@law("R13")
def test_a_workspace_has_the_documented_fields(restlink: Api) -> None:
    listed = workspaces(restlink, jwt(restlink))
    for workspace in listed:
        for name in ("id", "account_id", "product_id"):
            assert type(workspace[name]) is int, f"{name} is an integer"
            assert workspace[name] > 0, f"{name} is positive"
        assert isinstance(workspace["name"], str), "name is a text"
        assert isinstance(workspace["is_main"], bool), "is_main is a boolean"
        assert isinstance(workspace.get("color", ""), str), "color, if there is one, is a text"
        assert workspace["account_id"] == restlink.cast["owner"]["account_id"], "account_id is the caller's account"


@law("R15")
def test_a_message_is_sent_as_json_from_the_workspace_chosen(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    message, to = text(restlink), number(restlink)
    response = send(restlink, jwt(restlink, workspace=other), message, to)
    assert response.status_code == 200, f"the documented example is accepted, not {response.status_code} {response.text}"
    message_id = response.json()["messages"][0]["message_id"]
    assert_runs_in(restlink, message_id, other, main)
    kept = restlink.client.get(f"/sms/status/{message_id}", headers=key(restlink, other)).json()["message"]
    told = {name: kept[name] for name in ("recipient", "message", "sender_id")}
    assert told == {"recipient": to, "message": message, "sender_id": "MyApp"}, "what was sent is what is kept"


@law("R15")
def test_what_is_not_an_array_a_message_and_a_sender_in_json_is_refused(restlink: Api) -> None:
    to = number(restlink)
    good: dict[str, Any] = {"to": [to], "message": text(restlink), "sender_id": "MyApp"}
    wrong = [{**good, "to": to}, {**good, "to": []}, {**good, "message": 1}, {**good, "sender_id": 1}]
    wrong += [{name: value for name, value in good.items() if name != missing} for missing in good]
    for body in wrong:
        response = restlink.client.post("/sms/send", json=body, headers=jwt(restlink))
        assert response.status_code == 400, f"a body without the documented form is refused, not {response.status_code}"
        assert response.json()["status"] is False, "a refusal has status false"
    form = restlink.client.post("/sms/send", data=good, headers=jwt(restlink))
    assert form.status_code in (400, 415), f"a form in place of JSON is refused, not {form.status_code}"
    newest = restlink.client.get("/sms/messages", headers=jwt(restlink)).json()["messages"]
    assert good["message"] not in {found["message"] for found in newest}, "a refused request sends nothing"


@law("R19")
def test_a_workspace_that_is_deleted_is_gone_at_once(restlink: Api) -> None:
    account_id = restlink.cast["owner"]["account_id"]
    with new_workspace(restlink, account_id) as workspace:
        assert workspace["id"] in {found["id"] for found in workspaces(restlink, jwt(restlink))}, "a live workspace is listed"
        headers = jwt(restlink, workspace=workspace["id"])
        message_id = sent(restlink, headers)
        assert lists(restlink, headers, message_id), "a live workspace is within reach"
        assert restlink.control is not None
        gone = restlink.control.delete(f"/restlink/accounts/{account_id}/workspaces/{workspace['id']}")
        assert gone.status_code == 204, f"the administrator can delete a workspace, not {gone.status_code} {gone.text}"
        listed = {found["id"] for found in workspaces(restlink, jwt(restlink))}
        assert workspace["id"] not in listed, "a deleted workspace leaves the list at once"
        profile = restlink.client.get("/user/profile", headers=jwt(restlink)).json()
        assert workspace["id"] not in {found["id"] for found in profile["workspaces"]}, "it leaves the profile as well"
        assert_out_of_reach(restlink, workspace["id"])
