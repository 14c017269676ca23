"""APIs: the provocations of each, and one row for each refusal and the operations where it is provoked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contract_tests.contracts import Place, Spec, operations
from contract_tests.provoking import bird, restlink, timelines, tofrom, xpressbot
from contract_tests.provoking.anywhere import ANYWHERE, applies
from contract_tests.provoking.provocation import Provocation, Provoked
from contract_tests.refusals import Refusals

PROVOKED: Mapping[str, Provoked] = {
    "restlink": restlink.PROVOKED,
    "tofrom": tofrom.PROVOKED,
    "xpressbot": xpressbot.PROVOKED,
    "bird": bird.PROVOKED,
    "timelines": timelines.PROVOKED,
}
#: Of every API, what a request that arrives as one cannot bring about.
NEVER: Mapping[str, str] = {
    "InternalError": "it is said when the server fails, which no request is known to bring about",
    "RequestMalformed": "what is no HTTP does not pass a gate that speaks HTTP",
}
#: Provoked at paths, not at operations.
OF_PATHS = ("PathUnknown", "MethodNotAllowed")


@dataclass(frozen=True)
class Row:
    """One refusal at one operation."""

    refusal: str
    status: str
    place: Place
    operation_id: str
    provoke: Provocation
    statements: tuple[str, ...]


def rows(api: str, spec: Spec) -> list[Row]:
    """Every refusal of the contract that can be provoked, at each operation where it is."""
    return list(_rows(spec, PROVOKED[api]))


def _rows(spec: Spec, known: Provoked) -> Iterator[Row]:
    refusals = Refusals(spec)
    for place, operation in operations(spec):
        for name, status in dict(refusals.declared(str(place))).items():
            provoke = _provocation(spec, known, name, operation)
            if provoke is not None and int(status) >= 400:
                found = known.statements.get(name, known.statements.get(status, known.statements.get("", ())))
                yield Row(name, status, place, operation["operationId"], provoke, found)


def _provocation(spec: Spec, known: Provoked, name: str, operation: dict[str, object]) -> Provocation | None:
    named, special = known.at.get(name, ((), None))
    if operation["operationId"] in named:
        return special
    return ANYWHERE[name] if name in ANYWHERE and applies(spec, name, operation) else None
