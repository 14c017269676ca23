"""Stage: the actors of one API on the target, what they have, and the requests that they send."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests import credentials
from contract_tests.contracts import Operation, Place, Spec, operations
from contract_tests.deployment import Api
from contract_tests.refusals import Refusals
from contract_tests.tenants.asking import Asked, Json, right
from contract_tests.tenants.knowledge import Knowledge
from contract_tests.tenants.things import OWN, Things

#: Property names that hold ids.
_ID = ("id", "Id", "sid", "wamid")


class Stage:
    """``api`` is the running test's; what the actors have outlives it."""

    def __init__(self, api: Api, spec: Spec, knowledge: Knowledge) -> None:
        self.api, self.spec, self.knowledge = api, spec, knowledge
        self.refusals = Refusals(spec)
        self.operations: dict[str, tuple[Place, Operation]] = {
            operation["operationId"]: (place, operation) for place, operation in operations(spec)
        }
        self._things: dict[tuple[str, str], Things] = {}

    def enter(self, api: Api) -> None:
        """Another test begins."""
        self.api = api
        for things in self._things.values():
            things.api = api

    def things(self, actor: str = "owner", home: str = OWN) -> Things:
        """What the actor has there."""
        if (actor, home) not in self._things:
            self._things[actor, home] = Things(self.api, actor, home, self.knowledge.makers)
        return self._things[actor, home]

    def right(self, operation_id: str, things: Things, body: Json | None = None, *, filler: Things | None = None) -> Asked:
        """A request about these things, without a credential. ``body``: in place of a right one; ``filler``: whose else it is."""
        place, operation = self.operations[operation_id]
        made = self.knowledge.bodies.get(operation_id)
        fields = body if body is not None else made(filler or things) if made is not None else None
        return right(self.spec, place, operation, things, self.knowledge.walls, fields)

    def secret(self, operation_id: str, scheme: str, things: Things) -> str:
        """What the actor presents: for an operation that ends its credential, one that is good for nothing else."""
        if operation_id in self.knowledge.ending:
            return self.knowledge.ending[operation_id](things)
        if things.home != OWN and scheme in self.knowledge.sibling_secret:
            return self.knowledge.sibling_secret[scheme](things)
        return credentials.secret(self.api.name, scheme, things.cast)

    def by(self, asked: Asked, scheme: str | None, things: Things) -> Asked:
        """The request with the actor's credential, and what goes with it."""
        if scheme is None:
            return asked
        return self.named(asked.by(self.spec, scheme, self.secret(asked.operation_id, scheme, things)), things)

    def named(self, asked: Asked, things: Things) -> Asked:
        """The request under the actor's name, where the API wants one beside the credential."""
        for name, values in credentials.caller_ids(self.api.name, things.cast).items():
            asked = asked.placing("header", name, values[0])
        return asked

    def shown(self, things: Things) -> dict[str, object]:
        """All that the actor reads of what it has, by operation; without what changes by itself."""
        found = {}
        for operation_id, scheme in self.knowledge.reads:
            asked = self.by(self.right(operation_id, things, {}), scheme, things)
            response = asked.send(self.api.client)
            assert response.status_code == 200, f"{operation_id} by {things.actor} answers {response.status_code}"
            found[operation_id] = steady(response.json(), self.knowledge.fleeting)
        return found


def steady(value: object, fleeting: frozenset[str]) -> object:
    """The value without properties of these names, at any depth."""
    if isinstance(value, dict):
        return {key: steady(part, fleeting) for key, part in value.items() if key not in fleeting}
    return [steady(part, fleeting) for part in value] if isinstance(value, list) else value


def difference(one: object, other: object, where: str = "") -> str | None:
    """Where two values first differ, and how, in words; None if they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{where} has or lacks {', '.join(sorted(one.keys() ^ other.keys()))}"
        return next((told for key in one if (told := difference(one[key], other[key], f"{where}/{key}")) is not None), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((told for place, pair in pairs if (told := difference(*pair, f"{where}/{place}")) is not None), None)
    return None if one == other else f"{where} was {str(one)[:120]} and is {str(other)[:120]}"


def ids_in(value: object) -> Iterator[tuple[str, str]]:
    """Every id in a reply, with the property that holds it."""
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, str | int) and not isinstance(part, bool) and key.endswith(_ID):
                yield key, str(part)
            else:
                yield from ids_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from ids_in(part)
