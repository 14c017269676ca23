"""The outbox: deliveries committed with their cause, tried on schedule, disturbed on demand. Without HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.engine import disturbances, outbox
from mockserver.engine.clock import Clock, parse_rfc3339, rfc3339
from mockserver.engine.outbox import DeliveryUnknown
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.engine.store import SqliteStore

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
ONE, OTHER = "http://127.0.0.1:9/one", "http://127.0.0.1:9/other"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    store = SqliteStore()
    yield Sandbox(store, clock=Clock(frozen_at=NOON))
    store.close()


def post(tx: Transaction, name: str, url: str = ONE, **choices: Any) -> int:
    return outbox.post(tx, **{"webhook": "message", "event": "sms", "owner": "w", "url": url, "body": {"name": name}, **choices})


def posted(sandbox: Sandbox, *names: str, **choices: Any) -> list[int]:
    with sandbox.transaction("bird") as tx:
        return [post(tx, name, **choices) for name in names]


def disturb(sandbox: Sandbox, *rules: dict[str, Any]) -> None:
    with sandbox.transaction("control") as tx:
        disturbances.replace_all(tx.within("outbox"), [{"seconds": 60, **rule} for rule in rules])


def attempts_due(sandbox: Sandbox) -> list[tuple[float, str, int]]:
    """All attempts that are planned, in their order: seconds from noon, which delivery, the how-manieth."""
    found = []
    while job := sandbox.first_job():
        with sandbox.transaction("bird") as tx:
            assert (job.api, job.kind) == ("bird", outbox.DELIVER)
            name = outbox.read(tx, job.body["delivery"])["body"].split('"')[3]
            tx.cancel(job.number)
        found.append(((parse_rfc3339(job.due) - NOON).total_seconds(), name, job.body["attempt"]))
    return found


def read(sandbox: Sandbox, number: int) -> dict[str, Any]:
    with sandbox.transaction("control") as tx:
        return outbox.read(tx, number)


def tried(sandbox: Sandbox, number: int, attempt: int, http_status: int | None, seconds: float = 0) -> dict[str, Any]:
    entry = {"at": rfc3339(NOON), "number": attempt, "http_status": http_status, "error": None, "headers": {}}
    sandbox.clock.freeze(NOON + timedelta(seconds=seconds))
    with sandbox.transaction("bird") as tx:
        return outbox.tried(tx, number, entry, (10, 30))


def test_a_delivery_leaves_at_once_in_the_order_of_its_cause(sandbox: Sandbox) -> None:
    first, second = posted(sandbox, "a", "b")
    assert second == first + 1
    found = read(sandbox, first)
    assert (found["api"], found["status"], found["url"], found["attempts"]) == ("bird", "waiting", ONE, [])
    assert (found["body"], found["queued_at"]) == ('{"name":"a"}', rfc3339(NOON))
    assert attempts_due(sandbox) == [(0, "a", 1), (0, "b", 1)]


def test_a_delivery_is_forgotten_with_its_cause(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError):
        fail_after_posting(sandbox)
    assert sandbox.first_job() is None
    with pytest.raises(DeliveryUnknown):
        read(sandbox, 1)


def fail_after_posting(sandbox: Sandbox) -> None:
    with sandbox.transaction("bird") as tx:
        post(tx, "a")
        raise RuntimeError


@pytest.mark.parametrize("http_status", [200, 204, 299])
def test_what_is_taken_is_not_sent_again(sandbox: Sandbox, http_status: int) -> None:
    (number,) = posted(sandbox, "a")
    attempts_due(sandbox)
    assert tried(sandbox, number, 1, http_status)["status"] == "delivered"
    assert attempts_due(sandbox) == []


@pytest.mark.parametrize("http_status", [None, 199, 300, 307, 404, 500])
def test_what_is_not_taken_is_tried_again_on_schedule_until_it_is_exhausted(sandbox: Sandbox, http_status: int | None) -> None:
    (number,) = posted(sandbox, "a")
    attempts_due(sandbox)
    assert tried(sandbox, number, 1, http_status)["status"] == "waiting"
    assert attempts_due(sandbox) == [(10, "a", 2)]
    assert tried(sandbox, number, 2, http_status, seconds=10)["status"] == "waiting"
    assert attempts_due(sandbox) == [(40, "a", 3)]
    after = tried(sandbox, number, 3, http_status, seconds=40)
    assert after["status"] == "exhausted"
    assert [entry["number"] for entry in after["attempts"]] == [1, 2, 3]
    assert attempts_due(sandbox) == []


def test_what_is_sent_again_by_hand_has_all_attempts_before_it(sandbox: Sandbox) -> None:
    (number,) = posted(sandbox, "a")
    attempts_due(sandbox)
    tried(sandbox, number, 3, 500)
    with sandbox.transaction("control") as tx:
        assert outbox.redeliver(tx, number)["status"] == "waiting"
    assert attempts_due(sandbox) == [(0, "a", 1)]
    with sandbox.transaction("control") as tx, pytest.raises(DeliveryUnknown):
        outbox.redeliver(tx, 99)


def test_what_is_given_up_says_why(sandbox: Sandbox) -> None:
    (number,) = posted(sandbox, "a")
    with sandbox.transaction("bird") as tx:
        outbox.given_up(tx, number, outbox.FORBIDDEN, "beyond this machine")
    found = read(sandbox, number)
    assert (found["status"], found["attempts"][0]["error"]) == ("forbidden", "beyond this machine")


def test_deliveries_are_found_by_what_they_are(sandbox: Sandbox) -> None:
    posted(sandbox, "a", "b")
    posted(sandbox, "c", url=OTHER, event="whatsapp")
    with sandbox.transaction("control") as tx:
        found, total = outbox.page(tx, {"event": "sms"}, limit=1, offset=1)
        assert ([delivery["id"] for delivery in found], total) == ([2], 2)
        assert outbox.page(tx, {"url": OTHER, "api": "bird", "owner": "w", "status": "waiting"}, limit=5)[1] == 1
        assert outbox.page(tx, {"status": "delivered"}, limit=5) == ([], 0)


def test_only_so_many_are_remembered(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "REMEMBERED", 2)
    posted(sandbox, "a", "b", "c")
    with pytest.raises(DeliveryUnknown):
        read(sandbox, 1)
    assert read(sandbox, 2)["id"] == 2


def test_twice_is_sent_two_times(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "twice"})
    posted(sandbox, "a")
    assert attempts_due(sandbox) == [(0, "a", 1), (0, "a", 1)]


def test_late_is_sent_after_its_time(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "late", "seconds": 90, "next": 1})
    posted(sandbox, "a", "b")
    assert attempts_due(sandbox) == [(0, "b", 1), (90, "a", 1)]


def test_dropped_is_never_sent_but_known(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "drop", "next": 1})
    first, _ = posted(sandbox, "a", "b")
    assert attempts_due(sandbox) == [(0, "b", 1)]
    assert read(sandbox, first)["status"] == "dropped"


def test_swapped_is_sent_after_the_next_one_to_the_same_address(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "swap", "next": 1})
    (first,) = posted(sandbox, "a")
    assert read(sandbox, first)["status"] == "held"
    posted(sandbox, "elsewhere", url=OTHER)
    posted(sandbox, "b", "c")
    assert read(sandbox, first)["status"] == "waiting"
    assert [name for _, name, _ in attempts_due(sandbox)] == ["elsewhere", "b", "a", "c"]


def test_swapped_for_good_means_pair_by_pair(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "swap"})
    posted(sandbox, "a", "b", "c", "d")
    assert [name for _, name, _ in attempts_due(sandbox)] == ["b", "a", "d", "c"]


def test_swapped_is_sent_alone_if_none_follows_in_its_time(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "swap", "seconds": 30, "next": 1})
    posted(sandbox, "a")
    assert attempts_due(sandbox) == [(30, "a", 1)]


def test_a_rule_is_for_what_fits_it_and_for_so_many(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "drop", "event": "whatsapp"}, {"effect": "drop", "url": OTHER, "next": 2})
    posted(sandbox, "a")
    posted(sandbox, "b", event="whatsapp")
    posted(sandbox, "c", "d", "e", url=OTHER)
    assert [name for _, name, _ in attempts_due(sandbox)] == ["a", "e"]
    with sandbox.transaction("control") as tx:
        left = disturbances.all_rules(tx.within("outbox"))
    assert left == [{"seconds": 60, "effect": "drop", "event": "whatsapp"}]
    disturb(sandbox)
    posted(sandbox, "f", event="whatsapp")
    assert [name for _, name, _ in attempts_due(sandbox)] == ["f"]


def resumed(told: list[dict[str, Any]]) -> Sandbox:
    other = Sandbox(SqliteStore(), clock=Clock(frozen_at=NOON))
    with other.transaction("bird") as tx:
        outbox.resume(tx, told)
        assert outbox.under_way(tx) == told
    return other


def under_way(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.transaction("bird") as tx:
        return outbox.under_way(tx)


def test_what_is_still_to_be_tried_goes_on_elsewhere(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "late", "next": 1}, {"effect": "twice", "next": 1})
    _, _, plain = posted(sandbox, "late", "twice", "plain", facts={"secret": "s"})
    with sandbox.transaction("tofrom") as tx:
        post(tx, "elsewhere")
    tried(sandbox, plain, 1, 500)
    other = resumed(under_way(sandbox))
    assert [(one["body"]["name"], one["facts"], len(one["tries"])) for one in under_way(sandbox)] == [
        ("late", {"secret": "s"}, 1), ("twice", {"secret": "s"}, 2), ("plain", {"secret": "s"}, 2)
    ]  # fmt: skip
    with sandbox.transaction("tofrom") as tx:
        tx.cancel(tx.planned(outbox.DELIVER)[0].number)
    assert attempts_due(other) == attempts_due(sandbox)
    other.store.close()


def test_what_was_held_back_leaves_elsewhere_with_the_next_to_its_address(sandbox: Sandbox) -> None:
    disturb(sandbox, {"effect": "swap", "next": 1})
    posted(sandbox, "held")
    other = resumed(under_way(sandbox))
    assert read(other, 1)["status"] == "held"
    posted(other, "successor")
    assert attempts_due(other) == [(0, "successor", 1), (0, "held", 1)]
    other.store.close()


def test_what_was_taken_before_its_next_try_is_tried_nowhere(sandbox: Sandbox) -> None:
    (number,) = posted(sandbox, "a")
    with sandbox.transaction("bird") as tx:
        tx.cancel(tx.planned(outbox.DELIVER)[0].number)
    tried(sandbox, number, 1, 500)
    tried(sandbox, number, 1, 200)
    assert under_way(sandbox) == []
    assert [attempt for _, _, attempt in attempts_due(sandbox)] == [2]
