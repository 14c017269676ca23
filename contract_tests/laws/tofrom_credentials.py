"""The laws of tofrom's credentials: a key for programs, a session for people, neither in place of the other."""

from __future__ import annotations

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.tofrom import (
    CHANGES,
    READS,
    WORKSPACES,
    assert_refused,
    at,
    bearer,
    got,
    log_in,
    new_workspace,
    newest,
    person,
    recipient,
    send,
    sent,
    text,
    walk,
)


@law("T01")
def test_sending_takes_the_key_of_a_workspace_and_nothing_less(tofrom: Api) -> None:
    sid = sent(tofrom, tofrom.cast["owner"]["api_key"])
    assert sid in newest(tofrom), "a key stands for its workspace, which lists the message"
    assert sid not in newest(tofrom, "stranger"), "a key stands for no other workspace"
    message = {"to": recipient(tofrom), "body": text(tofrom)}
    secret = tofrom.cast["owner"]["api_key"]
    for headers in ({}, bearer(f"{secret[:-4]}zzzz"), {"Authorization": f"Basic {secret}"}, {"X-API-Key": secret}):
        assert_refused(tofrom.client.post("/api/messages", headers=headers, json=message), 401)
    assert message["body"] not in {found["body"] for found in newest(tofrom).values()}, "a refused request sends nothing"


@law("T02")
def test_ui_endpoints_take_a_session_and_act_for_its_user(tofrom: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        for path in READS:
            got(tofrom.client.get(at(tofrom, path, actor), headers=person(tofrom, actor)))
        mine = {workspace["id"] for workspace in walk(tofrom, WORKSPACES, person(tofrom, actor))}
        assert tofrom.cast[actor]["workspace_id"] in mine, "a session shows the workspaces of its user"
        assert tofrom.cast[other]["workspace_id"] not in mine, "a session shows no workspace of another user"
        made = new_workspace(tofrom, actor)
        members = got(tofrom.client.get(f"{WORKSPACES}/{made}/members", headers=person(tofrom, actor)))["data"]
        emails = [member["email"].lower() for member in members]
        assert emails == [tofrom.cast[actor]["email"].lower()], "what a session makes belongs to its user"
    token = tofrom.cast["owner"]["session_token"]
    for headers in ({}, bearer(f"{token[:-4]}zzzz"), {"Authorization": f"Basic {token}"}, {"Authorization": token}):
        for path in READS:
            assert_refused(tofrom.client.get(at(tofrom, path), headers=headers), 401)


@law("T03")
def test_neither_credential_is_taken_in_place_of_the_other(tofrom: Api) -> None:
    key = bearer(tofrom.cast["owner"]["api_key"])
    for path in (WORKSPACES, *(at(tofrom, path) for path in READS)):
        assert_refused(tofrom.client.get(path, headers=key), 401)
        got(tofrom.client.get(path, headers=person(tofrom)))
    name = text(tofrom)
    assert_refused(tofrom.client.post(WORKSPACES, headers=key, json={"name": name}), 401)
    for method, path, body in CHANGES:
        assert_refused(tofrom.client.request(method, at(tofrom, path), headers=key, json=body), 401)
    assert_refused(tofrom.client.post("/api/auth/logout", headers=key), 401)
    names = {workspace["name"] for workspace in walk(tofrom, WORKSPACES, person(tofrom))}
    assert name not in names, "a request with the wrong kind of credential changes nothing"
    message = {"to": recipient(tofrom), "body": text(tofrom)}
    assert_refused(tofrom.client.post("/api/messages", headers=person(tofrom), json=message), 401)
    assert message["body"] not in {found["body"] for found in newest(tofrom).values()}, "a session sends nothing"
    got(tofrom.client.post("/api/messages", headers=key, json=message))


@law("T04")
def test_a_key_works_from_the_moment_it_is_made_until_it_is_revoked(tofrom: Api) -> None:
    made = got(tofrom.client.post(at(tofrom, "/api-keys"), headers=person(tofrom), json={"name": "law"}), 201)
    path = at(tofrom, f"/api-keys/{made['id']}")
    try:
        assert sent(tofrom, made["key"]) in newest(tofrom), "a new key works at once, in the workspace that it was made for"
        shown = tofrom.client.get(at(tofrom, "/api-keys"), headers=person(tofrom), params={"limit": 100})
        assert made["id"] in {key["id"] for key in got(shown)["data"]}, "a key in force is listed"
        assert made["key"] not in shown.text, "the whole secret is shown when the key is made and never again"
    finally:
        got(tofrom.client.delete(path, headers=person(tofrom)))
    assert_refused(send(tofrom, made["key"]), 401)
    listed = walk(tofrom, at(tofrom, "/api-keys"), person(tofrom))
    assert made["id"] not in {key["id"] for key in listed}, "a key that was revoked is not in force any more"
    # Whether it is known that there was such a key is nowhere said, so the second time may be answered like the first.
    again = tofrom.client.delete(path, headers=person(tofrom))
    assert again.status_code in (200, 404), f"revoking once more changes nothing, and is no {again.status_code} {again.text}"
    assert_refused(send(tofrom, made["key"]), 401)


@law("T05")
def test_a_session_comes_from_signing_in_and_ends_by_signing_out(tofrom: Api) -> None:
    owner = tofrom.cast["owner"]
    token, other = log_in(tofrom, "owner"), log_in(tofrom, "owner")
    assert token != other, "each sign-in has a session of its own"
    for wrong in (
        {"email": owner["email"], "password": f"{owner['password']}x"},
        {"email": tofrom.cast["stranger"]["email"], "password": owner["password"]},
        {"email": "nobody@law.example", "password": owner["password"]},
    ):
        assert_refused(tofrom.client.post("/api/auth/login", json=wrong), 401)
    got(tofrom.client.get(at(tofrom), headers=bearer(token)))
    got(tofrom.client.post("/api/auth/logout", headers=bearer(token)))
    assert_refused(tofrom.client.get(at(tofrom), headers=bearer(token)), 401)
    got(tofrom.client.get(at(tofrom), headers=bearer(other)))
    got(tofrom.client.post("/api/auth/logout", headers=bearer(other)))
