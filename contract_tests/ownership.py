"""Ownership: every operation by every identity, and nobody gets at what is another's; collected by pytest within a run.

A test is one operation by one identity. Its request is the one that the owner was served with, but for who asks or whose id it
names.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract_tests.deployment import Api
from contract_tests.run import current, spec
from contract_tests.tenants import apis
from contract_tests.tenants.block import Block
from contract_tests.tenants.rows import OWNER, UNCHANGED, Row, Rows
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.verdict import judge


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
            judge(block.stage, row, attempt)

    return test


for _api in current().apis:
    globals()[f"test_{_api}_belongs_to_its_owner"] = _tests(_api)
