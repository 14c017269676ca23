"""tofrom's closing: the state told as a world opens again as what it was, whatever had happened to it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from mockserver.data import fixtures_path, load_spec, load_yaml
from mockserver.engine.sandbox import Sandbox
from tests.conftest import NOON, RunningMock
from tests.round_trip import exported, gone_on, opened, told

MARIA, OWNERS_OTHER = "+13129450127", "ws_9tb2x6r3"
PICTURE = ["https://media.harborline.example/in/patio.jpg"]
ENDINGS = ["45127", "99901", "99902", "99903", "99904", "99905"]
#: Texts that mean something in a file of a world, or in YAML.
TEXTS = [
    "Hello",
    "now",
    "now-1d",
    "null",
    "- a: b",
    "~",
    "0x1F",
    " two\nlines \n",
    "Ünïcödé ☕ \u2028\u0007",
    "x" * 400,
    "2026-02-13",
]
USERS = {user["email"]: user["password"] for user in load_yaml((fixtures_path() / "default/tofrom.yaml").read_text())["users"]}


class Office:
    """tofrom over a socket, and everybody who ever got in."""

    def __init__(self, mock: RunningMock) -> None:
        self.mock, self.client = mock, httpx.Client(base_url=mock.base("tofrom"))
        self.cast = load_yaml((fixtures_path() / "default/tofrom.yaml").read_text())["cast"]
        self.tokens = [part["session_token"] for part in self.cast.values()]
        self.keys = [part["api_key"] for part in mock.cast("tofrom").values()]
        self.answered: set[tuple[str, int]] = set()

    def ask(self, method: str, path: str, credential: str, body: Any = None) -> httpx.Response:
        reply = self.client.request(method, path, headers={"Authorization": f"Bearer {credential}"}, json=body)
        assert reply.status_code < 500, reply.text
        return reply

    def act(self, method: str, path: str, credential: str, body: Any = None) -> Any:
        reply = self.ask(method, path, credential, body)
        self.answered.add((method, reply.status_code))
        return reply.json()

    def ui(self, method: str, path: str, body: Any = None, actor: str = "owner", workspace: str | None = None) -> Any:
        part = self.cast[actor]
        return self.act(method, f"/api/ui/workspaces/{workspace or part['workspace_id']}{path}", part["session_token"], body)

    def send(self, to: str = MARIA, key: int = 0, **more: Any) -> Any:
        return self.act("POST", "/api/messages", self.keys[key], {"to": to, "body": "Hello", **more})

    def log_in(self, email: str) -> str:
        login = {"email": email, "password": USERS[email]}
        token: str = self.act("POST", "/api/auth/login", "nobody", login)["session_token"]
        self.tokens.append(token)
        return token

    def arrive(self, workspace: str = "ws_4kq8z1m7", **letter: Any) -> int:
        usual = {"from": MARIA, "to": "+14153670142", "body": "Hello"}
        return self.mock.control.post(f"/tofrom/workspaces/{workspace}/inbound", json={**usual, **letter}).status_code

    def lead(self, message_id: str, outcome: str) -> int:
        body = {"api": "tofrom", "message_id": message_id, "outcome": outcome}
        return self.mock.control.put("/messages/outcome", json=body).status_code

    def advance(self, seconds: float) -> int:
        jobs: int = self.mock.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status().json()["jobs"]
        return jobs

    def workspaces(self, token: str) -> list[str]:
        found = self.ask("GET", "/api/ui/workspaces?limit=100", token).json()
        return [workspace["id"] for workspace in found.get("data", ())]

    def shown(self) -> dict[tuple[str, str], bytes]:
        """Every reply of every operation that reads, to everybody."""
        found = {}
        for token in self.tokens:
            paths = ["/api/ui/workspaces", "/api/ui/workspaces?limit=1&page=2"]
            for id in self.workspaces(token):
                paths += [f"/api/ui/workspaces/{id}{path}" for path in _PATHS]
            found |= {(token, path): self.ask("GET", path, token).content for path in paths}
        return found

    def frames(self, cursor: str, count: int) -> list[Any]:
        """That live updates are ready, and what the first of them tell from a cursor on."""
        path = f"/api/ui/workspaces/{self.cast['owner']['workspace_id']}/live?cursor={cursor}"
        headers = {"Authorization": f"Bearer {self.tokens[0]}"}
        address = f"ws{self.mock.base('tofrom').removeprefix('http')}{path}"
        with connect(address, additional_headers=headers, proxy=None) as live:
            return [json.loads(live.recv(timeout=20)) for _ in range(1 + count)]


_PATHS = [
    "", "/members", "/api-keys", "/provider", "/phone-numbers", "/phone-numbers/available", "/messages?limit=100",
    "/messages?limit=2&page=2", "/messages?status=sent", "/messages?direction=inbound", f"/messages?to=%2B{MARIA[1:]}",
    "/messages?startDate=2026-02-13", "/phone-numbers/available?country=US",
]  # fmt: skip


@pytest.fixture
def office(start_mock: Callable[..., RunningMock]) -> Iterator[Office]:
    """The default world at noon, its clock standing."""
    office = Office(start_mock(apis=("tofrom",)))
    office.mock.control.post("/reset", json={"now": NOON.isoformat()}).raise_for_status()
    with office.client:
        yield office


@pytest.fixture
def goes_on(start_mock: Callable[..., RunningMock], tmp_path: Path) -> Iterator[Callable[[Office], Office]]:
    """The same office elsewhere, opened from the world that it was told as."""
    opened: list[Office] = []

    def go_on(office: Office) -> Office:
        twin = Office(gone_on(start_mock, office.mock, tmp_path / "world"))
        twin.tokens, twin.keys = [*office.tokens], [*office.keys]
        opened.append(twin)
        return twin

    yield go_on
    for twin in opened:
        twin.client.close()


def alike(office: Office, twin: Office) -> None:
    assert exported(twin.mock) == exported(office.mock)
    assert twin.shown() == office.shown()


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_was_just_opened_comes_back(sandbox_of: Callable[..., Sandbox], world: str) -> None:
    text = told(sandbox_of("tofrom", world), "tofrom")
    again = opened(text, "tofrom", NOON + timedelta(days=400))
    assert told(again, "tofrom") == text
    again.store.close()
    assert "now" not in load_yaml(text)["workspaces"][0]["created_at"]


def test_what_there_is_none_of_may_be_left_out_or_empty(sandbox_of: Callable[..., Sandbox]) -> None:
    text = told(sandbox_of("tofrom", "empty"), "tofrom")
    assert {"agenda", "events"}.isdisjoint({*load_yaml(text), *load_yaml(text)["workspaces"][0]})
    again = opened(text.replace("stock: []", "stock: []\nagenda: []"), "tofrom", NOON)
    assert told(again, "tofrom") == text
    again.store.close()


def test_a_long_story_goes_on_elsewhere(office: Office, goes_on: Callable[[Office], Office]) -> None:
    for number, ending in enumerate(ENDINGS):
        office.send(f"+131294{ending}", body=TEXTS[number], **({"mediaUrls": PICTURE} if number % 2 else {}))
    office.advance(2)
    for ending in ENDINGS:
        office.send(f"+131294{ending}", **{"from": "+14153670186"})
    office.advance(1)
    kept = "+14153670186"
    # Of one instant with the steps of others, planned before and after them.
    assert [office.arrive(body="now", to=kept, in_seconds=2), office.arrive(mediaUrls=PICTURE, body="", in_seconds=3600)] == [
        200,
        200,
    ]
    sid = office.send()["sid"]
    late, _ = (office.send(f"+131294{ending}")["sid"] for ending in ("99904", "45127"))
    assert [office.arrive(), office.arrive(to=kept, in_seconds=2)] == [200, 200]
    assert [office.lead(sid, "undelivered"), office.lead(late, "rejected"), office.lead(sid, "rejected")] == [204] * 3
    luis = office.log_in("luis.ortega@harborline.example")
    dana, tom = office.log_in("dana.whitfield@harborline.example"), office.log_in("tom.becker@cascadedental.example")
    *_, made = both = [office.act("POST", "/api/ui/workspaces", dana, {"name": name})["id"] for name in ("Zeta", "Alpha")]
    # Invited in another order than that in which they were made.
    for workspace in reversed(both):
        for email in ("tom.becker@cascadedental.example", "nobody@harborline.example"):
            office.act("POST", f"/api/ui/workspaces/{workspace}/members", dana, {"email": email, "role": "admin"})
    office.log_in("tom.becker@cascadedental.example")
    provider = {"provider": "twilio", "account_sid": "AC" + "0" * 32, "auth_token": "0123456789abcdef"}
    office.act("PUT", f"/api/ui/workspaces/{made}/provider", dana, provider)
    key = office.act("POST", f"/api/ui/workspaces/{made}/api-keys", dana, {"name": "no"})
    bought = office.ui("POST", "/phone-numbers", {"phone_number": "+12027410166"})
    office.ui("DELETE", f"/phone-numbers/{bought['id']}")
    office.act("POST", f"/api/ui/workspaces/{made}/phone-numbers", dana, {"phone_number": "+12027410166"})
    office.keys.append(key["key"])
    receipt = office.send(key=-1)["sid"]
    # What the cast had: a number with messages, the key, the session.
    office.ui("DELETE", "/phone-numbers/num_5ra9w2k7")
    office.ui("DELETE", "/api-keys/key_2nb6h8y4")
    office.act("POST", "/api/auth/logout", office.cast["stranger"]["session_token"])
    office.act("POST", "/api/auth/logout", luis)
    assert {status for _, status in office.answered} == {200, 201}
    twin = goes_on(office)
    alike(office, twin)
    # Either id leads a message.
    assert [either.lead(receipt, "delivered") for either in (office, twin)] == [204, 204]
    for seconds in (1.5, 4, 3 * 86_400):
        assert twin.advance(seconds) == office.advance(seconds)
        alike(office, twin)
    # What is made from now on gets the same ids.
    for either in (office, twin):
        either.log_in("jonas.lindqvist@brightside.example")
        either.act("POST", "/api/ui/workspaces", tom, {"name": "Later"})
        either.send(key=-1)
    alike(office, twin)


def test_live_updates_go_on_from_a_cursor_elsewhere(office: Office, goes_on: Callable[[Office], Office]) -> None:
    live = f"ws{office.mock.base('tofrom').removeprefix('http')}/api/ui/workspaces/ws_4kq8z1m7/live"
    with connect(live, additional_headers={"Authorization": f"Bearer {office.tokens[0]}"}, proxy=None) as watcher:
        cursor = json.loads(watcher.recv(timeout=20))["cursor"]
    office.send()
    office.arrive()
    office.advance(3)
    twin = goes_on(office)
    for either in (office, twin):
        either.advance(3)
    frames = office.frames(cursor, 5)
    assert [frame["data"]["status"] for frame in frames[1:]] == ["queued", "delivered", "sending", "sent", "delivered"]
    assert twin.frames(cursor, 5) == frames
    assert twin.frames(frames[3]["cursor"], 2) == [{**frames[0], "cursor": frames[3]["cursor"]}, *frames[4:]]


def test_a_clock_that_went_back_changes_no_order(office: Office, goes_on: Callable[[Office], Office]) -> None:
    for year in ("2031", "2021"):
        office.mock.control.put("/clock", json={"mode": "frozen", "now": f"{year}-02-13T12:00:00Z"}).raise_for_status()
        office.send(body=year)
        office.arrive(body=year)
        office.ui("POST", "/api-keys", {"name": year})
        office.ui("POST", "/members", {"email": f"{year}@harborline.example"})
    alike(office, goes_on(office))


class Walk:
    """Steps by chance, each of them one that writes, or fails to."""

    def __init__(self, office: Office, chance: random.Random) -> None:
        self.office, self.chance = office, chance
        self.steps: list[Callable[[], Any]] = [
            self.send, self.send, self.send, self.advance, self.advance, self.arrive, self.lead, self.log_in, self.log_out,
            self.found, self.invite, self.key, self.revoke, self.provide, self.buy, self.release, self.get_lost,
        ]  # fmt: skip

    def somewhere(self) -> tuple[str, str]:
        token = self.chance.choice(self.office.tokens)
        return token, f"/api/ui/workspaces/{self.chance.choice([*self.office.workspaces(token), 'ws_none'])}"

    def ids(self, token: str, path: str, name: str = "id") -> list[str]:
        return [found[name] for found in self.office.ask("GET", f"{path}?limit=100", token).json().get("data", ())] or ["none"]

    def send(self) -> None:
        body: dict[str, Any] = {"to": f"+131294{self.chance.choice(ENDINGS)}", "body": self.chance.choice(TEXTS)}
        more = self.chance.choice([{}, {}, {"mediaUrls": PICTURE}, {"from": "+14153670186"}])
        self.office.act("POST", "/api/messages", self.chance.choice(self.office.keys), {**body, **more})

    def advance(self) -> None:
        self.office.advance(self.chance.choice([0, 0.25, 1, 2, 3, 60, 3600]))

    def arrive(self) -> None:
        to, later = self.chance.choice(["+14153670142", "+14153670186"]), self.chance.choice([0, 1, 2, 3, 3600, 86_400])
        self.office.arrive(to=to, body=self.chance.choice(TEXTS), in_seconds=later)

    def lead(self) -> None:
        outcome = self.chance.choice(["delivered", "undelivered", "rejected", "expired", "slow", "never"])
        token, path = self.somewhere()
        self.office.lead(self.chance.choice(self.ids(token, f"{path}/messages")[:8]), outcome)

    def log_in(self) -> None:
        self.office.log_in(self.chance.choice([*USERS]))

    def log_out(self) -> None:
        self.office.act("POST", "/api/auth/logout", self.chance.choice(self.office.tokens))

    def found(self) -> None:
        self.office.act(
            "POST", "/api/ui/workspaces", self.chance.choice(self.office.tokens), {"name": self.chance.choice(TEXTS)[:80]}
        )

    def invite(self) -> None:
        token, path = self.somewhere()
        email = self.chance.choice([*USERS, *(f"guest{number}@harborline.example" for number in range(3))])
        self.office.act("POST", f"{path}/members", token, {"email": email.title()})

    def key(self) -> None:
        token, path = self.somewhere()
        made = self.office.act("POST", f"{path}/api-keys", token, {"name": self.chance.choice(TEXTS)[:80]})
        self.office.keys += [made["key"]] if "key" in made else []

    def revoke(self) -> None:
        token, path = self.somewhere()
        self.office.act("DELETE", f"{path}/api-keys/{self.chance.choice(self.ids(token, f'{path}/api-keys'))}", token)

    def provide(self) -> None:
        token, path = self.somewhere()
        secret = f"{self.chance.getrandbits(64):016x}"
        self.office.act(
            "PUT", f"{path}/provider", token, {"provider": "twilio", "account_sid": f"AC{secret * 2}", "auth_token": secret}
        )

    def buy(self) -> None:
        token, path = self.somewhere()
        number = self.chance.choice(self.ids(token, f"{path}/phone-numbers/available", "phone_number"))
        self.office.act("POST", f"{path}/phone-numbers", token, {"phone_number": number})

    def release(self) -> None:
        token, path = self.somewhere()
        self.office.act("DELETE", f"{path}/phone-numbers/{self.chance.choice(self.ids(token, f'{path}/phone-numbers'))}", token)

    def get_lost(self) -> None:
        self.office.act("POST", "/api/messages", self.chance.choice(self.office.keys), {"to": "nobody", "body": "now"})


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_goes_on_elsewhere(office: Office, goes_on: Callable[[Office], Office], seed: int) -> None:
    chance = random.Random(seed)
    walk = Walk(office, chance)
    for _ in range(30):
        chance.choice(walk.steps)()
    twin = goes_on(office)
    alike(office, twin)
    for seconds in (3, 7200):
        assert twin.advance(seconds) == office.advance(seconds)
        alike(office, twin)


def test_the_story_knows_every_operation_that_reads() -> None:
    reads = {path for path, item in load_spec("tofrom")["paths"].items() if "get" in item}
    shown = {f"/api/ui/workspaces/{{workspaceId}}{path.partition('?')[0]}" for path in _PATHS}
    assert shown | {"/api/ui/workspaces"} == reads
