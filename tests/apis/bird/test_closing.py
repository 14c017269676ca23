"""bird told as a world: what was told opens as the same state, which is told and answers like the first."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mockserver.apis.bird import files
from mockserver.data import MOUNTS, fixtures_path
from mockserver.engine.sandbox import Sandbox
from mockserver.worlds import written
from tests.apis.reopening import Answers, House, gathered, house, reopened, same_again

NOON = "2026-02-13T12:00:00Z"
#: Nobody listens there: each try fails at once.
NOWHERE = "http://127.0.0.1:9/hooks?a={b}|c"
PHONE = "+31612345678"
ENDINGS = ("34567", "99901", "99902", "99903", "99904", "99905")
#: What a file or its reader could take for something else.
ODD = (
    *("now", "now-2d", "yes", "0x1F", "1e3", "~", "2026-02-13", "a: b # c", "&x *y", "<<"),
    *("a\u0085b\u2028c", "\r\n \t", "\x7f\ufeff", "🦜", "- a\n\n  b "),
)


class Owner:
    """The owner of a house's world, and what happens to the owner's channels."""

    def __init__(self, asked: House, actor: str = "owner") -> None:
        self.asked = asked
        self.cast = asked.cast()[actor]
        self.headers = {"Authorization": f"AccessKey {self.cast['access_key']}"}
        self.home = f"/workspaces/{self.cast['workspace_id']}"
        self.subscriptions = f"/organizations/{self.cast['organization_id']}{self.home}/webhook-subscriptions"

    def channel(self, kind: str) -> str:
        return f"{self.home}/channels/{self.cast['channels'][kind]}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        done = self.asked.ask(method, path, headers=self.headers, json=body)
        assert done.status_code in (200, 201, 202, 204), done.text
        return done.json() if done.content else None

    def send(self, kind: str, *to: Any, **wanted: Any) -> dict[str, Any]:
        parties = [{"identifierValue": one} if isinstance(one, str) else one for one in to]
        said = {} if "template" in wanted else {"body": {"type": "text", "text": {"text": "hi"}}}
        body = {"receiver": {"contacts": parties}, **said, **wanted}
        sent: dict[str, Any] = self.call("POST", f"{self.channel(kind)}/messages", body)
        return sent

    def follow(self, event: str, **wanted: Any) -> str:
        body = {"service": "channels", "event": event, "url": NOWHERE, **wanted}
        return str(self.call("POST", self.subscriptions, body)["id"])

    def place(self, kind: str | None = None, content_type: str = "image/png") -> dict[str, Any]:
        where = f"{self.home}/channels" if kind is None else self.channel(kind)
        prepared: dict[str, Any] = self.call("POST", f"{where}/presigned-upload", {"contentType": content_type})
        return prepared

    def upload(self, place: dict[str, Any], content: bytes) -> int:
        path = urlsplit(place["uploadUrl"]).path.removeprefix(MOUNTS["bird"])
        return self.asked.ask("POST", path, data=place["uploadFormData"], files={"file": ("a", content)}).status_code

    def switch(self, kind: str, status: str) -> None:
        self.asked.do("PATCH", f"/bird{self.channel(kind)}", {"status": status})

    def write(self, kind: str, sender: str = PHONE, seconds: float = 0, text: str = "hello") -> None:
        body = {"type": "text", "text": {"text": text}}
        self.asked.do("POST", f"/bird{self.channel(kind)}/inbound", {"from": sender, "body": body, "in_seconds": seconds})

    def decide(self, message: dict[str, Any], outcome: str) -> None:
        self.asked.do("PUT", "/messages/outcome", {"api": "bird", "message_id": message["id"], "outcome": outcome})


class Reader:
    """Reads all that somebody can read, and remembers what came back."""

    def __init__(self, asked: House, actor: str) -> None:
        self._asked = asked
        self._actor = actor
        self._owner = Owner(asked, actor)
        self.said: Answers = {}

    def read(self, path: str) -> dict[str, Any]:
        """A reply."""
        got = self._asked.ask("GET", path, headers=self._owner.headers)
        assert got.status_code == 200, (path, got.text)
        self.said[f"{self._actor}: {path}"] = (got.status_code, got.content)
        body: dict[str, Any] = got.json()
        return body

    def list(self, path: str) -> list[dict[str, Any]]:
        """A list, and its last entry by itself."""
        entries: list[dict[str, Any]] = self.read(f"{path}?limit=1000")["results"]
        for entry in entries[-1:]:
            self.read(f"{path}/{entry['id']}")
        return entries

    def everything(self) -> None:
        """An address of every reading operation, in every workspace, with every filter."""
        organization = f"/organizations/{self._owner.cast['organization_id']}/workspaces"
        for workspace in self.list(organization):
            home = f"/workspaces/{workspace['id']}"
            self.read(f"{home}/available-webhooks")
            self.list(f"{organization}/{workspace['id']}/webhook-subscriptions")
            self.list(f"{home}/connectors")
            self.list(f"{home}/contacts")
            for project in self.list(f"{home}/projects"):
                self.list(f"{home}/projects/{project['id']}/channel-templates")
            for channel in self.list(f"{home}/channels"):
                self.list(f"{home}/channels/{channel['id']}/messages")
        self.narrowed(f"{self._owner.home}/channels/messages?limit=1000&")
        for name in ("contacts", "channels/messages", "channels/messages?reverse=true"):
            self.pages(f"{self._owner.home}/{name}", 30)

    def narrowed(self, path: str) -> None:
        """A list, through each of its filters."""
        for wanted in ("reverse=true", "status=sent&status=delivered", "tags=shipping", "direction=incoming", "platform=sms"):
            self.read(path + wanted)
        self.read(f"{path}startAt=2026-02-13T11:59:00Z&endAt=2026-02-13T12:00:05Z")

    def pages(self, path: str, limit: int) -> None:
        """A list as its pages give it: their tokens are the business of the sandbox that gave them."""
        found, more = [], ""
        while True:
            page = self._owner.call("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{more}")
            found += page["results"]
            if "nextPageToken" not in page:
                break
            more = f"&pageToken={page['nextPageToken']}"
        self.said[f"{self._actor}: {path} in pages"] = (200, repr(found).encode())


def answers(asked: House) -> Answers:
    """What every reading operation says to everybody."""
    said: Answers = {}
    for actor in ("owner", "stranger"):
        reader = Reader(asked, actor)
        reader.everything()
        said |= reader.said
    for medium in gathered(asked.app.sandbox, "bird").get("media", ()):
        got = asked.ask("GET", f"/media/{medium['id']}")
        said[f"media {medium['id']}"] = (got.status_code, got.content)
    return said


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_was_just_opened_is_told_and_opened_again(sandbox_of: Callable[..., Sandbox], world: str) -> None:
    original = sandbox_of("bird", world)
    fresh = reopened(original, "bird")
    assert gathered(fresh, "bird") == gathered(original, "bird")
    assert written(gathered(fresh, "bird")).encode() == written(gathered(original, "bird")).encode()
    fresh.store.close()


def test_telling_changes_nothing(sandbox_of: Callable[..., Sandbox]) -> None:
    sandbox = sandbox_of("bird")
    with sandbox.transaction("bird") as tx:
        drawn = tx.drawn
    gathered(sandbox, "bird")
    with sandbox.transaction("bird") as tx:
        assert tx.drawn == drawn


def test_what_is_empty_needs_no_word(sandbox_of: Callable[..., Sandbox]) -> None:
    told = gathered(sandbox_of("bird", "empty"), "bird")
    assert not {"contacts", "tags", "messages", "agenda", "media", "webhookSubscriptions"} & set(told)
    assert told["cast"]["owner"]["accessKey"] == "q7HnT2vXc9LwZr4KfYbD1sMgA8eUj3RiPo6N"


@pytest.mark.parametrize("world", ["default", "empty"])
def test_an_untouched_world_answers_alike_when_it_is_opened_again(tmp_path: Path, world: str) -> None:
    with house("bird", world) as original:
        original.stand(NOON)
        same_again(original, tmp_path / "world", answers, nothing, (3600, 86400))


def nothing(_asked: House) -> None:
    """Nothing is done."""


def begin(owner: Owner) -> None:
    """The first half of a long story: everything that can be written, and little of it at its end."""
    owner.follow(
        "sms.outbound", signingKey="ö: #", eventFilters=[{"key": "channelId", "value": owner.cast["channels"]["sms"].upper()}]
    )
    gone = owner.follow("email.outbound")
    owner.follow("whatsapp.inbound", eventFilters=[])
    owner.call("DELETE", f"{owner.subscriptions}/{gone}")
    for value in ODD:
        owner.call("POST", f"{owner.home}/contacts", {"attributes": {value: value, "list": [None, True, 1.5, {value: []}]}})
        owner.send("whatsapp", PHONE, body={"type": "text", "text": {"text": value}}, meta={"seen": value}, reference=value)
    twice = [{"key": "phone", "value": "+31600000001"}, {"key": "phonenumber", "value": "+31600000001"}]
    twice += [{"key": "email", "value": "Mixed.Case@Example.com"}]
    made = owner.call("POST", f"{owner.home}/contacts", {"displayName": "now+1d", "identifiers": twice})
    for ending in ENDINGS:
        owner.send("sms", f"+316123{ending}", tags=["New", "now", "new"], validity=3600)
    cc = [
        {"id": made["id"], "type": "to"},
        {"identifierValue": "MIXED.case@example.com", "type": "cc", "platformAddress": "x <y@z>"},
    ]
    owner.send("email", *cc, sender={"connector": {"identifierValue": "Shop"}}, replyTo={"id": "a", "type": "click", "order": 0})
    names = ("projectId", "version", "locale")
    owner.send("sms", PHONE, template={**{name: owner.cast["template"][name] for name in names}, "variables": {"order": "now"}})
    owner.send("sms", PHONE, scheduledFor="2026-02-13T13:05:00+01:00")
    owner.send("sms", PHONE, scheduledFor="2026-02-13T16:00:00.5+02:00", validity=30)
    owner.send("sms", PHONE, scheduledFor="2026-02-13T12:30:00z")
    owner.send("sms", "+31612399905", scheduledFor="2026-02-13T12:11:00Z", validity=7200)
    for seconds, sender in ((0, "+31655500001"), (90, "+31655500002"), (90, "+31655500003"), (7200, PHONE)):
        owner.write("sms", sender, seconds)
    owner.write("email", "stuck@example.com", 5)
    owner.place()
    owner.place("sms", 'text/plain; charset="utf-8"')
    bound, free = owner.place("whatsapp"), owner.place()
    assert owner.upload(bound, b"\x00picture\xff") == owner.upload(free, b"") == 204
    image = {"type": "image", "image": {"images": [{"mediaUrl": bound["mediaUrl"]}, {"mediaUrl": free["mediaUrl"]}]}}
    owner.send("whatsapp", PHONE, body=image)


def go_on(owner: Owner) -> None:
    """The second half: time goes by, and back, between what is done."""
    asked = owner.asked
    owner.switch("email", "inactive")
    # Its time runs out before the platform has it; that of the other one after it was refused.
    owner.send("whatsapp", PHONE, validity=1)
    owner.send("whatsapp", "+31612399902", validity=600)
    asked.advance(2.5)
    sent = [owner.send("sms", PHONE, reference=f"n{number}") for number in range(4)]
    for message, outcome in zip(sent, ("undelivered", "never", "slow", "expired"), strict=True):
        owner.decide(message, outcome)
    # Its time runs out in the instant of its last step: what was planned first comes first.
    owner.send("sms", PHONE, validity=6)
    asked.advance(1)
    owner.switch("inactive", "active")
    owner.send("inactive", "+31612399904")
    asked.stand("2026-02-13T11:00:00Z")
    owner.send("sms", PHONE, tags=["back"])
    owner.write("sms", "+31655500009")
    asked.stand("2026-02-13T12:00:04Z")
    asked.do("PUT", "/webhooks/disturbances", {"rules": [{"effect": "swap", "seconds": 300, "next": 1, "api": "bird"}]})
    owner.send("sms", PHONE)


def test_a_long_story_is_told_and_goes_on_alike(tmp_path: Path) -> None:
    with house("bird") as original:
        original.stand(NOON)
        begin(Owner(original))
        same_again(original, tmp_path / "begun", answers, lambda each: go_on(Owner(each)), ())
        told = gathered(original.app.sandbox, "bird")
        assert {kind for entry in told["agenda"] for kind in entry} == {"due", "chance", "step", "lapse", "receive"}
        stepping, lapsing = (
            {entry[deed]["messageId"] for entry in told["agenda"] if deed in entry} for deed in ("step", "lapse")
        )
        assert lapsing < stepping
        assert [one for one in told["messages"] if one["status"] == "delivery_failed" and "platformReferenceId" not in one]
        assert {one["attempt"] for delivery in told["deliveries"] for one in delivery["tries"]} >= {1, 2}
        assert [delivery["held"] for delivery in told["deliveries"] if "held" in delivery] == [True]
        assert {message["status"] for message in told["messages"]} >= {"scheduled", "accepted", "processing", "sent", "rejected"}
        same_again(original, tmp_path / "gone on", answers, nothing, (3, 3 * 86400))


def test_an_open_place_takes_its_file_in_another_sandbox(tmp_path: Path) -> None:
    with house("bird") as original:
        original.stand(NOON)
        open_place = Owner(original).place("sms")
        with house("bird", original.write(tmp_path / "world")) as again:
            owner = Owner(again)
            assert owner.upload({**open_place, "uploadFormData": {**open_place["uploadFormData"], "acl": "public"}}, b"x") == 403
            assert owner.upload(open_place, b"picture") == 204
            assert owner.upload(open_place, b"picture") == 409
            path = urlsplit(open_place["mediaUrl"]).path.removeprefix(MOUNTS["bird"])
            assert again.ask("GET", path).content == b"picture"


def test_a_large_file_stays_behind_and_messages_go_on_naming_it(tmp_path: Path) -> None:
    with house("bird") as original:
        original.stand(NOON)
        owner = Owner(original)
        large = owner.place("whatsapp")
        assert owner.upload(large, bytes(files.LARGEST_TO_GO + 1)) == 204
        body = {"type": "gif", "gif": {"mediaUrl": large["mediaUrl"]}}
        owner.send("whatsapp", PHONE, body=body)
        with house("bird", original.write(tmp_path / "world")) as again:
            path = urlsplit(large["mediaUrl"]).path.removeprefix(MOUNTS["bird"])
            assert original.ask("GET", path).status_code == 200
            assert again.ask("GET", path).json()["message"] == "No file is stored under this address."
            Owner(again).send("whatsapp", PHONE, body=body)
            assert again.app.sandbox.name == "default"


class Walk:
    """Steps at random, each of which is one that the owner could take."""

    def __init__(self, owner: Owner, seed: int) -> None:
        self._owner = owner
        self._random = random.Random(seed)
        self._sent: list[dict[str, Any]] = []
        self._followed: list[str] = []
        self._places: list[dict[str, Any]] = []
        self._moment = 0

    def step(self) -> None:
        """One of them."""
        deeds = (self.send, self.send, self.schedule, self.decide, self.write, self.follow, self.leave, self.meet)
        self._random.choice((*deeds, self.prepare, self.fill, self.switch, self.wait))()

    def send(self, **wanted: Any) -> None:
        kind = self._random.choice(("sms", "whatsapp", "email"))
        ending = self._random.choice(ENDINGS)
        outcomes = ("mail", "undelivered", "rejected", "expired", "slow", "never")
        to = f"{self._random.choice(outcomes)}@example.com" if kind == "email" else f"+316123{ending}"
        text = self._random.choice(("hi", "long " * 60, *ODD))
        tags = self._random.sample(("a", "B", "shipping", "now"), self._random.randrange(3))
        more = {"validity": self._random.choice((0, 3, 6, 90)), "tags": tags, **wanted}
        self._owner.switch(kind, "active")
        self._sent.append(self._owner.send(kind, to, body={"type": "text", "text": {"text": text}}, **more))

    def schedule(self) -> None:
        hour, minute = 12 + self._random.randrange(9), self._random.randrange(60)
        self.send(scheduledFor=f"2026-02-13T{hour:02}:{minute:02}:00+00:00")

    def decide(self) -> None:
        if self._sent:
            outcomes = ("delivered", "undelivered", "rejected", "expired", "slow", "never")
            self._owner.decide(self._random.choice(self._sent), self._random.choice(outcomes))

    def write(self) -> None:
        self._owner.switch("sms", "active")
        self._owner.write("sms", f"+3165550{self._random.randrange(10):04}", self._random.choice((0, 3, 3, 90, 5000)))

    def follow(self) -> None:
        event = f"{self._random.choice(('sms', 'email', 'whatsapp'))}.{self._random.choice(('inbound', 'outbound'))}"
        self._followed.append(self._owner.follow(event))

    def leave(self) -> None:
        if self._followed:
            gone = self._followed.pop(self._random.randrange(len(self._followed)))
            self._owner.call("DELETE", f"{self._owner.subscriptions}/{gone}")

    def meet(self) -> None:
        value = f"contact{self._random.getrandbits(40)}@example.com"
        identifiers = [{"key": "email", "value": value}] * self._random.randrange(3)
        self._owner.call("POST", f"{self._owner.home}/contacts", {"identifiers": identifiers, "displayName": value})

    def prepare(self) -> None:
        self._places.append(
            self._owner.place(self._random.choice((None, "sms", "email")), self._random.choice(("a/b", "image/png")))
        )

    def fill(self) -> None:
        if self._places:
            self._owner.upload(self._random.choice(self._places), self._random.randbytes(self._random.randrange(200)))

    def switch(self) -> None:
        kind = self._random.choice(("sms", "whatsapp", "email", "inactive"))
        self._owner.switch(kind, self._random.choice(("active", "inactive")))

    def wait(self) -> None:
        if self._random.random() < 0.15:
            self._owner.asked.stand(f"2026-02-13T11:{self._random.randrange(60):02}:00Z")
        else:
            self._owner.asked.advance(self._random.choice((0, 0.5, 1, 2, 3, 10, 700)))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_whatever_was_done_is_told_and_goes_on_alike(tmp_path: Path, seed: int) -> None:
    with house("bird", "default" if seed % 2 else "empty") as original:
        original.stand(NOON)
        walk = Walk(Owner(original), seed)
        for _ in range(40):
            walk.step()
        same_again(original, tmp_path / "world", answers, nothing, (4, 12 * 3600))


def test_a_served_folder_answers_as_the_mock_that_it_was_written_by(start_mock: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(fixtures_path() / "default", folder)
    with house("bird") as original:
        original.stand(NOON)
        owner = Owner(original)
        begin(owner)
        for name, text in original.files().items():
            (folder / name).write_text(text, "utf-8")
        served = start_mock(world=str(folder))
        for seconds in (0, 20, 4 * 3600):
            original.advance(seconds)
            served.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()
            for path in (f"{owner.home}/channels/messages?limit=1000", f"{owner.home}/contacts?limit=1000", owner.subscriptions):
                told = httpx.get(served.base("bird") + path, headers=owner.headers)
                assert told.content == original.ask("GET", path, headers=owner.headers).content
