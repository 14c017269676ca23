"""Places: where a contract says something, in words for people: ``GET /user/balance#/responses/200/body/currency``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from contract_tests.aim import accepted
from contract_tests.contracts import Spec, operations, parameters

Steps = tuple[str, ...]
#: A step that stands for whose things a credential opens; no contract has a word of its own for it.
OWNER = "owner"
_CLASSES = re.compile(r"[1-5]XX")


class Spot(NamedTuple):
    """One place of one operation. ``operation``: its label (``GET /path``); ``steps``: none where it is about what it does."""

    operation: str
    steps: Steps = ()

    def __str__(self) -> str:
        return self.operation + ("#/" + "/".join(self.steps) if self.steps else "")


class Place(NamedTuple):
    """Places alike. ``methods``: empty for any; ``path``: a pattern, None for what belongs to no operation; ``below``: whether
    everything inside counts too.
    """

    methods: frozenset[str]
    path: str | None
    steps: Steps
    below: bool = False

    def is_of(self, operation: str) -> bool:
        """Whether it is a place of this operation."""
        method, _, path = operation.partition(" ")
        return self.path is not None and (not self.methods or method in self.methods) and fnmatchcase(path, self.path)

    def covers(self, spot: Spot) -> bool:
        """Whether the spot is one of these places."""
        if not self.is_of(spot.operation) or (len(self.steps) != len(spot.steps) and not self.below):
            return False
        return len(self.steps) <= len(spot.steps) and all(map(_alike, self.steps, spot.steps))

    @property
    def fineness(self) -> tuple[int, int]:
        """How exactly it names what it is about; of two, the finer one says more."""
        return len([step for step in self.steps if step != "*" and not _CLASSES.fullmatch(step)]), len(self.path or "")


def _alike(pattern: str, step: str) -> bool:
    return pattern in ("*", step) or (bool(_CLASSES.fullmatch(pattern)) and step[:1] == pattern[0] and len(step) == 3)


def parse(text: str) -> list[Place]:
    """The places that one line names. ValueError if it is none."""
    where, _, pointer = text.partition("#/")
    if not where:
        return [Place(frozenset(), None, tuple(pointer.split("/")))]
    methods, _, path = where.partition(" ")
    if not path or not re.fullmatch(r"\*|[A-Z]+(,[A-Z]+)*", methods):
        raise ValueError(f"{text!r} is no place in a contract")
    known = frozenset() if methods == "*" else frozenset(methods.split(","))
    steps = pointer.strip("/").split("/") if pointer else []
    names = steps.pop()[1:-1].split(",") if steps and steps[-1].startswith("{") else None
    ends = [(name,) for name in names] if names is not None else [()]
    return [Place(known, path, (*steps, *end), pointer.endswith("/")) for end in ends]


def resolved(spec: Spec, place: Place) -> list[str]:
    """JSON pointers to all that the place names in the contract."""
    if place.path is None:
        return [pointer for pointer, _ in _keys([("", spec)], place.steps)]
    labels = (str(each) for each, _ in operations(spec) if place.is_of(str(each)))
    return [pointer for label in labels for pointer, _ in found(spec, Spot(label, place.steps))]


Node = tuple[str, Any]


def found(spec: Spec, spot: Spot) -> list[Node]:
    """What stands there, each with its JSON pointer; several if the contract says it in several branches."""
    for place, operation in operations(spec):
        if str(place) == spot.operation:
            root = (f"/paths/{escaped(place.path)}/{place.method}", operation)
            return _FINDERS.get(spot.steps[0], _keys_of)(spec, root, spot.steps) if spot.steps else [root]
    return []


def escaped(step: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def followed(spec: Spec, node: Node) -> Node:
    """The node itself, or the component that it refers to."""
    pointer, value = node
    while isinstance(value, Mapping) and "$ref" in value:
        pointer = value["$ref"].removeprefix("#")
        value = at(spec, pointer)
    return pointer, value


def at(spec: Spec, pointer: str) -> Any:
    """What the JSON pointer points to. LookupError or ValueError if nothing is there."""
    node: Any = spec
    for step in pointer.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node[step.replace("~1", "/").replace("~0", "~")]
    return node


def _keys_of(spec: Spec, root: Node, steps: Steps) -> list[Node]:
    return list(_keys([followed(spec, root)], steps))


def _keys(nodes: list[Node], steps: Steps) -> Iterator[Node]:
    for pointer, value in nodes:
        if not steps:
            yield pointer, value
        elif isinstance(value, Mapping) and steps[0] in value:
            yield from _keys([(f"{pointer}/{escaped(steps[0])}", value[steps[0]])], steps[1:])


def _parameters(spec: Spec, root: Node, steps: Steps) -> list[Node]:
    pointer, operation = root
    nodes = [followed(spec, (f"{pointer}/parameters/{at}", each)) for at, each in enumerate(operation.get("parameters", []))]
    if len(steps) == 1:
        return nodes
    return list(_keys([node for node in nodes if node[1]["name"] == steps[1]], steps[2:]))


def _request(spec: Spec, root: Node, steps: Steps) -> list[Node]:
    if "requestBody" not in root[1]:
        return [root] if len(steps) == 1 and parameters(spec, root[1]) else []
    body = followed(spec, (f"{root[0]}/requestBody", root[1]["requestBody"]))
    return [body] if len(steps) == 1 else _in_content(spec, body, steps[1:])


def _responses(spec: Spec, root: Node, steps: Steps) -> list[Node]:
    all_of_them = (f"{root[0]}/responses", root[1]["responses"])
    if len(steps) == 1:
        return [all_of_them]
    nodes = [
        followed(spec, (f"{all_of_them[0]}/{status}", response))
        for status, response in all_of_them[1].items()
        if _alike(steps[1], str(status)) or status == steps[1]
    ]
    return [each for node in nodes for each in _in_response(spec, node, steps[2:])]


def _in_response(spec: Spec, node: Node, steps: Steps) -> list[Node]:
    if not steps:
        return [node]
    if steps[0] == "body":
        return _in_content(spec, node, steps[1:])
    if steps[0] == "refusals":
        media = _keys([node], ("content", "application/json", "examples"))
        return [followed(spec, each) for each in _keys(list(media), steps[1:])]
    return list(_keys([node], steps))


def _in_content(spec: Spec, node: Node, steps: Steps) -> list[Node]:
    """Inside whatever schema the body has, by properties; a list's items are gone into without a step of their own."""
    pointer, value = node
    schemas = [
        (f"{pointer}/content/{escaped(name)}/schema", media["schema"])
        for name, media in value.get("content", {}).items()
        if "schema" in media
    ]
    return [each for schema in schemas for each in properties(spec, schema, steps)]


