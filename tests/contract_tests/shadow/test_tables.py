"""Every operation of the five contracts is followed or said not to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract_tests import statements
from contract_tests.contracts import operations
from contract_tests.shadow.tables import TABLES
from contract_tests.shadow.terms import Listing, Making, Reading, Role, Shows, Writing
from contract_tests.shadow.views import at, names_at
from mockserver.data import MOUNTS
from tests.contract_tests.shadow.talk import spec

WRITES = {"create", "change", "remove", "send"}


def roles(api: str) -> Iterator[tuple[str, Role]]:
    for operation, known in TABLES[api].roles.items():
        yield from ((operation, role) for role in known)


@pytest.mark.parametrize("api", MOUNTS)
def test_every_operation_is_followed_or_left_alone_for_a_reason(api: str) -> None:
    table = TABLES[api]
    declared = {operation["operationId"] for _, operation in operations(spec(api))}
    assert table.roles.keys() | table.unmodelled.keys() == declared
    assert not table.roles.keys() & table.unmodelled.keys()
    assert all(table.unmodelled.values())


@pytest.mark.parametrize("api", MOUNTS)
def test_what_leaves_something_behind_is_followed_as_a_write(api: str) -> None:
    writes = {operation for operation, role in roles(api) if isinstance(role, Writing)}
    for _, operation in operations(spec(api)):
        if operation["operationId"] not in TABLES[api].unmodelled and operation["x-side-effect"] != "session":
            assert (operation["operationId"] in writes) == (operation["x-side-effect"] in WRITES), operation["operationId"]


@pytest.mark.parametrize("api", MOUNTS)
def test_the_table_speaks_of_what_the_contract_has(api: str) -> None:
    known = {operation["operationId"]: operation for _, operation in operations(spec(api))}
    table = TABLES[api]
    for name, role in roles(api):
        if not isinstance(role, Shows) or not role.collection:
            continue
        shown = names_at(spec(api), known[name], role.at)
        collection = table.collections[role.collection]
        parameters = {each["name"] for each in known[name].get("parameters", []) if "name" in each} | shown | {"channelId"}
        assert set(role.within) | set(role.belongs) <= shown | parameters, name
        if isinstance(role, Reading | Listing) and collection.identity:
            assert set(collection.identity) & shown, name
        if isinstance(role, Listing) and collection.order is not None:
            assert collection.order.by in shown, name
        if not isinstance(role, Making) or role.made is None:
            assert shown or isinstance(role, Writing), name


@pytest.mark.parametrize("api", MOUNTS)
def test_the_statements_are_documented_ones(api: str) -> None:
    ids = {id for each in TABLES[api].collections.values() for named in each.statements.values() for id in named}
    assert ids <= statements.documented()[api].keys()


def test_a_pointer_that_leads_nowhere_finds_nothing() -> None:
    assert at({"a": [{"b": 1}]}, "/a/0/b") == 1
    assert at({"a": [{"b": 1}]}, "/a/1/b") is at(7, "/a") is at({"a": None}, "/a/b") is None
