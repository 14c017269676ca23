"""Webhooks: what an API tells by itself, received and checked: body, headers, signature, attempts and order; collected by pytest
within a run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from contract_tests.deployment import Api
from contract_tests.hooks.judged import Judged
from contract_tests.hooks.restlink import Restlink
from contract_tests.hooks.sender import FRESH, Sender
from contract_tests.hooks.senders import SENDERS
from contract_tests.laws import PATIENCE, law, stepping
from contract_tests.receiver import Answer, Received, Receiver, Says, receiving, taken
from contract_tests.run import current, spec

#: API → documented statements that a signature proves.
SIGNED: dict[str, tuple[str, ...]] = {"restlink": ("R18",)}
Step = Callable[[float], None]
#: In seconds: a moment before an attempt is due, and after it, where nobody else moves the clock.
JUST, SLACK = 1.0, 2.0
SOON = 5.0
#: So long after the last attempt there must not be another.
SILENCE = 6 * 3600.0
ELSEWHERE = "/elsewhere"
ASSUMED = "assumed"


@cache
def _judged(api: str) -> Judged:
    return Judged(spec(api))


@contextmanager
def _told(api: Api, answer: Answer = taken) -> Iterator[tuple[Sender, Receiver, Step]]:
    """The API sends to a receiver while time stands still, or goes on where it cannot be stopped."""
    sender = SENDERS[api.name](api, _judged(api.name))
    with receiving(answer, api.deployment) as receiver, stepping(api) as step, sender.listening(receiver):
        yield sender, receiver, step


def _patience(api: Api) -> float:
    """Seconds until what happens must have been told."""
    return PATIENCE / 4 if api.control is None else SOON


def _first(sender: Sender, receiver: Receiver, caused: str) -> Received:
    """The first that is told of what was made to happen."""
    came = receiver.wait_for(lambda one: one.path != ELSEWHERE and sender.tells_of(one, caused), timeout=_patience(sender.api))
    assert came, "what happens is told to the address that was given for it"
    return came[0]


def _attempts(sender: Sender, receiver: Receiver, first: Received, count: int) -> list[Received]:
    """All attempts at the same delivery, as soon as there are so many, or in a moment."""
    identity = sender.identity(first)
    return receiver.wait_for(lambda one: one.method == "POST" and sender.identity(one) == identity, count, timeout=JUST)


def _keeps_its_contract(api: str) -> Callable[..., None]:
    @pytest.mark.parametrize("event", list(_judged(api).events))
    def test(event: str, request: pytest.FixtureRequest) -> None:
        with _told(request.getfixturevalue(api)) as (sender, receiver, step):
            happens = sender.each_event()
            assert happens.keys() == _judged(api).events.keys(), "every event of the contract can be brought about"
            happens[event]()
            step(sender.at_last)
            came = receiver.wait_for(lambda one: sender.event(one) == event, timeout=_patience(sender.api))
            assert came, f"{event} is told"
            for one in list(receiver.received):
                problems = list(_judged(api).problems(sender.event(one), one))
                assert not problems, f"a webhook that tells of {sender.event(one)} breaks the contract: {'; '.join(problems)}"

    return test


def _is_signed(api: str) -> Callable[..., None]:
    def test(request: pytest.FixtureRequest) -> None:
        with _told(request.getfixturevalue(api)) as (sender, receiver, _step):
            now = sender.now()
            one = _first(sender, receiver, sender.cause())
            assert sender.proven(one, one.body), "the signature is the one that the documented formula gives"
            assert abs(sender.signed_at(one) - now) < FRESH, "what is told now was signed now"
            if sender.covers_the_body:
                for place in (0, len(one.body) // 2, len(one.body) - 1):
                    changed = one.body[:place] + bytes([one.body[place] ^ 1]) + one.body[place + 1 :]
                    assert not sender.proven(one, changed), "with any other body the signature is wrong"
            sender.key = sender.key[::-1] + "x"
            assert not sender.covers_the_body or not sender.proven(one, one.body), "with any other key it is wrong as well"

    return law(*SIGNED[api])(test) if api in SIGNED else test


def _comes_again(api: str) -> Callable[..., None]:
    """By the documented pauses, the same delivery each time, until it is taken; then never more."""

    def test(request: pytest.FixtureRequest) -> None:
        own: Api = request.getfixturevalue(api)
        pauses = _bearable(own)
        answers: dict[str, int] = {}

        def answer(one: Received) -> int:
            identity = sender.identity(one)
            answers[identity] = answers.get(identity, 0) + 1
            return 204 if answers[identity] > len(pauses) else 503

        with _told(own, answer) as (sender, receiver, step):
            first = _first(sender, receiver, sender.cause())
            came = _follow(sender, receiver, step, first, pauses)
            assert {one.body for one in came} == {first.body}, "every attempt tells the same"
            for one in came:
                assert sender.proven(one, one.body), "every attempt is signed"
            signed = [sender.signed_at(one) for one in came]
            elapsed = sum(pauses) if sender.signs_anew else 0.0
            assert abs(signed[-1] - signed[0] - elapsed) <= SLACK + JUST, "its moment is documented: anew, or the first one's"
            if own.control is not None:
                step(SILENCE)
                assert len(_attempts(sender, receiver, first, len(came) + 1)) == len(came), "what was taken is not told again"

    return test


def _bearable(api: Api) -> list[float]:
    """As many of the documented pauses as can be waited for."""
    pauses = _judged(api.name).pauses
    if api.control is not None:
        return pauses
    if _judged(api.name).provenance == ASSUMED:
        pytest.skip("When it is tried again is no source's word")
    known = [pause for place, pause in enumerate(pauses) if sum(pauses[: place + 1]) <= PATIENCE]
    if not known:
        pytest.skip("needs the clock of a mock: the pauses are too long to wait for")
    return known


def _follow(sender: Sender, receiver: Receiver, step: Step, first: Received, pauses: list[float]) -> list[Received]:
    """All attempts, each seen to come when it is due and not a moment before."""
    mock = sender.api.control is not None
    for number, pause in enumerate(pauses, 1):
        step(pause - JUST if mock else max(0.0, pause - JUST - (time.time() - _last(sender, receiver, first).at)))
        early = len([one for one in list(receiver.received) if sender.identity(one) == sender.identity(first)])
        assert early == number, f"attempt {number + 1} comes {pause:g} seconds after the last one, not before"
        step(JUST if mock else JUST + SLACK)
        came = _attempts(sender, receiver, first, number + 1)
        assert len(came) == number + 1, f"attempt {number + 1} comes {pause:g} seconds after the last one, and comes once"
    return came


def _last(sender: Sender, receiver: Receiver, first: Received) -> Received:
    return [one for one in list(receiver.received) if sender.identity(one) == sender.identity(first)][-1]


def _gives_up(api: str) -> Callable[..., None]:
    def test(request: pytest.FixtureRequest) -> None:
        own: Api = request.getfixturevalue(api)
        if own.control is None:
            pytest.skip("needs the clock of a mock: only the last attempt shows that there is no other")
        with _told(own, lambda _: 500) as (sender, receiver, step):
            first = _first(sender, receiver, sender.cause())
            step(sum(_judged(api).pauses) + SILENCE)
            tries = len(_judged(api).pauses) + 1
            assert len(_attempts(sender, receiver, first, tries + 1)) == tries, f"after {tries} attempts nobody tries again"

    return test


def _counts_as_refused(api: str, answers: dict[str, Says]) -> Callable[..., None]:
    @pytest.mark.parametrize("said", answers)
    def test(said: str, request: pytest.FixtureRequest) -> None:
        own: Api = request.getfixturevalue(api)
        (pause, *_) = _bearable(own)

        def answer(one: Received) -> Says:
            location = {"Location": f"{receiver.url}{ELSEWHERE}"} if 300 <= answers[said].status < 400 else {}
            return answers[said]._replace(headers=location)

        with _told(own, answer) as (sender, receiver, step):
            first = _first(sender, receiver, sender.cause())
            came = _follow(sender, receiver, step, first, [pause])
            assert len(came) > 1, f"{said} is no taking"
            assert not receiver.at(ELSEWHERE), "no redirect is followed"

    return test


def _runs_out_of_time(api: str) -> Callable[..., None]:
    def test(request: pytest.FixtureRequest) -> None:
        own: Api = request.getfixturevalue(api)
        judged = _judged(api)
        if judged.provenance == ASSUMED:
            pytest.skip("How long a receiver has for its answer is no source's word")
        (pause, *_) = _bearable(own)
        slept: list[float] = []

        def answer(_one: Received) -> int:
            if not slept:
                slept.append(judged.timeout + JUST)
                time.sleep(slept[0])
            return 204

        with _told(own, answer) as (sender, receiver, step):
            first = _first(sender, receiver, sender.cause())
            if own.control is None:
                step(pause + SLACK)
            else:
                time.sleep(judged.timeout + JUST / 2)
                step(pause)
            assert len(_attempts(sender, receiver, first, 2)) == 2, f"after {judged.timeout:g} seconds no answer counts"

    return test


def _in_order(api: str) -> Callable[..., None]:
    """Each of a thing's changes is told once, in the order in which they happened."""

    def test(request: pytest.FixtureRequest) -> None:
        with _told(request.getfixturevalue(api)) as (sender, receiver, step):
            caused = sender.message() if isinstance(sender, Restlink) else sender.cause()
            step(sender.at_last)
            _first(sender, receiver, caused)
            told = [one for one in list(receiver.received) if sender.tells_of(one, caused)]
            identities = [sender.identity(one) for one in told]
            assert len(set(identities)) == len(identities), "what was taken is told once"
            moments = [sender.happened_at(one) for one in told]
            assert moments == sorted(moments), "what happened first is told first"

    return test


def _sends_none() -> None:
    pytest.skip("The contract knows of no webhooks")


#: What a receiver says → the answer; none of them takes the webhook.
NOT_TAKEN = {"404": Says(404), "a redirect": Says(302), "nothing": Says(0)}

for _api in current().apis:
    if _api not in SENDERS:
        globals()[f"test_{_api}_has_no_webhooks"] = _sends_none
    else:
        globals()[f"test_{_api}_webhooks_keep_their_contract"] = _keeps_its_contract(_api)
        globals()[f"test_{_api}_webhooks_are_signed"] = _is_signed(_api)
        globals()[f"test_{_api}_webhooks_come_again_until_they_are_taken"] = _comes_again(_api)
        globals()[f"test_{_api}_webhooks_end_after_the_last_attempt"] = _gives_up(_api)
        globals()[f"test_{_api}_webhooks_come_again_unless_they_are_taken"] = _counts_as_refused(_api, NOT_TAKEN)
        globals()[f"test_{_api}_webhooks_wait_for_no_late_answer"] = _runs_out_of_time(_api)
        globals()[f"test_{_api}_webhooks_come_in_order"] = _in_order(_api)
