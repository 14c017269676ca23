"""The laws of tofrom's settings: workspaces that are made, given a provider and numbers, and then send."""

from __future__ import annotations

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.tofrom import (
    CREDENTIALS,
    WORKSPACES,
    assert_refused,
    at,
    bearer,
    bought_number,
    got,
    kept,
    new_key,
    new_workspace,
    person,
    send,
    sent,
    text,
    walk,
)


@law("T17")
def test_a_signed_in_user_makes_a_workspace(tofrom: Api) -> None:
    name = text(tofrom)
    for headers in ({}, bearer("nobody"), bearer(tofrom.cast["owner"]["api_key"])):
        assert_refused(tofrom.client.post(WORKSPACES, headers=headers, json={"name": name}), 401)
    assert name not in {workspace["name"] for workspace in walk(tofrom, WORKSPACES, person(tofrom))}
    made = got(tofrom.client.post(WORKSPACES, headers=person(tofrom), json={"name": name}), 201)
    assert (made["name"], made["role"], made["provider_configured"]) == (name, "owner", False), "its maker owns it"
    path = f"{WORKSPACES}/{made['id']}"
    assert got(tofrom.client.get(path, headers=person(tofrom))) == made, "what was made can be read"
    assert made in walk(tofrom, WORKSPACES, person(tofrom)), "what was made is listed"
    for wrong in ({}, {"name": ""}, {"name": 1}):
        assert_refused(tofrom.client.post(WORKSPACES, headers=person(tofrom), json=wrong), 400)


@law("T18")
def test_a_workspace_sends_nothing_before_it_has_a_provider(tofrom: Api) -> None:
    assert_refused(send(tofrom, tofrom.cast["unconfigured"]["api_key"]), 400, "provider_not_configured")
    workspace = new_workspace(tofrom)
    path = f"{WORKSPACES}/{workspace}"
    with new_key(tofrom, workspace) as secret:
        assert got(tofrom.client.get(f"{path}/provider", headers=person(tofrom)))["configured"] is False
        assert_refused(send(tofrom, secret), 400, "provider_not_configured")
        assert walk(tofrom, f"{path}/messages", person(tofrom)) == [], "a refused message is not kept"
        reply = tofrom.client.put(f"{path}/provider", headers=person(tofrom), json=CREDENTIALS)
        configured = got(reply)
        assert configured == got(tofrom.client.get(f"{path}/provider", headers=person(tofrom))), "settings are read back"
        assert (configured["configured"], configured["account_sid"]) == (True, CREDENTIALS["account_sid"])
        assert CREDENTIALS["auth_token"] not in reply.text, "a secret is shown masked"
        assert got(tofrom.client.get(path, headers=person(tofrom)))["provider_configured"] is True
        assert_refused(send(tofrom, secret), 400, "no_phone_number")


@law("T18", "T21")
def test_a_workspace_with_a_provider_and_a_number_sends(tofrom: Api) -> None:
    workspace = new_workspace(tofrom)
    path = f"{WORKSPACES}/{workspace}"
    with new_key(tofrom, workspace) as secret, bought_number(tofrom, workspace) as number:
        assert_refused(send(tofrom, secret), 400, "provider_not_configured")
        got(tofrom.client.put(f"{path}/provider", headers=person(tofrom), json=CREDENTIALS))
        sid = sent(tofrom, secret)
        found = walk(tofrom, f"{path}/messages", person(tofrom))
        assert [(message["provider_sid"], message["from"]) for message in found] == [(sid, number["phone_number"])]


@law("T21")
def test_a_number_serves_one_workspace_until_it_is_given_back(tofrom: Api) -> None:
    workspace = tofrom.cast["owner"]["workspace_id"]
    path = at(tofrom, "/phone-numbers")
    with new_key(tofrom) as secret, bought_number(tofrom, workspace) as number:
        wanted = number["phone_number"]
        assert number in walk(tofrom, path, person(tofrom)), "a number that was got is listed"
        for actor in ("owner", "stranger"):
            stock = walk(tofrom, at(tofrom, "/phone-numbers/available", actor), person(tofrom, actor))
            assert wanted not in {free["phone_number"] for free in stock}, "it is not in the stock any more"
            again = tofrom.client.post(
                at(tofrom, "/phone-numbers", actor), headers=person(tofrom, actor), json={"phone_number": wanted}
            )
            assert_refused(again, 404)
        assert kept(tofrom, secret, **{"from": wanted})["from"] == wanted, "messages can be sent from it"
        got(tofrom.client.delete(f"{path}/{number['id']}", headers=person(tofrom)))
        assert number["id"] not in {found["id"] for found in walk(tofrom, path, person(tofrom))}, "it leaves the list"
        stock = walk(tofrom, f"{path}/available", person(tofrom))
        assert wanted in {free["phone_number"] for free in stock}, "it is in the stock again"
        assert_refused(send(tofrom, secret, **{"from": wanted}), 400, "from_not_in_workspace")
