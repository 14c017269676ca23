"""The laws of tofrom's statuses: each mistake has its own, in one shape."""

from __future__ import annotations

import httpx

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.tofrom import (
    CHANGES,
    CREDENTIALS,
    READS,
    WORKSPACES,
    assert_refused,
    at,
    bearer,
    got,
    invited,
    new_key,
    new_workspace,
    person,
    recipient,
    send,
    shared_workspace,
)


def refusals(api: Api, secret: str) -> list[tuple[int, httpx.Response]]:
    """Requests that are wrong in many ways, each with the status that its mistake has."""
    client, owner = api.client, person(api)
    key = bearer(secret)
    json_type = {**key, "Content-Type": "application/json"}
    shared = f"{WORKSPACES}/{shared_workspace(api)}"
    wrong = [
        (400, client.post("/api/messages", headers=key, json={})),
        (400, client.post("/api/messages", headers=key, json={"to": "law", "body": "law"})),
        (400, client.post("/api/messages", headers=key, json={"to": recipient(api), "body": "x" * 1601})),
        (400, client.post("/api/messages", headers=key, json={"to": recipient(api), "body": "law", "from": "+12015550100"})),
        (400, client.post("/api/messages", headers=json_type, content=b"{")),
        (400, client.get(at(api, "/messages"), headers=owner, params={"page": 0})),
        (400, client.get(at(api, "/messages"), headers=owner, params={"direction": "sideways"})),
        (400, client.post(WORKSPACES, headers=owner, json={})),
        (401, client.post("/api/auth/login", json={"email": "nobody@law.example", "password": "law"})),
        (401, client.post("/api/messages", json={"to": recipient(api), "body": "law"})),
        (401, client.get(WORKSPACES, headers=bearer("nobody"))),
        (401, client.get(WORKSPACES, headers=key)),
        (404, client.get(f"{WORKSPACES}/ws_of_nobody", headers=owner)),
        (404, client.delete(at(api, "/api-keys/key_of_nobody"), headers=owner)),
        (404, client.delete(at(api, "/phone-numbers/num_of_nobody"), headers=owner)),
        (404, client.post(at(api, "/phone-numbers"), headers=owner, json={"phone_number": "+12015550100"})),
        (404, client.get("/api/ui/law", headers=owner)),
    ]
    changes = (
        client.request(method, shared + path, headers=person(api, "stranger"), json=body) for method, path, body in CHANGES
    )
    return [*wrong, *((403, reply) for reply in changes)]


@law("T10", "T11")
def test_every_error_has_its_status_and_one_shape(tofrom: Api) -> None:
    # A key of its own: nobody else spends its requests of this minute.
    with new_key(tofrom) as secret:
        for status, reply in refusals(tofrom, secret):
            assert_refused(reply, status)
            assert reply.headers["Content-Type"].partition(";")[0] == "application/json", "errors are JSON"
        assert_refused(send(tofrom, secret, to=""), 400, "missing_params")


@law("T11")
def test_success_is_200_and_what_is_made_is_201(tofrom: Api) -> None:
    workspace = f"{WORKSPACES}/{new_workspace(tofrom)}"
    got(tofrom.client.post(f"{workspace}/members", headers=person(tofrom), json={"email": invited(tofrom)}), 201)
    key = got(tofrom.client.post(f"{workspace}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)
    got(tofrom.client.delete(f"{workspace}/api-keys/{key['id']}", headers=person(tofrom)), 200)
    got(tofrom.client.put(f"{workspace}/provider", headers=person(tofrom), json=CREDENTIALS), 200)
    for path in READS:
        got(tofrom.client.get(workspace + path, headers=person(tofrom)), 200)
