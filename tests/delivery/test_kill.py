"""A process that is killed between the commit and the sending: its successor sends what was promised, at least once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Received, receiving
from mockserver.app import cast

TOKEN = "kill-test"
NOON = "2026-02-13T12:00:00Z"


class Life:
    """One process of ``understudy serve restlink`` over a state file."""

    def __init__(self, state: Path) -> None:
        command = [sys.executable, "-m", "mockserver", "serve", "restlink", "--port", "0", "--state", str(state)]
        environment = {**os.environ, "UNDERSTUDY_CONTROL_TOKEN": TOKEN}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        url = next(found[0] for line in self.process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        key = {"X-API-Key": cast("restlink")["owner"]["api_keys"]["16"]}
        self.client = httpx.Client(base_url=f"{url}/restlink/api/v1", headers=key, timeout=30)
        self.control = httpx.Client(base_url=f"{url}/_understudy", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)

    def listen(self, url: str) -> None:
        self.client.put("/user/webhooks", json={"delivery_url": url}).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.close()

    def close(self) -> None:
        self.client.close()
        self.control.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=15)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[[], Life]]:
    lives: list[Life] = []

    def begin() -> Life:
        lives.append(Life(tmp_path / "state.db"))
        return lives[-1]

    yield begin
    for life in lives:
        life.close()


class Hanging:
    """Takes so many, then hangs until it is told to go on."""

    def __init__(self, taken: int) -> None:
        self._left = taken
        self.released = threading.Event()

    def __call__(self, _received: Received) -> int:
        self._left -= 1
        if self._left < 0:
            self.released.wait(20)
        return 200


def test_what_was_on_its_way_when_the_process_was_killed_is_sent_by_the_next_one_by_itself(live: Callable[[], Life]) -> None:
    hanging = Hanging(taken=0)
    with receiving(hanging) as receiver:
        first = live()
        first.listen(receiver.url)
        first.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
        assert receiver.wait(1)
        first.kill()
        hanging.released.set()
        second = live()
        before, after = receiver.wait(2)
        assert before.body == after.body
        wish = {"count": 1, "timeout": 10}
        assert second.control.post("/webhooks/deliveries/wait", json=wish).json()["met"]


def test_none_of_many_is_lost_and_none_that_was_noted_comes_twice(live: Callable[[], Life]) -> None:
    hanging = Hanging(taken=6)
    with receiving(hanging) as receiver:
        first = live()
        first.control.put("/clock", json={"mode": "frozen", "now": NOON}).raise_for_status()
        first.listen(receiver.url)
        numbers = [f"+141555510{number:02}" for number in range(20)]
        sms = {"to": numbers, "message": "hi", "sender_id": "MyApp"}
        ids = {one["message_id"] for one in first.client.post("/sms/send", json=sms).raise_for_status().json()["messages"]}
        advancing = threading.Thread(target=cut_off, args=(first.advance, 2))
        advancing.start()
        assert len(receiver.wait(7)) >= 7
        first.kill()
        advancing.join(10)
        noted = [one.json["message_id"] for one in receiver.received[:5]]
        hanging.released.set()
        second = live()
        assert second.control.get("/clock").json() == {"now": "2026-02-13T12:00:00.000000Z", "mode": "frozen"}
        second.advance(2)
        arrived = Counter(one.json["message_id"] for one in receiver.received)
        assert set(arrived) == ids
        assert all(arrived[id] == 1 for id in noted)
        assert all(one.json["status"] == "sent" for one in receiver.received)


def cut_off(deed: Callable[..., Any], *words: Any) -> None:
    with pytest.raises(httpx.HTTPError):
        deed(*words)
