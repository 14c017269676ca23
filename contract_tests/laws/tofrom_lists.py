"""The laws of tofrom's lists: honest pages that hold everything once."""

from __future__ import annotations

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.tofrom import (
    LISTS,
    WORKSPACES,
    assert_consistent,
    assert_refused,
    at,
    got,
    new_key,
    new_workspace,
    person,
    recipient,
    sent,
    walk,
)


@law("T12", "T13")
def test_every_list_takes_page_and_limit(tofrom: Api) -> None:
    sent(tofrom, tofrom.cast["owner"]["api_key"])
    for path in (WORKSPACES, *(at(tofrom, path) for path in LISTS)):
        for number, limit in ((1, 1), (2, 1), (1, 2), (1, 100), (2, 100), (5000, 7)):
            page = got(tofrom.client.get(path, headers=person(tofrom), params={"page": number, "limit": limit}))
            assert_consistent(page, number, limit)
        usual = got(tofrom.client.get(path, headers=person(tofrom)))
        assert_consistent(usual, 1, 50)
        for wrong in ({"page": 0}, {"page": -1}, {"page": "x"}, {"limit": 0}, {"limit": 101}, {"limit": "x"}):
            assert_refused(tofrom.client.get(path, headers=person(tofrom), params=wrong), 400)


@law("T13")
def test_the_figures_of_an_empty_list_are_zero(tofrom: Api) -> None:
    path = f"{WORKSPACES}/{new_workspace(tofrom)}/messages"
    page = got(tofrom.client.get(path, headers=person(tofrom)))
    assert page["data"] == [], "a new workspace has no message"
    assert page["pagination"] == {"currentPage": 1, "totalPages": 0, "totalItems": 0, "hasNext": False}


@law("T14")
def test_the_pages_hold_everything_once(tofrom: Api) -> None:
    to = recipient(tofrom)
    with new_key(tofrom) as secret:
        sids = [sent(tofrom, secret, to=to) for _ in range(5)]
    made = [new_workspace(tofrom) for _ in range(3)]
    keys = [got(tofrom.client.post(f"{WORKSPACES}/{made[0]}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)["id"]]
    keys += [got(tofrom.client.post(f"{WORKSPACES}/{made[0]}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)["id"]]
    for limit in (1, 2, 3, 100):
        messages = walk(tofrom, at(tofrom, "/messages"), person(tofrom), limit, to=to)
        assert len({message["id"] for message in messages}) == len(messages), "no message is on two pages"
        found = [message["provider_sid"] for message in messages if message["provider_sid"] in sids]
        assert found == sids[::-1], "every message is on a page, the newest first"
        assert [key["id"] for key in walk(tofrom, f"{WORKSPACES}/{made[0]}/api-keys", person(tofrom), limit)] == keys
    for limit in (2, 100):
        ids = [workspace["id"] for workspace in walk(tofrom, WORKSPACES, person(tofrom), limit)]
        assert len(set(ids)) == len(ids), "no workspace is on two pages"
        assert set(ids) >= {*made, tofrom.cast["owner"]["workspace_id"]}, "every workspace is on a page"
