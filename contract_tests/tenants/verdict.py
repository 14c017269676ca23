"""Verdict: whether the reply to an attempt is the one that its row expects."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import httpx

from contract_tests.laws import later
from contract_tests.tenants.attempts import Attempt
from contract_tests.tenants.rows import Row
from contract_tests.tenants.stage import Stage, ids_in

#: Instants differ between any two replies.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")


def judge(stage: Stage, row: Row, attempt: Attempt) -> None:
    """Send it; AssertionError says which operation, identity and place, what the contract says and what came."""
    with later(stage.api, attempt.later) if attempt.later else nullcontext():
        response = attempt.asked.send(stage.api.client)
    told = f"{row.place} by {row.identity} ({attempt.how})"
    came = f"{response.status_code} {response.text[:300]}"
    if not row.expected:
        assert response.status_code < 300, f"{told}: must be served, but came {came}"
        if row.apart and attempt.as_whom is not None:
            _assert_apart(stage, attempt, response, told)
        return
    declared = dict(stage.refusals.declared(str(row.place)))
    statuses = {declared[name] for name in row.expected}
    wanted = f"{' or '.join(row.expected)} ({', '.join(sorted(statuses))})"
    assert str(response.status_code) in statuses, f"{told}: the contract says {wanted}, but came {came}"
    names = stage.refusals.named(str(row.place), response.status_code, _json(response))
    if names or stage.api.deployment.profile == "mock":
        assert names & set(row.expected), f"{told}: the contract says {wanted}, but came {came}"
    if attempt.nowhere is not None:
        _assert_alike(stage, attempt.asked, response, replace(attempt, asked=attempt.nowhere), told)


def _assert_apart(stage: Stage, attempt: Attempt, response: httpx.Response, told: str) -> None:
    assert attempt.as_whom is not None
    own = set(ids_in(list(stage.shown(attempt.as_whom).values())))
    theirs = set(ids_in(list(stage.shown(stage.things()).values()))) - own
    shown = theirs & set(ids_in(_json(response)))
    assert not shown, f"{told}: shows what is the owner's: {', '.join(f'{name} {value}' for name, value in sorted(shown)[:5])}"


def _assert_alike(stage: Stage, asked: Any, response: httpx.Response, nowhere: Attempt, told: str) -> None:
    missing = nowhere.asked.send(stage.api.client)
    one, other = _plain(response, asked.said()), _plain(missing, nowhere.asked.said())
    assert one == other, f"{told}: can be told from what does not exist. It came {one}, and of what does not exist {other}"


def _plain(response: httpx.Response, said: list[str]) -> tuple[int, str, str]:
    """Status, media type and body, without what echoes the request and without instants."""
    text = response.text
    for value in sorted(said, key=len, reverse=True):
        text = text.replace(value, "·") if len(value) > 3 else text
    return response.status_code, response.headers.get("content-type", "").partition(";")[0], _INSTANT.sub("·", text)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
