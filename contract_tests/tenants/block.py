"""Block: the rows of one operation, whose requests belong together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from contract_tests.tenants.attempts import Attempt, by_owner
from contract_tests.tenants.rows import Row
from contract_tests.tenants.stage import Stage, difference

#: The side effect after which an id is nobody's any more.
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
        """What each actor reads of what it has; without an actor who is not let look."""
        seen: dict[str, dict[str, object]] = {}
        for actor in ("owner", "stranger"):
            with suppress(pytest.skip.Exception):
                seen[actor] = self.stage.shown(self.stage.things(actor))
        return seen

    def assert_unchanged(self) -> None:
        """What owner and stranger read back is what it was before the first refused request."""
        if not self._before:
            pytest.skip("Nothing was refused that could have left something behind")
        now = self._looked_at()
        for actor, before in self._before.items():
            assert actor in now, f"{self.rows[0].place}: what the {actor} has cannot be read after what was refused"
            told = difference(before, now[actor])
            assert told is None, (
                f"{self.rows[0].place}: requests that were refused have changed what the {actor} reads: {told}. "
                f"Refused were: {', '.join(row.identity for row in self.rows if row.expected)}"
            )


def _caught(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except (pytest.skip.Exception, AssertionError, httpx.HTTPError, LookupError) as problem:
        return problem
    return None
