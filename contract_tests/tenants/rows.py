"""Rows: the matrix of one API, read from its contract: every operation by every identity, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contract_tests.aim import accepted
from contract_tests.contracts import Operation, Place, Spec, json_body, operations, parameters
from contract_tests.refusals import Refusals
from contract_tests.tenants import attempts
from contract_tests.tenants.attempts import Recipe
from contract_tests.tenants.knowledge import Inside, Knowledge

OWNER, STRANGER, MEMBER, NOBODY = "the owner", "a stranger", "a plain member", "nobody"
UNCHANGED = "nothing has changed"


@dataclass(frozen=True)
class Row:
    """One operation by one identity. ``expected``: refusals by their names in the contract, one of which must come; none: it is
    served. ``apart``: and shows nothing of the owner's; ``writes``: the operation leaves something behind; ``attempts``: None for
    the row that looks whether anything did.
    """

    place: Place
    operation_id: str
    identity: str
    scheme: str | None
    expected: tuple[str, ...]
    statements: tuple[str, ...]
    attempts: Recipe | None
    apart: bool = False
    writes: bool = False

    @property
    def name(self) -> str:
        """Its id among the tests."""
        by = f" by {self.scheme}" if self.scheme else ""
        return f"{self.operation_id}: {self.identity}{by}"


class Rows:
    """``of`` an operation. KeyError where the contract has an id that ``knowledge`` does not know."""

    def __init__(self, spec: Spec, knowledge: Knowledge) -> None:
        self._spec, self._knowledge = spec, knowledge
        self._refusals = Refusals(spec)

    def all(self) -> list[Row]:
        """The whole matrix, the rows of one operation side by side."""
        return [row for place, operation in operations(self._spec) for row in self.of(place, operation)]

    def of(self, place: Place, operation: Operation) -> list[Row]:
        """The rows of one operation: who is served first, then who is refused, then whether that left anything behind."""
        opened = list(self._of_schemes(place, operation)) if operation["operationId"] not in self._knowledge.none else []
        rows = [*opened, *self._inside(place, operation)]
        served, refused = [row for row in rows if not row.expected], [row for row in rows if row.expected]
        if refused and refused[0].writes:
            statements = tuple(dict.fromkeys(each for row in refused for each in row.statements))
            refused.append(Row(place, refused[0].operation_id, UNCHANGED, None, (), statements, None, writes=True))
        return served + refused

    def _row(
        self,
        place: Place,
        operation: Operation,
        identity: str,
        scheme: str | None,
        expected: Sequence[str],
        statements: Sequence[str],
        recipe: Recipe,
        *,
        apart: bool = False,
    ) -> Row:
        writes = operation.get("x-side-effect", "none" if place.method == "get" else "change") != "none"
        names, marks = tuple(expected), tuple(statements)
        return Row(place, operation["operationId"], identity, scheme, names, marks, recipe, apart and not names, writes)

    def _of_schemes(self, place: Place, operation: Operation) -> Iterator[Row]:
        schemes = accepted(self._spec, operation)
        for scheme in schemes:
            yield self._owner(place, operation, scheme)
            yield self._stranger(place, operation, scheme)
            yield from self._siblings(place, operation, scheme)
            yield from self._lapsed(place, operation, scheme)
            yield from self._not_accepted(place, operation, scheme)
        yield from self._foreign_ids(place, operation, schemes)
        yield from self._member(place, operation, schemes[0])
        recipe = attempts.without_credential(operation["operationId"])
        yield self._row(place, operation, NOBODY, None, ["CredentialMissing"], self._knowledge.locked, recipe)

    def _closed(self, operation: Operation, scheme: str) -> tuple[str, tuple[str, ...]] | None:
        return self._knowledge.closed.get((operation["operationId"], scheme))

    def _owner(self, place: Place, operation: Operation, scheme: str) -> Row:
        refusal, statements = self._closed(operation, scheme) or (None, self._knowledge.locked)
        recipe = attempts.by_owner(operation["operationId"], scheme)
        return self._row(place, operation, OWNER, scheme, [refusal] if refusal else [], statements, recipe)

    def _stranger(self, place: Place, operation: Operation, scheme: str) -> Row:
        closed, name = self._closed(operation, scheme), self._outermost(operation, scheme)
        if closed is not None:
            expected, statements = [closed[0]], closed[1]
        elif name is not None:
            wall = self._knowledge.walls[name]
            expected, statements = [wall.refusal], wall.statements
        else:
            expected, statements = [], self._knowledge.apart
        alike = name if closed is None and name is not None and self._knowledge.walls[name].alike else None
        recipe = attempts.by_stranger(operation["operationId"], scheme, alike, served=not expected)
        return self._row(place, operation, STRANGER, scheme, expected, statements, recipe, apart=True)

    def _siblings(self, place: Place, operation: Operation, scheme: str) -> Iterator[Row]:
        """The owner in another of its workspaces: chosen by an id, or by what a credential is bound to."""
        knowledge, home = self._knowledge, self._knowledge.home
        names, closed = self._ids(operation, scheme), self._closed(operation, scheme)
        bound = scheme in knowledge.sibling_secret
        if closed is not None or not (bound or home in names):
            return
        inner = next((name for name in names if name != home and not self._around(name, home)), None)
        if inner is None and not bound:
            return  # nothing is named in it, so it is just another request of the owner's
        wall = knowledge.walls[inner] if inner is not None else None
        expected, statements = ([wall.refusal], wall.statements) if wall is not None else ([], knowledge.apart)
        recipe = attempts.by_sibling(operation["operationId"], scheme, home, inner if wall and wall.alike else None)
        yield self._row(place, operation, "the owner elsewhere", scheme, expected, statements, recipe, apart=True)

    def _around(self, name: str, home: str) -> bool:
        known = list(self._knowledge.walls)
        return self._knowledge.walls[name].caller or known.index(name) < known.index(home)

    def _lapsed(self, place: Place, operation: Operation, scheme: str) -> Iterator[Row]:
        declared = self._declared(place)
        for each in self._knowledge.lapsed:
            if each.scheme == scheme:
                expected = [name for name in each.refusals if name in declared]
                recipe = attempts.lapsed(operation["operationId"], each)
                yield self._row(place, operation, each.identity, scheme, expected or each.refusals, each.statements, recipe)

    def _not_accepted(self, place: Place, operation: Operation, scheme: str) -> Iterator[Row]:
        expected = [name for name, status in self._declared(place).items() if status == "401"]
        for identity, recipe in (
            ("malformed credentials", attempts.malformed(operation["operationId"], scheme)),
            ("another API's credentials", attempts.of_another_api(operation["operationId"], scheme)),
        ):
            yield self._row(place, operation, identity, scheme, expected, self._knowledge.locked, recipe)

    def _foreign_ids(self, place: Place, operation: Operation, schemes: Sequence[str]) -> Iterator[Row]:
        for name, wall in self._knowledge.walls.items():
            scheme = next((each for each in schemes if name in self._ids(operation, each)), None)
            if scheme is None or self._closed(operation, scheme):
                continue
            for where in self._places(operation, name):
                identity = f"the owner with a stranger's {name} in the {where}"
                recipe = attempts.with_foreign_id(operation["operationId"], scheme, name, where, alike=wall.alike)
                yield self._row(place, operation, identity, scheme, [wall.refusal], wall.statements, recipe)

    def _places(self, operation: Operation, name: str) -> list[str]:
        declared = [each["in"] for each in parameters(self._spec, operation) if each["name"] == name]
        if name in (json_body(self._spec, operation) or {"properties": {}})["properties"]:
            declared += ["body", *(["query"] if operation.get("x-query-equals-body") else [])]
        return declared

    def _member(self, place: Place, operation: Operation, scheme: str) -> Iterator[Row]:
        refusal, home = self._knowledge.member, self._knowledge.home
        if refusal is None or home not in self._ids(operation, scheme):
            return
        expected = [refusal] if refusal in self._declared(place) else []
        recipe = attempts.by_member(operation["operationId"], scheme)
        yield self._row(place, operation, MEMBER, scheme, expected, self._knowledge.walls[home].statements, recipe)

    def _inside(self, place: Place, operation: Operation) -> Iterator[Row]:
        scheme = next(iter(accepted(self._spec, operation)), None)
        for each in self._knowledge.inside:
            if each.operation_id == operation["operationId"]:
                yield from self._of_inside(place, operation, scheme, each)

    def _of_inside(self, place: Place, operation: Operation, scheme: str | None, each: Inside) -> Iterator[Row]:
        if each.control:
            recipe = attempts.inside(each, scheme, foreign=False)
            yield self._row(place, operation, f"{OWNER} with its own {each.name}", scheme, [], each.wall.statements, recipe)
        identity, recipe = f"the owner with a stranger's {each.name} in the body", attempts.inside(each, scheme, foreign=True)
        yield self._row(place, operation, identity, scheme, [each.wall.refusal], each.wall.statements, recipe)

    def _ids(self, operation: Operation, scheme: str | None) -> list[str]:
        """The ids that the operation heeds under the scheme, the outermost first."""
        heeded = [each for each in parameters(self._spec, operation) if scheme not in each.get("x-ignored-with", ())]
        unknown = [each["name"] for each in heeded if each["in"] == "path" and each["name"] not in self._knowledge.walls]
        if unknown:
            raise KeyError(f"{operation['operationId']} names {', '.join(unknown)}: nobody knows whose it is")
        body = json_body(self._spec, operation) or {"properties": {}}
        named, written = {each["name"] for each in heeded}, set(body["properties"])
        return [name for name, wall in self._knowledge.walls.items() if name in (written if wall.body else written | named)]

    def _outermost(self, operation: Operation, scheme: str) -> str | None:
        return next((name for name in self._ids(operation, scheme) if not self._knowledge.walls[name].caller), None)

    def _declared(self, place: Place) -> dict[str, str]:
        return dict(self._refusals.declared(str(place)))