def properties(spec: Spec, schema: Node, steps: Steps) -> list[Node]:
    """What a schema says of the property that the steps lead to."""
    if not steps:
        return [schema]
    pointer, value = followed(spec, schema)
    if not isinstance(value, Mapping):
        return []
    inside: list[Node] = []
    if steps[0] in value.get("properties", {}):
        inside += properties(spec, (f"{pointer}/properties/{escaped(steps[0])}", value["properties"][steps[0]]), steps[1:])
    if "items" in value:
        inside += properties(spec, (f"{pointer}/items", value["items"]), steps)
    for branch in ("allOf", "anyOf", "oneOf"):
        for at, part in enumerate(value.get(branch, ())):
            inside += properties(spec, (f"{pointer}/{branch}/{at}", part), steps)
    return inside


def _security(spec: Spec, root: Node, steps: Steps) -> list[Node]:
    schemes = accepted(spec, root[1])
    listed = (f"{root[0]}/security", root[1]["security"]) if "security" in root[1] else ("/security", spec.get("security"))
    if len(steps) == 1 or (steps[1] == OWNER and schemes):
        return [listed]
    known = spec["components"].get("securitySchemes", {})
    if steps[1] not in schemes:
        return []
    body = ("/x-credential-in-body", spec.get("x-credential-in-body"))
    return [(f"/components/securitySchemes/{steps[1]}", known[steps[1]]) if steps[1] in known else body]


_FINDERS = {"parameters": _parameters, "request": _request, "responses": _responses, "security": _security}
