"""timelines told as a world: what was told opens as the same state, which is told and answers like the first."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver.apis.timelines import connections, quotas, seats, state, webhooks, workspaces
from mockserver.engine import outbox
from mockserver.engine.sandbox import Sandbox
from mockserver.worlds import WorldInvalid, written
from tests.apis.reopening import Answers, House, furnished, gathered, house, reopened, same_again

NOON = "2026-02-13T12:00:00Z"
PARTNER, OTHER, DOCUMENTED = "partner_12345", "lumen-resellers", "ws_1234567890abcdef"
#: Nobody listens there: each try fails at once.
NOWHERE = "http://127.0.0.1:9/hooks"


#: The quota of the documented workspace, of which nothing is used.
RENEWED = {"total": 10, "used": 0, "period_start": "2026-02-01T12:00:00Z", "period_end": "2026-03-03T11:59:59Z"}


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_was_just_opened_is_told_and_opened_again(sandbox_of: Callable[..., Sandbox], world: str) -> None:
    original = sandbox_of("timelines", world)
    fresh = reopened(original, "timelines")
    assert gathered(fresh, "timelines") == gathered(original, "timelines")
    assert written(gathered(fresh, "timelines")).encode() == written(gathered(original, "timelines")).encode()
    fresh.store.close()


def callers(asked: House) -> dict[str, dict[str, str]]:
    """Headers by the partner who calls with them."""
    return {
        part["partner_id"]: {"Authorization": f"Bearer {part['jwt']}", "X-TL-Partner-Id": part["partner_id"]}
        for part in asked.cast().values()
    }


def answers(asked: House) -> Answers:
    """What every reading operation says to both partners, and what changing nothing says."""
    said = {}
    for partner, headers in callers(asked).items():
        for workspace in gathered(asked.app.sandbox, "timelines")["workspaces"]:
            path = f"/workspaces/{workspace['workspace_id']}"
            questions = [("GET", path, None), ("GET", f"{path}/api-token", None)]
            questions += [("PATCH", path, {"display_name": workspace["display_name"]})]
            for method, where, body in questions:
                got = asked.ask(method, where, json=body, headers=headers)
                assert got.status_code in (200, 404), got.text
                said[f"{partner}: {method} {where}"] = (got.status_code, got.content)
    return said


class Walk:
    """Anything that anybody may do, in an order that a seed decides."""

    def __init__(self, asked: House, seed: int) -> None:
        self._asked = asked
        self._random = random.Random(seed)

    def go(self, steps: int) -> None:
        deeds = [
            self.create,
            self.change,
            self.fill,
            self.link,
            self.link,
            self.connect,
            self.connect,
            self.disconnect,
            self.rotate,
        ]
        for _ in range(steps):
            deed = self._random.choice([*deeds, self.use, self.use, self.use, self.name, self.wait])
            deed()

    def _ask(self, method: str, path: str, body: object = None) -> None:
        workspace = self._workspace()
        answer = self._asked.ask(
            method, f"/workspaces/{workspace[1]}{path}", json=body, headers=callers(self._asked)[workspace[0]]
        )
        assert answer.status_code in (200, 201, 400, 404, 409), answer.text

    def _workspace(self) -> tuple[str, str]:
        known = gathered(self._asked.app.sandbox, "timelines")["workspaces"]
        return self._random.choice([(one["partner_id"], one["workspace_id"]) for one in known])

    def _person(self) -> tuple[str, int]:
        known = gathered(self._asked.app.sandbox, "timelines")["workspaces"]
        return self._random.choice([(one["workspace_id"], user["user_id"]) for one in known for user in one["users"]])

    def _by_person(self, path: str, body: object) -> None:
        workspace, user = self._person()
        known = gathered(self._asked.app.sandbox, "timelines")["workspaces"]
        partner = next(one["partner_id"] for one in known if one["workspace_id"] == workspace)
        where = f"/workspaces/{workspace}/users/{user}/{path}"
        answer = self._asked.ask("POST", where, json=body, headers=callers(self._asked)[partner])
        assert answer.status_code in (200, 201, 404, 409), answer.text

    def create(self) -> None:
        name = self._random.choice(["now", "null", "12", "Clinic-7", "now-2d"])
        body = {"display_name": name, "seats_purchased": self._random.randint(1, 4)}
        partner = self._random.choice([PARTNER, OTHER])
        answer = self._asked.ask("POST", "/workspaces", json=body, headers=callers(self._asked)[partner])
        assert answer.status_code in (201, 409), answer.text

    def change(self) -> None:
        self._ask("PATCH", "", {"seats_purchased": self._random.randint(1, 9)})

    def fill(self) -> None:
        self._ask("POST", "/users", {"count": self._random.randint(1, 3)})

    def link(self) -> None:
        self._by_person("qr", {"expires_in_hours": self._random.choice([1, 24])})

    def disconnect(self) -> None:
        self._by_person("whatsapp/disconnect", None)

    def rotate(self) -> None:
        self._ask("POST", "/api-token")

    def connect(self) -> None:
        known = gathered(self._asked.app.sandbox, "timelines")["workspaces"]
        places = [(one["workspace_id"], link["user_id"]) for one in known for link in one["qr_links"]] or [self._person()]
        workspace, user = self._random.choice(places)
        phone = f"+4915112345{self._random.randint(100, 104)}"
        self._asked.do("POST", f"/timelines/workspaces/{workspace}/users/{user}/whatsapp", {"phone_number": phone})

    def use(self) -> None:
        amounts = self._random.choice(
            [{"messages": 1}, {"messages": 380}, {"api_calls": 3}, {"transactions": 50}, {"balance": 5}, {"transactions": 1}]
        )
        self._asked.do("POST", f"/timelines/workspaces/{self._workspace()[1]}/usage", amounts)

    def name(self) -> None:
        url = self._random.choice([None, NOWHERE, NOWHERE, "https://hooks.nordhaven.example/timelines"])
        self._asked.do("PUT", f"/timelines/partners/{self._random.choice([PARTNER, OTHER])}/webhook", {"url": url})

    def wait(self) -> None:
        if self._random.random() < 0.2:
            self._asked.stand(f"2026-02-{self._random.randint(10, 16)}T12:00:00.5Z")
        else:
            self._asked.advance(self._random.choice([0.5, 1, 7, 31, 301, 7200]))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_whatever_was_done_is_told_and_goes_on_alike(tmp_path: Path, seed: int) -> None:
    with house("timelines") as original:
        original.stand(NOON)
        for partner in (PARTNER, OTHER):
            original.do("PUT", f"/timelines/partners/{partner}/webhook", {"url": NOWHERE})
        Walk(original, seed).go(40)
        same_again(original, tmp_path / "world", answers, lambda house: Walk(house, seed).go(15), pauses=(31, 40 * 86_400))


def test_a_sandbox_without_webhooks_and_with_new_things_only_opens_again(sandbox_of: Callable[..., Sandbox]) -> None:
    original = sandbox_of("timelines", "empty")
    with original.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, NOWHERE)
        webhooks.set_address(tx, PARTNER, None)
        workspaces.create(tx, OTHER, "now", 1)
    told = gathered(original, "timelines")
    fresh = reopened(original, "timelines")
    assert gathered(fresh, "timelines") == told
    assert [partner.get("webhook_url") for partner in told["partners"]] == [None, None]
    assert (told["deliveries"], told["workspaces"][-1]["display_name"], told["workspaces"][-1]["qr_links"]) == ([], "now", [])
    fresh.store.close()


def test_accounts_keep_their_order_where_the_clock_was_set_back(sandbox_of: Callable[..., Sandbox]) -> None:
    original = sandbox_of("timelines")
    original.clock.freeze(datetime(2020, 1, 1, tzinfo=UTC))
    with original.transaction("timelines") as tx:
        workspace = state.workspace(tx, PARTNER, DOCUMENTED)
        connections.create_link(tx, workspace, 84, 24)
        connections.connect(tx, workspace, 84, "+4915112345678")
    fresh = reopened(original, "timelines")
    with fresh.transaction("timelines") as tx:
        assert connections.accounts(tx, state.workspace(tx, PARTNER, DOCUMENTED))[-1]["connected_at"] == "2020-01-01T00:00:00Z"
    fresh.store.close()


def test_a_partner_is_told_once_in_a_period_whatever_was_written_in_between(sandbox_of: Callable[..., Sandbox]) -> None:
    original = sandbox_of("timelines")
    with original.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, NOWHERE)
        quotas.record_usage(tx, state.workspace(tx, PARTNER, DOCUMENTED), messages=3)
    fresh = reopened(original, "timelines")
    with fresh.transaction("timelines") as tx:
        before = len(outbox.under_way(tx))
        seats.create_users(tx, state.workspace(tx, PARTNER, DOCUMENTED), 3)
        quotas.record_usage(tx, {**state.workspace(tx, PARTNER, DOCUMENTED), "messages_quota": RENEWED}, messages=10)
        events = [delivery["event"] for delivery in outbox.under_way(tx)]
    assert events[:before] == ["workspace:quota_near_full:messaging", "workspace:quota_full:messaging"]
    assert events[before:] == ["workspace:seats_full"]
    fresh.store.close()


def test_a_populated_world_gives_the_next_numbers_after_it_was_told(tmp_path: Path) -> None:
    with house("timelines", population=120) as original, house("timelines", original.write(tmp_path / "world")) as again:
        made = [
            each.ask(
                "POST", "/workspaces", json={"display_name": "x", "seats_purchased": 2}, headers=callers(each)[PARTNER]
            ).json()
            for each in (original, again)
        ]
    assert made[0]["group_id"] == made[1]["group_id"] == 25
    assert made[0]["owner_user_id"] == made[1]["owner_user_id"]


def test_a_delivery_to_nobody_is_told_where_it_stands(sandbox_of: Callable[..., Sandbox]) -> None:
    original = sandbox_of("timelines")
    with original.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, NOWHERE)
        quotas.record_usage(tx, state.workspace(tx, PARTNER, DOCUMENTED), messages=3)
    document = gathered(original, "timelines")
    document["deliveries"][1]["partner_id"] = "nobody"
    with pytest.raises(WorldInvalid, match=r":[0-9]+: /deliveries/1/partner_id: there is no such partner$"):
        furnished(document, "timelines", original)
