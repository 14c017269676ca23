"""restlink told as a world: what was told opens as the same state, which is told and answers like the first."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.engine.sandbox import Sandbox
from mockserver.worlds import WorldInvalid, written
from tests.apis.reopening import Answers, House, furnished, gathered, house, reopened, same_again

NOON = "2026-02-13T12:00:00Z"
TEXT = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
#: Nobody listens there: each try fails at once.
NOWHERE = "http://127.0.0.1:9/hooks"
#: Not of this machine: nothing is ever sent there.
FORBIDDEN = "https://hooks.nordhaven.example/sms"
ENDINGS = ("34567", "99901", "99902", "99903", "99904", "99905")
EVENTS = ("impression", "click", "conversion")


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_was_just_opened_is_told_and_opened_again(sandbox_of: Callable[..., Sandbox], world: str) -> None:
    original = sandbox_of("restlink", world)
    fresh = reopened(original, "restlink")
    assert gathered(fresh, "restlink") == gathered(original, "restlink")
    assert written(gathered(fresh, "restlink")).encode() == written(gathered(original, "restlink")).encode()
    moments = [[found["created_at"] for found in gathered(fresh, "restlink")[kind]] for kind in ("messages", "webhook_logs")]
    assert moments == [sorted(each) for each in moments]
    fresh.store.close()


def keys(asked: House) -> dict[str, dict[str, str]]:
    """Headers by the name of who calls with them."""
    cast = asked.cast()
    people = {actor: {"Authorization": f"Bearer {part['jwt']}"} for actor, part in cast.items()}
    held = {**cast["owner"]["api_keys"], **cast["stranger"]["api_keys"], **cast["owner"]["keys"]}
    return {
        **people,
        **{name: {"X-API-Key": key} for name, key in held.items() if name != "hmac"},
        **{f"owner in {place}": people["owner"] | {"X-Workspace-ID": str(place)} for place in (17, 58, 59)},
    }


def answers(asked: House) -> Answers:
    """What every reading operation says to everybody."""
    span = "from=2019-01-01&to=2030-01-01"
    paths = ["/user/balance", "/user/profile", "/user/workspaces", "/user/webhooks", "/user/webhooks/logs?limit=100"]
    paths += [f"/sms/messages?{span}&limit=15&page={page}" for page in (1, 2)]
    paths += ["/sms/messages?status=pending", f"/sms/messages?{span}&country=de&phone=49", f"/sms/stats?{span}", "/sms/stats"]
    callers = keys(asked)
    asking = [(name, headers, path) for name, headers in callers.items() for path in paths]
    ids = [message["client_message_id"] for message in gathered(asked.app.sandbox, "restlink")["messages"][-20:]]
    asking += [(name, callers[name], f"/sms/status/{id}") for name in ("16", "18", "31", "poor") for id in ids]
    said = {f"{name}: {path}": asked.ask("GET", path, headers=headers) for name, headers, path in asking}
    assert {got.status_code for got in said.values()} <= {200, 400, 401, 403, 404}
    return {question: (got.status_code, got.content) for question, got in said.items()}


class Walk:
    """Anything that anybody may do, in an order that a seed decides."""

    def __init__(self, asked: House, seed: int) -> None:
        self._asked = asked
        self._random = random.Random(seed)
        self.sent: list[str] = []

    def go(self, steps: int) -> None:
        deeds = [self.send, self.send, self.settle, self.sample, self.follow, self.decide, self.build, self.disturb, self.wait]
        for _ in range(steps):
            self._random.choice(deeds)()

    def send(self) -> None:
        name = self._random.choice(["16", "18", "31", "33", "sandbox", "poor", "owner"])
        prefix = self._random.choice(["+141555", "+49151234", "+4474001", "+29171"])
        numbers = [prefix + self._random.choice(ENDINGS) for _ in range(self._random.randint(1, 3))]
        text = self._random.choice(["hi", "now", "null", "a: b #c\n- d\r\n\t\x85\u2028 \\ '\"", "\U0001f69a" * 80, "1e3", " x "])
        body = {"to": numbers, "message": text, "sender_id": self._random.choice(["MyApp", "now", "12e4", "447400123456"])}
        answer = self._asked.ask("POST", "/sms/send", json=body, headers=keys(self._asked)[name])
        assert answer.status_code in (200, 402, 403), answer.text
        self.sent += [one["message_id"] for one in answer.json().get("messages", [])]

    def settle(self) -> None:
        event = self._random.choice([*EVENTS, "delivery"])
        body: dict[str, Any] = {f"{event}_url": self._random.choice([None, NOWHERE, NOWHERE, FORBIDDEN])}
        chosen = {f"{event}_fields": ["timestamp", "message_id", "workspace_id"]}
        body |= self._random.choice([{}, chosen, {"signing_secret": "s3"}, {"clear_signing_secret": True}])
        body |= {"unique_clicks_only": self._random.random() < 0.5}
        name = self._random.choice(["16", "18", "31", "poor"])
        answer = self._asked.ask("PUT", "/user/webhooks", json=body, headers=keys(self._asked)[name])
        assert answer.status_code in (200, 403), answer.text

    def sample(self) -> None:
        body = {"event": self._random.choice([*EVENTS, "delivery"])}
        headers = keys(self._asked)[self._random.choice(["16", "18", "31"])]
        assert self._asked.ask("POST", "/user/webhooks/test", json=body, headers=headers).status_code in (200, 403, 404)

    def follow(self) -> None:
        if self.sent:
            event = {"event": self._random.choice(EVENTS)}
            self._asked.do("POST", f"/restlink/messages/{self._random.choice(self.sent)}/events", event)

    def decide(self) -> None:
        if self.sent:
            outcome = self._random.choice(["delivered", "undelivered", "rejected", "expired", "slow", "never"])
            told = {"api": "restlink", "message_id": self._random.choice(self.sent[-5:]), "outcome": outcome}
            self._asked.do("PUT", "/messages/outcome", told)

    def build(self) -> None:
        if self._random.random() < 0.5:
            body = {"name": "now", "product_id": 7, "is_main": self._random.random() < 0.5, "color": "#5298D9"}
            self._asked.do("POST", f"/restlink/accounts/{self._random.choice([279, 412])}/workspaces", body)
        else:
            self._asked.do("DELETE", f"/restlink/accounts/279/workspaces/{self._random.choice([18, 58, 59])}")

    def disturb(self) -> None:
        rule = {"effect": self._random.choice(["twice", "late", "swap", "drop"]), "next": 2, "seconds": 90}
        self._asked.do("PUT", "/webhooks/disturbances", {"rules": [rule]})

    def wait(self) -> None:
        if self._random.random() < 0.2:
            self._asked.stand(f"2026-02-{self._random.randint(10, 16)}T12:00:00Z")
        else:
            self._asked.advance(self._random.choice([0.5, 1, 2, 3, 7, 12, 60, 4000]))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_whatever_was_done_is_told_and_goes_on_alike(tmp_path: Path, seed: int) -> None:
    with house("restlink") as original:
        original.stand(NOON)
        for place in ("16", "18", "31"):
            body = {f"{event}_url": NOWHERE for event in (*EVENTS, "delivery")}
            original.ask("PUT", "/user/webhooks", json=body, headers=keys(original)[place])
        Walk(original, seed).go(40)
        # Rules of the outbox are no part of an API's state.
        original.do("PUT", "/webhooks/disturbances", {"rules": []})
        same_again(original, tmp_path / "world", answers, lambda house: Walk(house, seed).go(15), pauses=(12, 3 * 86_400))


def test_a_world_goes_on_without_the_workspaces_of_its_cast(tmp_path: Path) -> None:
    with house("restlink", "empty") as original:
        original.stand(NOON)
        for place in (16, 18):
            original.do("DELETE", f"/restlink/accounts/279/workspaces/{place}")
        told = gathered(original.app.sandbox, "restlink")
        assert [place["id"] for place in told["workspaces"] if "deleted_at" in place] == [16, 17, 18, 40]
        assert not any("webhooks" in place for place in told["workspaces"])
        assert (told["messages"], told["webhook_logs"], told["under_way"], told["deliveries"]) == ([], [], [], [])
        same_again(original, tmp_path / "world", answers, lambda house: Walk(house, 1).go(5), pauses=(60,))


def test_lists_keep_their_order_where_the_clock_was_set_back(tmp_path: Path) -> None:
    with house("restlink") as original:
        for moment in (NOON, "2020-02-13T12:00:00Z"):
            original.stand(moment)
            sent = original.ask("POST", "/sms/send", json=TEXT, headers=keys(original)["16"])
        with house("restlink", original.write(tmp_path / "world")) as again:
            latest = again.ask("GET", "/sms/messages?from=2020-01-01&to=2030-01-01&limit=1", headers=keys(again)["16"])
        assert latest.json()["messages"][0]["client_message_id"] == sent.json()["messages"][0]["message_id"]


def test_the_quota_of_a_sandbox_key_goes_on(tmp_path: Path) -> None:
    numbers = [f"+141555512{place:02}" for place in range(100)]
    with house("restlink") as original:
        original.stand(NOON)
        for _ in range(5):
            full = original.ask("POST", "/sms/send", json={**TEXT, "to": numbers}, headers=keys(original)["sandbox"])
            assert full.status_code == 200
        with house("restlink", original.write(tmp_path / "world")) as again:
            refused = again.ask("POST", "/sms/send", json=TEXT, headers=keys(again)["sandbox"])
            again.advance(86_400)
            later = again.ask("POST", "/sms/send", json=TEXT, headers=keys(again)["sandbox"])
    assert (refused.status_code, later.status_code) == (429, 200)


def test_a_signature_counts_as_new_in_a_world_that_was_told(tmp_path: Path) -> None:
    with house("restlink") as original:
        original.stand(NOON)
        signing = original.cast()["owner"]["keys"]["hmac"]
        stamp = str(int(original.app.sandbox.clock.now().timestamp()))
        head = f"GET|/api/v1/user/balance|{stamp}|".encode()
        signature = hmac.new(signing["secret"].encode(), head, hashlib.sha256).hexdigest()
        headers = {"X-API-Key": signing["key"], "X-Timestamp": stamp, "X-Signature": signature}
        statuses = [original.ask("GET", "/user/balance", headers=headers).status_code for _ in range(2)]
        with house("restlink", original.write(tmp_path / "world")) as again:
            statuses += [again.ask("GET", "/user/balance", headers=headers).status_code for _ in range(2)]
    assert statuses == [200, 401, 200, 401]


def test_a_message_under_way_can_be_written_by_hand(sandbox_of: Callable[..., Sandbox], pass_time: Callable[..., int]) -> None:
    original = sandbox_of("restlink")
    document = gathered(original, "restlink")
    waiting = next(message for message in document["messages"] if message["status"] == "pending")
    journey = {"message_id": waiting["client_message_id"], "outcome": "rejected", "due": "2026-02-13T12:00:05Z"}
    fresh = furnished({**document, "under_way": [journey]}, "restlink", original)
    pass_time(fresh, 6)
    after = {message["client_message_id"]: message for message in gathered(fresh, "restlink")["messages"]}
    assert (after[journey["message_id"]]["status"], after[journey["message_id"]]["cost"]) == ("REJECTD", 0)
    fresh.store.close()


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ({"under_way": [{"message_id": "api_1_1_0123456789abcdef"}]}, "/under_way/0/message_id: there is no such message"),
        ({"under_way": [{}, {}]}, "/under_way/1/message_id: is taken by an earlier one"),
        ({"under_way": [{"due": None}]}, "/under_way/0/due: must be null if no step is left, and only then"),
        (
            {"under_way": [{"outcome": "never", "reached": ["sent"]}]},
            "/under_way/0/due: must be null if no step is left, and only then",
        ),
        ({"deliveries": [{"workspace_id": 99}]}, "/deliveries/0/workspace_id: there is no such workspace"),
        ({"continued": True, "deleted": [31]}, "/cast/owner/deleted: the account has no such workspace"),
    ],
)
def test_what_contradicts_itself_is_told(sandbox_of: Callable[..., Sandbox], mistake: dict[str, Any], told: str) -> None:
    original = sandbox_of("restlink")
    document = gathered(original, "restlink")
    document["cast"]["owner"]["deleted"] = mistake.get("deleted", [17])
    journey = {"message_id": document["messages"][0]["client_message_id"], "outcome": "slow", "due": "2026-02-13T12:00:05Z"}
    delivery = {"workspace_id": 16, "log_id": 7001, "event": "delivery", "url": NOWHERE, "body": {}, "queued_at": NOON}
    document["under_way"] = [{**journey, **part} for part in mistake.get("under_way", [])]
    document["deliveries"] = [{**delivery, "tries": [{"due": NOON}], **part} for part in mistake.get("deliveries", [])]
    with pytest.raises(WorldInvalid) as caught:
        furnished(document, "restlink", original)
    assert [mistake.partition(": ")[2] for mistake in caught.value.mistakes] == [told]
