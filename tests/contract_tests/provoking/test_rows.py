"""Every refusal that a contract declares is provoked somewhere, or it is said why it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests import contracts, statements
from contract_tests.contracts import operations
from contract_tests.provoking.apis import NEVER, OF_PATHS, PROVOKED, rows
from contract_tests.refusals import Refusals
from mockserver.data import MOUNTS


@pytest.fixture(scope="module")
def specs() -> dict[str, Any]:
    return {api: contracts.load(api) for api in MOUNTS}


def declared(spec: Any) -> dict[str, set[str]]:
    """Name → operationIds; of errors alone."""
    refusals, found = Refusals(spec), dict[str, set[str]]()
    for place, operation in operations(spec):
        for name, status in refusals.declared(str(place)):
            if int(status) >= 400:
                found.setdefault(name, set()).add(operation["operationId"])
    return found


@pytest.mark.parametrize("api", MOUNTS)
def test_every_refusal_is_provoked_or_has_a_reason(api: str, specs: dict[str, Any]) -> None:
    provoked = {row.refusal for row in rows(api, specs[api])} | set(OF_PATHS)
    never = PROVOKED[api].never.keys() | NEVER.keys()
    assert provoked | never == declared(specs[api]).keys()
    assert not provoked & never, "what is provoked needs no excuse"
    assert all(len(reason) > 20 for reason in (*PROVOKED[api].never.values(), *NEVER.values()))


@pytest.mark.parametrize("api", MOUNTS)
def test_every_provocation_is_at_an_operation_that_declares_the_refusal(api: str, specs: dict[str, Any]) -> None:
    known = declared(specs[api])
    wrong = [(name, set(at) - known.get(name, set())) for name, (at, _) in PROVOKED[api].at.items()]
    assert [each for each in wrong if each[1]] == []


@pytest.mark.parametrize("api", MOUNTS)
def test_rows_are_told_apart_and_name_statements_that_there_are(api: str, specs: dict[str, Any]) -> None:
    found = rows(api, specs[api])
    assert len({(row.refusal, row.operation_id) for row in found}) == len(found)
    assert {statement for row in found for statement in row.statements} <= statements.documented()[api].keys()


@pytest.mark.parametrize("api", MOUNTS)
def test_every_operation_with_a_body_is_sent_wrong_ones(api: str, specs: dict[str, Any]) -> None:
    tried = {(row.refusal, row.operation_id) for row in rows(api, specs[api])}
    for _, operation in operations(specs[api]):
        media = contracts.resolve(specs[api], operation.get("requestBody", {})).get("content", {})
        if "application/json" in media:
            assert {("BodyMalformed", operation["operationId"]), ("MediaTypeUnsupported", operation["operationId"])} <= tried
