"""What a run has created is removed by those who made it, the last first; the rest is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from contract_tests.gate.budget import Allowance, Budget
from contract_tests.gate.ledger import Ledger
from contract_tests.gate.proxy import Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.streak import Streak
from contract_tests.gate.teardown import Leak, teardown
from tests.contract_tests.gate.things import terms

TERMS = terms()


class Rooms(BaseHTTPRequestHandler):
    """Makes things and notes what is removed by whom."""

    made = 0
    removed: list[tuple[str, str | None]] = []
    removing = 204
    reached, goes_on = threading.Event(), threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/rooms?slowly":
            self.reached.set()
            self.goes_on.wait(10)
        type(self).made += 1
        self.answer(201, {"id": f"n{self.made}"})

    def do_DELETE(self) -> None:
        self.removed.append((self.path, self.headers["X-Key"]))
        self.answer(self.removing)

    def answer(self, status: int, said: Any = None) -> None:
        raw = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def run(removing: int = 204, closing: int = 10) -> Iterator[tuple[httpx.Client, Gate, Ledger]]:
    Rooms.made, Rooms.removed, Rooms.removing = 0, [], removing
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rooms)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    ledger = Ledger({"toy": TERMS}, {"toy": base}, lambda _: False, lambda _: False)
    rules = [Streak(1000), ledger, Budget({"toy": TERMS}, Allowance(calls=5, closing=closing))]
    gate = Gate([Mount("toy", "/toy", base, Routes(TERMS.spec))], rules)
    try:
        with gate.open() as url, httpx.Client(base_url=f"{url}/toy", headers={"X-Key": "k1"}) as client:
            yield client, gate, ledger
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_last_is_removed_first_by_who_made_it() -> None:
    with run() as (client, gate, ledger):
        client.post("/rooms")
        client.post("/rooms/n1/chairs", headers={"X-Key": "k2", "Content-Type": "text/plain", "Idempotency-Key": "1"})
        client.post("/tenants/t%201/keys", headers={"X-Key": "k3"})
        assert teardown(gate, ledger) == []
    assert Rooms.removed == [("/tenants/t%201/keys/n3", "k3"), ("/rooms/n1/chairs/n2", "k2"), ("/rooms/n1", "k1")]


def test_what_is_gone_is_not_removed_again_nor_what_was_in_it() -> None:
    with run() as (client, gate, ledger):
        client.post("/rooms")
        client.post("/rooms/n1/chairs")
        client.delete("/rooms/n1")
        assert teardown(gate, ledger) == []
    assert Rooms.removed == [("/rooms/n1", "k1")]


@pytest.mark.parametrize(("status", "leaks"), [(404, 0), (410, 0), (403, 1), (500, 1)])
def test_what_is_not_there_counts_as_removed(status: int, leaks: int) -> None:
    with run(removing=status) as (client, gate, ledger):
        client.post("/rooms")
        told = teardown(gate, ledger)
    assert told == [Leak("toy", "POST /rooms", "n1", f"DELETE /rooms/{{room}} was answered with {status}")] * leaks


def test_what_cannot_be_removed_is_told() -> None:
    with run() as (client, gate, ledger):
        client.post("/notes")
        told = teardown(gate, ledger)
    assert told == [Leak("toy", "POST /notes", "n1", "No operation of the contract names it")]
    assert Rooms.removed == []


def test_tidying_up_goes_on_when_the_budget_is_spent_and_ends_with_its_own() -> None:
    with run(closing=2) as (client, gate, ledger):
        for _ in range(6):
            client.post("/rooms")
        told = teardown(gate, ledger)
    assert [path for path, _ in Rooms.removed] == ["/rooms/n5", "/rooms/n4"]
    assert [(leak.id, leak.why) for leak in told] == [(f"n{each}", "The 2 calls for tidying up are spent") for each in (3, 2, 1)]


def test_what_is_still_under_way_is_waited_for_and_nothing_leaves_any_more() -> None:
    with run() as (client, gate, ledger), ThreadPoolExecutor(1) as pool:
        making = pool.submit(client.post, "/rooms?slowly")
        assert Rooms.reached.wait(10)
        threading.Timer(0.2, Rooms.goes_on.set).start()
        assert teardown(gate, ledger) == []
        assert making.result().status_code == 201
        assert client.post("/rooms").headers["X-Understudy-Refused"] == "The%20run%20is%20over"
    assert (Rooms.removed, Rooms.made) == ([("/rooms/n1?slowly", "k1")], 1)


def test_a_leak_tells_no_secret() -> None:
    with run(removing=403) as (client, gate, ledger):
        client.post("/rooms", headers={"X-Key": "geheim"})
        assert "geheim" not in f"{teardown(gate, ledger)}{ledger.entries}"
