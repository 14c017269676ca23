"""What the gate keeps of its exchanges, and that it never takes more room than it has."""

from __future__ import annotations

import pytest

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder

ROOM = 64 * 1024


def kept(recorder: Recorder) -> list[int]:
    return [each.number for each in recorder.all()]


def made(number: int, *, header: bytes = b"", body: bytes = b"", reply: bytes = b"") -> Exchange:
    headers = [("X-A", header.decode())]
    return Exchange(number, "toy", "GET", "/a", headers, body, reply_headers=headers, reply_body=reply)


@pytest.mark.parametrize("where", ["header", "body", "reply"])
def test_the_oldest_go_when_there_is_no_room(where: str) -> None:
    recorder = Recorder(ROOM)
    for number in range(100):
        recorder.keep(made(number, **{where: b"x" * 3000}))
    numbers = kept(recorder)
    assert numbers == list(range(100 - len(numbers), 100))
    assert 5 < len(numbers) <= ROOM // 3000


def test_those_that_weigh_nothing_are_bounded_too() -> None:
    recorder = Recorder(ROOM)
    for number in range(1000):
        recorder.keep(made(number))
    assert 10 < len(kept(recorder)) < 64


def test_of_a_large_body_the_beginning_is_kept_and_the_exchange_stays_as_it_is() -> None:
    recorder = Recorder(ROOM)
    large = made(1, body=b"a" * ROOM, reply=b"b" * ROOM)
    recorder.keep(large)
    recorder.keep(made(2))
    first, _ = recorder.all()
    assert (len(first.body), len(first.reply_body)) == (ROOM // 16, ROOM // 16)
    assert (len(large.body), len(large.reply_body)) == (ROOM, ROOM)


def test_exchanges_are_found_by_their_numbers_in_the_order_asked_for() -> None:
    recorder = Recorder(ROOM)
    for number in (1, 2, 3):
        recorder.keep(made(number))
    assert [each.number for each in recorder.of([3, 9, 1])] == [3, 1]
