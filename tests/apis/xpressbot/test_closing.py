"""xpressbot's closing: the state told as a world opens again as what it was, whatever had happened to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.data import load_spec, load_yaml
from mockserver.engine.sandbox import Sandbox
from tests.conftest import NOON, RunningMock
from tests.round_trip import exported, gone_on, opened, told

JANE, NEW, OWNERS = "+1234567890", "+31612345678", "ch_7Kq2mVxPd4"
PICTURE = "https://cdn.brightside.example/in/beans.jpg"
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
    "yes",
    "2026-02-13",
]
OUTCOMES = ["delivered", "undelivered", "rejected", "expired", "slow", "never"]


class Shop:
    """xpressbot over a socket, by every key, and all messages that anybody sent or got."""

    def __init__(self, mock: RunningMock) -> None:
        self.mock, self.client = mock, httpx.Client(base_url=mock.base("xpressbot"))
        self.cast = mock.cast("xpressbot")
        self.wamids = [message["wamid"] for message in load_yaml(exported(mock)["xpressbot.yaml"])["messages"]]
        self.answered: set[int] = set()

    def ask(self, method: str, path: str, actor: str = "owner", **options: Any) -> httpx.Response:
        reply = self.client.request(method, path, headers={"X-API-Key": self.cast[actor]["api_key"]}, **options)
        assert reply.status_code < 500, reply.text
        return reply

    def act(self, path: str, body: Mapping[str, Any], actor: str = "owner") -> Any:
        chosen = {"channelId": self.cast[actor]["channels"][-1]} if actor == "two_channels" else {}
        reply = self.ask("POST", path, actor, json={**chosen, **body})
        self.answered.add(reply.status_code)
        data = reply.json().get("data", {})
        self.wamids += [data["wamid"]] if "wamid" in data else []
        return data

    def arrive(self, channel: str = OWNERS, **letter: Any) -> int:
        reply = self.mock.control.post(f"/xpressbot/channels/{channel}/inbound", json={"from": NEW, "body": "Hello", **letter})
        self.wamids += [reply.json()["wamid"]] if reply.status_code == 200 else []
        return reply.status_code

    def lead(self, wamid: str, outcome: str) -> int:
        body = {"api": "xpressbot", "message_id": wamid, "outcome": outcome}
        return self.mock.control.put("/messages/outcome", json=body).status_code

    def advance(self, seconds: float) -> int:
        jobs: int = self.mock.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status().json()["jobs"]
        return jobs

    def shown(self) -> dict[tuple[str, str, str], bytes]:
        """Every reply of every operation that reads, to everybody, about every channel."""
        asked = [(actor, path, {}) for actor in self.cast for path in _WHOLE]
        asked += [
            (actor, path, {"channelId": channel})
            for actor, part in self.cast.items()
            for path in _LISTS
            for channel in part["channels"]
        ]
        asked += [("owner", "/contacts/list", more) for more in ({"search": "an"}, {"search": NEW[1:]}, {"limit": 2, "page": 2})]
        asked += [(actor, "/whatsapp/message/status", {"wamid": wamid}) for actor in self.cast for wamid in self.wamids]
        return {(actor, path, str(params)): self.ask("GET", path, actor, params=params).content for actor, path, params in asked}


_WHOLE = ["/channels/list"]
_LISTS = ["/contacts/list", "/custom-fields/list", "/labels/list", "/whatsapp/templates/list", "/automations/list"]


@pytest.fixture
def shop(start_mock: Callable[..., RunningMock]) -> Iterator[Shop]:
    """The default world at noon, its clock standing."""
    mock = start_mock(apis=("xpressbot",))
    mock.control.post("/reset", json={"now": NOON.isoformat()}).raise_for_status()
    shop = Shop(mock)
    with shop.client:
        yield shop


@pytest.fixture
def goes_on(start_mock: Callable[..., RunningMock], tmp_path: Path) -> Iterator[Callable[[Shop], Shop]]:
    """The same shop elsewhere, opened from the world that it was told as."""
    made: list[Shop] = []

    def go_on(shop: Shop) -> Shop:
        twin = Shop(gone_on(start_mock, shop.mock, tmp_path / "world"))
        twin.wamids = [*shop.wamids]
        made.append(twin)
        return twin

    yield go_on
    for twin in made:
        twin.client.close()


def alike(shop: Shop, twin: Shop) -> None:
    assert exported(twin.mock) == exported(shop.mock)
    assert twin.shown() == shop.shown()


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_was_just_opened_comes_back(sandbox_of: Callable[..., Sandbox], world: str) -> None:
    text = told(sandbox_of("xpressbot", world), "xpressbot")
    again = opened(text, "xpressbot", NOON + timedelta(days=400))
    assert told(again, "xpressbot") == text
    again.store.close()
    assert "now" not in {message["timestamp"][:3] for message in load_yaml(text)["messages"]}


def test_what_there_is_none_of_may_be_left_out_or_empty(sandbox_of: Callable[..., Sandbox]) -> None:
    text = told(sandbox_of("xpressbot", "empty"), "xpressbot")
    assert "agenda" not in load_yaml(text)
    again = opened(text.replace("labels: []", "labels: []\nagenda: []"), "xpressbot", NOON)
    assert told(again, "xpressbot") == text
    again.store.close()


def _busy_day(shop: Shop) -> None:
    """Something by every operation that writes, and messages at every step of every way."""
    for number, ending in enumerate(ENDINGS):
        sale = {"templateName": "summer_sale", "image": PICTURE, "body1": TEXTS[number], "apiReference": TEXTS[-number]}
        shop.act("/whatsapp/templates/send", {"to": f"+131294{ending}", **sale})
        shop.arrive(**{"from": f"+131294{ending}", "body": TEXTS[number], "name": TEXTS[-number]})
    for seconds in (2, 3, 60):
        shop.advance(seconds)
        for ending in ENDINGS:
            shop.act("/whatsapp/message/send", {"to": f"+131294{ending}", "body": "now"})
    shop.act("/whatsapp/message/send", {"to": JANE, "type": "document", "url": PICTURE, "caption": "", "filename": "a"})
    # Of one instant with the steps of others, planned before and after them; the writers become contacts when they write.
    shop.arrive(in_seconds=2, name="now")
    shop.act("/whatsapp/message/send", {"to": JANE, "body": "Hello"})
    shop.arrive(in_seconds=2, **{"from": "+31612345679"}, type="image", url=PICTURE)
    shop.arrive("ch_9Pz4sLfQk2", in_seconds=86_400)
    assert [shop.lead(shop.wamids[-5], "rejected"), shop.lead(shop.wamids[-3], "expired")] == [204, 204]


def _house_keeping(shop: Shop) -> None:
    shop.act("/custom-fields/manage", {"name": "now", "type": "dropdown", "options": ["no", "now"]})
    shop.act("/custom-fields/manage", {"name": "now-1d", "isRequired": True})
    values = {"now": "now", "now-1d": "null", "loyalty_points": 1e-5, "source": "0x1F"}
    shop.act(
        "/contacts/manage", {"phoneNumber": "+31612345670", "name": "~", "customFieldsData": values, "labelNames": ["now", "vip"]}
    )
    shop.act("/contacts/manage", {"phoneNumber": JANE, "labelNames": [], "customFieldsData": {"plan": ""}})
    # Values stay when their field takes something else from now on.
    shop.act("/custom-fields/manage", {"name": "source", "type": "number"})
    shop.act("/custom-fields/manage", {"name": "loyalty_points", "type": "date"})
    shop.act("/labels/manage", {"name": " now", "color": "#00ff00", "displayOrder": "-1", "description": ""})
    shop.act("/labels/manage", {"name": "vip", "description": "null"})
    shop.act("/labels/manage", {"name": "warranty", "displayOrder": 7}, "two_channels")
    shop.act("/automations/trigger", {"automationName": "welcome FLOW", "phoneNumber": "+31612345671"})


def test_a_long_story_goes_on_elsewhere(shop: Shop, goes_on: Callable[[Shop], Shop]) -> None:
    _busy_day(shop)
    _house_keeping(shop)
    assert shop.answered == {200}
    twin = goes_on(shop)
    alike(shop, twin)
    for seconds in (2, 65, 86_400, 31 * 86_400):
        assert twin.advance(seconds) == shop.advance(seconds)
        alike(shop, twin)
    # What is made from now on gets the same ids.
    for either in (shop, twin):
        either.act("/contacts/manage", {"phoneNumber": "+31612345672"})
        either.act("/whatsapp/templates/send", {"to": "+31612345673", "templateName": "brewing_class", "video": PICTURE})
    alike(shop, twin)


def test_a_clock_that_went_back_changes_no_order(shop: Shop, goes_on: Callable[[Shop], Shop]) -> None:
    for year in ("2031", "2021"):
        shop.mock.control.put("/clock", json={"mode": "frozen", "now": f"{year}-02-13T12:00:00Z"}).raise_for_status()
        shop.arrive(body=year)
        shop.act("/contacts/manage", {"phoneNumber": f"+3161234{year}"})
    alike(shop, goes_on(shop))


class Walk:
    """Steps by chance, each of them one that writes, or fails to."""

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self.shop, self.chance = shop, chance
        self.steps: list[Callable[[], Any]] = [
            self.send, self.send, self.fill, self.fill, self.arrive, self.arrive, self.advance, self.advance, self.lead,
            self.know, self.know, self.define, self.label, self.trigger,
        ]  # fmt: skip

    def text(self) -> str:
        return self.chance.choice(TEXTS)

    def number(self) -> str:
        return f"+131294{self.chance.choice(ENDINGS)}" if self.chance.random() < 0.7 else JANE

    def actor(self) -> str:
        return self.chance.choice(["owner", "owner", "two_channels", "stranger"])

    def send(self) -> None:
        media = {"type": "image", "url": PICTURE, "caption": self.text()}
        content = self.chance.choice([{"body": self.text()}, {"body": self.text(), "apiReference": self.text()}, media])
        self.shop.act("/whatsapp/message/send", {"to": self.number(), **content}, self.actor())

    def fill(self) -> None:
        template = self.chance.choice(["tasting_invitation", "flash_giveaway", "brewing_class"])
        variables = {"variables": [self.text(), self.text()]} if template == "tasting_invitation" else {"video": PICTURE}
        self.shop.act("/whatsapp/templates/send", {"to": self.number(), "templateName": template, **variables})

    def arrive(self) -> None:
        channels = [channel for part in self.shop.cast.values() for channel in part["channels"]]
        later, name = self.chance.choice([0, 0, 1, 2, 3, 3600, 86_400]), self.chance.choice([{}, {"name": self.text()}])
        letter = {"from": self.number(), "body": self.text(), "in_seconds": later, **name}
        self.shop.arrive(self.chance.choice([OWNERS, *channels]), **letter)

    def advance(self) -> None:
        self.shop.advance(self.chance.choice([0, 0.25, 1, 2, 3, 60, 3600, 90_000]))

    def lead(self) -> None:
        self.shop.lead(self.chance.choice(self.shop.wamids[-8:]), self.chance.choice(OUTCOMES))

    def know(self) -> None:
        known: list[dict[str, Any]] = [
            {"name": self.text()}, {"labelNames": [self.text().strip() for _ in range(2)]}, {"email": "now@example.com"},
            {"customFieldsData": {self.chance.choice(["plan", "source", "loyalty_points", "now"]): self.text()}},
        ]  # fmt: skip
        self.shop.act("/contacts/manage", {"phoneNumber": self.number(), **self.chance.choice(known)}, self.actor())

    def define(self) -> None:
        type = self.chance.choice(["text", "number", "dropdown", "date"])
        field = {"name": self.chance.choice(["plan", "source", "loyalty_points", "now"]), "type": type, "options": [self.text()]}
        self.shop.act("/custom-fields/manage", field, self.actor())

    def label(self) -> None:
        self.shop.act("/labels/manage", {"name": self.text(), "displayOrder": self.chance.randint(-2, 2)}, self.actor())

    def trigger(self) -> None:
        self.shop.act("/automations/trigger", {"automationName": "Welcome Flow", "phoneNumber": self.number()}, self.actor())


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_goes_on_elsewhere(shop: Shop, goes_on: Callable[[Shop], Shop], seed: int) -> None:
    chance = random.Random(seed)
    walk = Walk(shop, chance)
    for _ in range(30):
        chance.choice(walk.steps)()
    twin = goes_on(shop)
    alike(shop, twin)
    for seconds in (3, 100_000):
        assert twin.advance(seconds) == shop.advance(seconds)
        alike(shop, twin)


def test_the_story_knows_every_operation_that_reads() -> None:
    writes = {
        "/contacts/manage", "/custom-fields/manage", "/labels/manage", "/whatsapp/templates/send", "/whatsapp/message/send",
        "/automations/trigger",
    }  # fmt: skip
    assert {*_WHOLE, *_LISTS, "/whatsapp/message/status"} == load_spec("xpressbot")["paths"].keys() - writes
