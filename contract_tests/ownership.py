"""Ownership: every operation by every identity, and nobody gets at what is another's; collected by pytest within a run.

A test is one operation by one identity. Its request is the one that the owner was served with, but for who asks or whose id it
names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later
from contract_tests.run import current, spec
from contract_tests.tenants import apis
from contract_tests.tenants.attempts import Attempt, by_owner
from contract_tests.tenants.rows import OWNER, UNCHANGED, Row, Rows
from contract_tests.tenants.stage import Stage, ids_in

#: Instants differ between any two replies.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_GONE_AFTER = "remove"


class Block:
    """The rows of one operation: all requests are made before the first is sent, so that nothing but they happens between two
    looks at what the actors have.
    """

    def __init__(self, stage: Stage, rows: list[Row]) -> None:
        self.stage, self.rows = stage, rows
        self._served: dict[str | None, BaseException | None] = {}
        self._made: dict[str, list[Attempt] | BaseException] | None = None
        self._before: dict[str, dict[str, object]] | None = None

    def served(self, scheme: str | None) -> BaseException | None:
        """Why the owner's own request is not served, asked once for each scheme: else to refuse it to others proves nothing."""
        if scheme not in self._served:
            self._served[scheme] = _caught(lambda: self._serve(scheme))
        return self._served[scheme]

    def _serve(self, scheme: str | None) -> None:
        row = self.rows[0]
        if scheme is None or (row.operation_id, scheme) in self.stage.knowledge.closed:
            return
        _, operation = self.stage.operations[row.operation_id]
        for attempt in by_owner(row.operation_id, scheme)(self.stage):
            response = attempt.asked.send(self.stage.api.client)
            assert response.status_code < 300, f"{row.place} by the owner answers {response.status_code} {response.text[:200]}"
            if operation.get("x-side-effect") == _GONE_AFTER:
                for name in attempt.asked.path:
                    if name != self.stage.knowledge.home:
                        self.stage.things().forget(name)

    def attempts(self, row: Row) -> list[Attempt]:
        """The row's requests; skips the test where they cannot be made."""
        assert row.attempts is not None
        if not row.expected:
            return list(row.attempts(self.stage))
        if self._made is None:
            for scheme in dict.fromkeys(each.scheme for each in self.rows):
                self.served(scheme)
            self._made = {}
            for each in self.rows:
                if each.attempts is not None and each.expected:
                    self._made[each.name] = self._prepared(each)
            self._before = self._looked_at() if self.rows[0].writes else None
        made = self._made[row.name]
        if isinstance(made, BaseException):
            raise made
        return made

    def _prepared(self, row: Row) -> list[Attempt] | BaseException:
        found: list[Attempt] = []
        problem = _caught(lambda: found.extend(row.attempts(self.stage)))  # type: ignore[misc]
        return found if problem is None else problem

    def _looked_at(self) -> dict[str, dict[str, object]]:
        seen: dict[str, dict[str, object]] = {}
        for actor in ("owner", "stranger"):
            _caught(lambda actor=actor: seen.update({actor: self.stage.shown(self.stage.things(actor))}))  # type: ignore[misc]
        return seen

    def assert_unchanged(self) -> None:
        """What owner and stranger read back is what it was before the first refused request."""
        if not self._before:
            pytest.skip("Nothing was refused that could have left something behind")
        now = self._looked_at()
        for actor, before in self._before.items():
            changed = [name for name, shown in before.items() if now.get(actor, {}).get(name) != shown]
            assert not changed, (
                f"{self.rows[0].place}: requests that were refused have changed what {', '.join(changed)} shows the {actor}. "
                f"Refused were: {', '.join(row.identity for row in self.rows if row.expected)}"
            )


def _caught(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except (pytest.skip.Exception, AssertionError, httpx.HTTPError, LookupError) as problem:
        return problem
    return None


def _judge(block: Block, row: Row, attempt: Attempt) -> None:
    stage = block.stage
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


def _tests(api: str) -> Callable[..., None]:
    knowledge, rows = apis.KNOWLEDGE[api], Rows(spec(api), apis.KNOWLEDGE[api]).all()
    blocks: dict[str, Block] = {}

    @pytest.mark.parametrize("row", [pytest.param(row, marks=pytest.mark.law(*row.statements), id=row.name) for row in rows])
    def test(row: Row, request: pytest.FixtureRequest) -> None:
        known: Api = request.getfixturevalue(api)
        if row.operation_id not in blocks:
            stage = next(iter(blocks.values())).stage if blocks else Stage(known, spec(api), knowledge)
            blocks[row.operation_id] = Block(stage, [each for each in rows if each.operation_id == row.operation_id])
        block = blocks[row.operation_id]
        block.stage.enter(known)
        if row.identity == UNCHANGED:
            block.assert_unchanged()
            return
        problem = block.served(row.scheme)
        if row.identity == OWNER and problem is not None:
            raise problem
        if problem is not None:
            pytest.skip(f"The owner's own request cannot be had to compare with: {problem}")
        if row.identity == OWNER and not row.expected:
            return
        for attempt in block.attempts(row):
            _judge(block, row, attempt)

    return test


for _api in current().apis:
    globals()[f"test_{_api}_belongs_to_its_owner"] = _tests(_api)
