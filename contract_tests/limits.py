"""Limits: at every limit that a contract states a request is taken, and one beyond it is refused; collected by pytest within a
run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import httpx
import pytest

from contract_tests import wire
from contract_tests.deployment import Api
from contract_tests.edges import spent
from contract_tests.edges.cases import Case, cases, repeats
from contract_tests.edges.requests import ABSENT, Documented, Request
from contract_tests.edges.standing import READING, reads, shown, texts
from contract_tests.edges.stated import Limit, stated
from contract_tests.edges.verdicts import Verdicts
from contract_tests.edges.window import pause
from contract_tests.laws import PATIENCE, law, stepping
from contract_tests.run import cast, current, spec

TOO_MANY = 429
REMOVING = "remove"
#: Limits that a documented statement tells: API, operation's field and keyword → ids.
PROVES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("bird", "body x-max-bytes 204800"): ("B05",),
    ("bird", "body.tags maxItems 10"): ("B26",),
    ("bird", "query.limit maximum 1000"): ("B19", "B29"),
    ("bird", "query.limit minimum 1"): ("B19", "B29"),
    ("xpressbot", "query.limit pattern longest"): ("X15",),
    ("tofrom", "body.body maxLength 1600"): ("T19",),
}


@cache
def _documented(api: str) -> Documented:
    return Documented(spec(api), api, cast(api)["owner"], current().deployment.can.get("recipients"))


@cache
def _cases(api: str) -> Mapping[Limit, Case]:
    return {case.limit: case for case in cases(spec(api), api, _limits(api), _documented(api))}


@cache
def _limits(api: str) -> list[Limit]:
    return stated(spec(api))


@cache
def _verdicts(api: str) -> Verdicts:
    return Verdicts(spec(api))


@cache
def _client(api: str) -> httpx.Client:
    return wire.client(current().deployment.base_url(api))


def _asked(api: str, request: Request) -> httpx.Response:
    reply = _client(api).request(**request.sent())
    if reply.status_code != TOO_MANY:
        return reply
    # Others may have spent what this minute had; that says nothing about the request.
    seconds = pause(reply)
    if seconds is None or seconds > PATIENCE:
        pytest.skip("Too many requests have been sent, and it takes too long until there is room again")
    time.sleep(seconds)
    return _client(api).request(**request.sent())


_known: dict[str, bool | None] = {}


def _served(api: str, case: Case) -> tuple[int, bool]:
    """Which of the documented requests is taken best, and whether it is served."""
    if case.limit.operation.get("x-side-effect") == REMOVING:
        # What the documented request removes could be missing to every other.
        return 0, False
    verdicts = [_known_verdict(api, case.limit, control) for control in case.controls]
    assert any(verdict is not None for verdict in verdicts), "the documented request itself is refused for its form"
    if True in verdicts:
        return verdicts.index(True), True
    return verdicts.index(False), False


def _known_verdict(api: str, limit: Limit, control: Request) -> bool | None:
    """Whether the documented request is served, sent once; None: not even its form is right."""
    sent = str((api, control))
    if sent not in _known:
        reply = _asked(api, control)
        _known[sent] = True if reply.status_code < 400 else False if _verdicts(api).taken(limit, reply) else None
    return _known[sent]


def _parameter(api: str, limit: Limit) -> Any:
    marks = [law(*PROVES[api, limit.name])] if (api, limit.name) in PROVES else []
    return pytest.param(limit, id=f"{limit.place} {limit.name}", marks=marks)


def _keeps_its_limits(api: str) -> Callable[..., None]:
    @pytest.mark.parametrize("limit", [_parameter(api, limit) for limit in _limits(api) if not repeats(limit)])
    def test(limit: Limit) -> None:
        case = _cases(api)[limit]
        if case.reason is not None:
            pytest.skip(f"No request can stand there: {case.reason}")
        number, served = _served(api, case)
        reply = _asked(api, case.at[number])
        assert _verdicts(api).taken(limit, reply, served=served), (
            f"{limit.name}: a request at the limit is refused with {reply.status_code}: {reply.text[:200]}"
        )
        reply = _asked(api, case.beyond[number])
        if wire.is_about_another(reply):
            pytest.skip("The gate put a pinned recipient in the place of the value")
        assert reply.status_code >= 400, f"{limit.name}: one beyond the limit is taken with {reply.status_code}"
        assert _verdicts(api).refused(limit, reply), (
            f"{limit.name}: one beyond the limit is refused with {reply.status_code}, not as documented: {reply.text[:200]}"
        )

    return test


def _changes_nothing(api: str) -> Callable[..., None]:
    writing = {str(limit.place) for limit in _limits(api) if limit.operation.get("x-side-effect") != READING}

    @pytest.mark.parametrize("place", sorted(writing))
    def test(place: str, request: pytest.FixtureRequest) -> None:
        wrong = [case.beyond[0] for limit, case in _cases(api).items() if str(limit.place) == place and case.reason is None]
        asked = reads(spec(api), api, _documented(api))
        if not wrong or not asked:
            pytest.skip("There is nothing to compare")
        own: Api = request.getfixturevalue(api)
        with _standing_still(own):
            before = shown(asked, lambda each: _asked(api, each))
            for each in wrong:
                _asked(api, each)
            after = shown(asked, lambda each: _asked(api, each))
        changed = [read for read in before if _differs(own, wrong, before[read], after.get(read, ""))]
        assert not changed, f"requests that were refused changed what {', '.join(changed)} shows"

    return test


def _standing_still(api: Api) -> AbstractContextManager[Any]:
    return stepping(api) if api.control is not None else nullcontext()


def _differs(api: Api, wrong: list[Request], before: str, after: str) -> bool:
    """Whether anything is shown that was not; where the clock goes on, only whether something refused is shown."""
    if api.control is not None:
        return before != after
    refused = {text for each in wrong if each.body is not ABSENT for text in texts(each.body)}
    return any(text in after and text not in before for text in refused)


for _api in current().apis:
    globals()[f"test_{_api}_keeps_its_limits"] = _keeps_its_limits(_api)
    globals()[f"test_{_api}_changes_nothing_by_refused_requests"] = _changes_nothing(_api)
    globals().update({name: test for name, test in vars(spent).items() if name.startswith(f"test_{_api}_")})
