"""The laws of tofrom's walls: who is not a member sees nothing of a workspace."""

from __future__ import annotations

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.likeness import documented
from contract_tests.laws.tofrom import (
    CHANGES,
    READS,
    WORKSPACES,
    assert_refused,
    at,
    got,
    log_in,
    new_workspace,
    newest,
    person,
    send,
    sent,
    walk,
)


@law("T22")
def test_what_others_own_is_answered_like_what_does_not_exist(tofrom: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        foreign, nowhere = at(tofrom, "", other), f"{WORKSPACES}/ws_{tofrom.random.getrandbits(64):016x}"
        for method, path, body in (*(("GET", path, None) for path in READS), *CHANGES):
            told = [
                tofrom.client.request(method, place + path, headers=person(tofrom, actor), json=body)
                for place in (foreign, nowhere)
            ]
            assert_refused(told[0], 404)
            assert (told[0].status_code, documented("tofrom", told[0])) == (told[1].status_code, documented("tofrom", told[1])), (
                "nobody can tell a foreign workspace from none"
            )
        for path in READS:
            got(tofrom.client.get(foreign + path, headers=person(tofrom, other)))


@law("T22")
def test_workspaces_messages_and_keys_stay_among_members(tofrom: Api) -> None:
    owner, stranger = person(tofrom), person(tofrom, "stranger")
    made = new_workspace(tofrom)
    assert made not in {workspace["id"] for workspace in walk(tofrom, WORKSPACES, stranger)}, "nobody else lists a new workspace"
    sid = sent(tofrom, tofrom.cast["owner"]["api_key"])
    assert sid in newest(tofrom), "the members see the message"
    assert sid not in newest(tofrom, "stranger"), "nobody else does"
    key = got(tofrom.client.post(at(tofrom, "/api-keys"), headers=owner, json={"name": "law"}), 201)
    theirs = {found["id"] for found in walk(tofrom, at(tofrom, "/api-keys", "stranger"), stranger)}
    assert key["id"] not in theirs, "nobody else lists the key"
    assert_refused(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}", "stranger"), headers=stranger), 404)
    assert_refused(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}"), headers=stranger), 404)
    got(send(tofrom, key["key"]))
    got(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}"), headers=owner))


@law("T22")
def test_an_invitation_shows_nothing_until_it_is_accepted(tofrom: Api) -> None:
    path = f"{WORKSPACES}/{new_workspace(tofrom)}"
    stranger = person(tofrom, "stranger")
    invited = {"email": tofrom.cast["stranger"]["email"], "role": "member"}
    got(tofrom.client.post(f"{path}/members", headers=person(tofrom), json=invited), 201)
    for part in READS:
        assert_refused(tofrom.client.get(path + part, headers=stranger), 404)
    log_in(tofrom, "stranger")
    for part in READS:
        got(tofrom.client.get(path + part, headers=stranger))
