"""Surface: the operations of one contract that a run may call, and what one reply gives the next request."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from contract_tests import aim
from contract_tests.contracts import Operation, Place, Spec, operations, parameters, resolve

#: So deep the schema of a reply is searched for ids.
DEPTH = 6
_CONTAINER = {"path": "path", "query": "query", "header": "headers"}


class Lead(NamedTuple):
    """A reply to ``source`` leads to ``target``: by values at pointers into the reply, and by values that both requests share.

    ``given``: (container, parameter, pointer); ``shared``: (container, parameter, container of the source, its parameter);
    ``declared``: the contract itself says so, by a link.
    """

    source: str
    target: str
    given: tuple[tuple[str, str, str], ...]
    shared: tuple[tuple[str, str, str, str], ...] = ()
    declared: bool = False


class Surface:
    """The operations of one contract by operationId. ``permitted``: those alone; None: all."""

    def __init__(self, spec: Spec, permitted: Container[str] | None = None) -> None:
        self.spec = spec
        every = {operation["operationId"]: (place, operation) for place, operation in operations(spec)}
        found = {name: held for name, held in every.items() if permitted is None or name in permitted}
        self.places: dict[str, Place] = {name: place for name, (place, _) in found.items()}
        self._operations: dict[str, Operation] = {name: operation for name, (_, operation) in found.items()}
        self._parameters = {name: parameters(spec, operation) for name, operation in self._operations.items()}

    def __getitem__(self, name: str) -> Operation:
        return self._operations[name]

    def parameters(self, name: str) -> list[dict[str, Any]]:
        """The operation's parameters in full."""
        return self._parameters[name]

    def schemes(self, name: str) -> list[str]:
        """The kinds of credential that open the operation."""
        return aim.accepted(self.spec, self._operations[name])

    def label(self, name: str) -> str:
        """``GET /things/{id}``."""
        return str(self.places[name])

    @cached_property
    def leads(self) -> tuple[Lead, ...]:
        """What the contract's links say, and for path parameters that no link fills, what names say."""
        declared = list(_links(self))
        filled = {(lead.target, name) for lead in declared for container, name, _ in lead.given if container == "path"}
        return (*declared, *_guesses(self, filled))

    def leads_from(self, name: str) -> list[Lead]:
        """Where a reply to this operation leads."""
        return self._by_source.get(name, [])

    def leads_to(self, name: str) -> list[Lead]:
        """Which replies lead to this operation."""
        return [lead for lead in self.leads if lead.target == name]

    @cached_property
    def _by_source(self) -> Mapping[str, list[Lead]]:
        sources: dict[str, list[Lead]] = {}
        for lead in self.leads:
            sources.setdefault(lead.source, []).append(lead)
        return sources

    def success(self, name: str) -> Any:
        """The schema of the operation's JSON reply to a request that is served, None if it has none."""
        for status, response in self._operations[name]["responses"].items():
            if str(status).startswith("2"):
                content = resolve(self.spec, response).get("content", {})
                return next((media.get("schema") for kind, media in content.items() if "json" in kind), None)
        return None


def _links(surface: Surface) -> Iterator[Lead]:
    for source in surface.places:
        for status, response in surface[source]["responses"].items():
            if not str(status).startswith("2"):
                continue
            for link in resolve(surface.spec, response).get("links", {}).values():
                lead = _lead(surface, source, resolve(surface.spec, link))
                if lead is not None:
                    yield lead


def _lead(surface: Surface, source: str, link: Mapping[str, Any]) -> Lead | None:
    target = link.get("operationId")
    if target not in surface.places:
        return None
    containers = {each["name"]: _CONTAINER.get(each["in"], "") for each in surface.parameters(target)}
    given, shared = [], []
    for key, expression in link.get("parameters", {}).items():
        name = re.sub(r"^(path|query|header)\.", "", key)
        words = str(expression).strip("{}")
        if name not in containers:
            continue
        if words.startswith("$response.body#"):
            given.append((containers[name], name, words.removeprefix("$response.body#")))
        elif words.startswith("$request."):
            where, _, which = words.removeprefix("$request.").partition(".")
            shared.append((containers[name], name, _CONTAINER.get(where, where), which))
    return Lead(source, target, tuple(given), tuple(shared), declared=True)


def _guesses(surface: Surface, filled: set[tuple[str, str]]) -> Iterator[Lead]:
    for target, place in surface.places.items():
        wanted = [each["name"] for each in surface.parameters(target) if each["in"] == "path"]
        for name in (each for each in wanted if (target, each) not in filled):
            collection = place.path.partition("/{" + name + "}")[0]
            for source in surface.places:
                pointer = _pointer_to(surface, source, name, collection) if source != target else None
                if pointer is not None:
                    yield Lead(source, target, (("path", name, pointer),))


def _pointer_to(surface: Surface, source: str, name: str, collection: str) -> str | None:
    """Where the reply of ``source`` has what ``name`` asks for: under that name, or as ``id`` of what the collection holds."""
    pointers = list(scalars(surface.spec, surface.success(source)))
    same = [each for each in pointers if _plain(each.rpartition("/")[2]) == _plain(name)]
    ids = [each for each in pointers if each.rpartition("/")[2] == "id"] if surface.places[source].path == collection else []
    return next(iter((*same, *ids)), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def scalars(spec: Spec, schema: Any, depth: int = DEPTH) -> Iterator[str]:
    """Pointers to the texts and numbers of a document of this schema; of a list, to those of its first item."""
    schema = resolve(spec, schema)
    if not isinstance(schema, Mapping) or depth < 0:
        return
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from scalars(spec, part, depth - 1)
    if schema.get("type") in ("string", "integer", "number"):
        yield ""
    for name, part in schema.get("properties", {}).items():
        escaped = name.replace("~", "~0").replace("/", "~1")
        yield from (f"/{escaped}{rest}" for rest in scalars(spec, part, depth - 1))
    if "items" in schema:
        yield from (f"/0{rest}" for rest in scalars(spec, schema["items"], depth - 1))
