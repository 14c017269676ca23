"""The matrix has a row for every operation and identity, and expects nothing that the contract does not declare."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from contract_tests import contracts, statements
from contract_tests.aim import accepted
from contract_tests.contracts import operations
from contract_tests.refusals import Refusals
from contract_tests.tenants.apis import KNOWLEDGE
from contract_tests.tenants.rows import NOBODY, OWNER, STRANGER, UNCHANGED, Row, Rows
from mockserver.data import MOUNTS

#: What every operation that takes a credential is asked by.
EVERYWHERE = {OWNER, STRANGER, "malformed credentials", "another API's credentials"}


@pytest.fixture(scope="module")
def matrices() -> dict[str, tuple[dict[str, Any], list[Row]]]:
    specs = {api: contracts.load(api) for api in MOUNTS}
    return {api: (spec, Rows(spec, KNOWLEDGE[api]).all()) for api, spec in specs.items()}


def identities(rows: list[Row], operation_id: str, scheme: str | None) -> set[str]:
    return {row.identity for row in rows if row.operation_id == operation_id and row.scheme == scheme}


@pytest.mark.parametrize("api", MOUNTS)
def test_every_operation_has_a_row_for_every_identity_or_a_reason_why_not(api: str, matrices: Any) -> None:
    spec, rows = matrices[api]
    knowledge, missing = KNOWLEDGE[api], []
    for _, operation in operations(spec):
        name, schemes = operation["operationId"], accepted(spec, operation)
        if name in knowledge.none:
            assert not schemes, f"{name} takes a credential, so it has owners"
            continue
        assert schemes, f"{name} is open to all: say so in `none`"
        missing += [(name, scheme, EVERYWHERE - identities(rows, name, scheme)) for scheme in schemes]
        missing += [(name, scheme, {"lapsed"}) for scheme in schemes if not lapsed(api, rows, name, scheme)]
        missing += [(name, None, {NOBODY} - identities(rows, name, None))]
    assert [each for each in missing if each[2]] == []


def lapsed(api: str, rows: list[Row], operation_id: str, scheme: str) -> bool:
    """Whether expired and revoked credentials of the scheme are tried, or cannot be."""
    none = KNOWLEDGE[api].none
    found = identities(rows, operation_id, scheme)
    return all(each in found or each in none or f"{each} by {scheme}" in none for each in ("expired", "revoked"))


@pytest.mark.parametrize("api", MOUNTS)
def test_a_reason_is_given_only_for_what_has_no_row(api: str, matrices: Any) -> None:
    _, rows = matrices[api]
    known = {(row.identity, row.scheme) for row in rows} | {(row.operation_id, row.scheme) for row in rows if row.scheme}
    for name, reason in KNOWLEDGE[api].none.items():
        identity, _, scheme = name.partition(" by ")
        clash = [each for each in known if each[0] == identity and scheme in ("", each[1])]
        assert not clash, f"{name} has rows after all"
        assert len(reason) > 20


@pytest.mark.parametrize("api", MOUNTS)
def test_every_refusal_that_is_expected_is_declared_by_its_operation(api: str, matrices: Any) -> None:
    spec, rows = matrices[api]
    refusals = Refusals(spec)
    declared = {str(row.place): {name for name, _ in refusals.declared(str(row.place))} for row in rows}
    assert [(row.name, row.expected) for row in rows if not set(row.expected) <= declared[str(row.place)]] == []


@pytest.mark.parametrize("api", MOUNTS)
def test_every_id_of_every_operation_is_tried_with_a_strangers(api: str, matrices: Any) -> None:
    spec, rows = matrices[api]
    for place, operation in operations(spec):
        if operation["operationId"] in KNOWLEDGE[api].none:
            continue
        tried = identities(rows, operation["operationId"], accepted(spec, operation)[0])
        for parameter in contracts.parameters(spec, operation):
            if parameter["in"] == "path":
                assert f"the owner with a stranger's {parameter['name']} in the path" in tried, str(place)


@pytest.mark.parametrize("api", MOUNTS)
def test_every_write_is_followed_by_a_look_at_what_is_there(api: str, matrices: Any) -> None:
    spec, rows = matrices[api]
    for _, operation in operations(spec):
        own = [row for row in rows if row.operation_id == operation["operationId"]]
        if operation["x-side-effect"] != "none" and any(row.expected for row in own):
            assert own[-1].identity == UNCHANGED, operation["operationId"]


@pytest.mark.parametrize("api", MOUNTS)
def test_every_row_names_statements_that_there_are(api: str, matrices: Any) -> None:
    _, rows = matrices[api]
    assert [row.name for row in rows if not row.statements] == []
    assert {statement for row in rows for statement in row.statements} <= statements.documented()[api].keys()
    assert len({row.name for row in rows}) == len(rows)


def test_an_operation_with_an_id_that_nobody_knows_makes_no_matrix() -> None:
    spec = copy.deepcopy(contracts.load("timelines"))
    told = spec["paths"]["/workspaces/{workspace_id}"]["get"]
    spec["paths"]["/teams/{team_id}"] = {
        "get": {**told, "operationId": "get_team", "parameters": [{"name": "team_id", "in": "path", "required": True}]}
    }
    with pytest.raises(KeyError, match="get_team names team_id"):
        Rows(spec, KNOWLEDGE["timelines"]).all()
