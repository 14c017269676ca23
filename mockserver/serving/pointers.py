"""Pointers: from what a validator or a stage objected to, back to the keyword of the written contract that says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.engine.refusals import Issue
from mockserver.serving.contract import Contract, Operation
from mockserver.serving.media_types import MediaType

Steps = tuple[str | int, ...]


def pointer(steps: Sequence[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(text: str) -> Steps:
    """The steps of a JSON Pointer, or of a ``$ref`` into the same document; indexes stay text."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.removeprefix("#").split("/")[1:])


def locate(raw: Mapping[str, Any], *steps: str | int) -> tuple[Steps, Any]:
    """Where in the document these steps lead, every ``$ref`` on the way followed, and what stands there. KeyError, IndexError."""
    node: Any = raw
    out: Steps = ()
    for step in steps:
        node = node[int(step) if isinstance(node, list) else step]
        out = (*out, step)
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            out, node = locate(raw, *steps_of(node["$ref"]))
    return out, node


def provenance(raw: Mapping[str, Any], steps: Sequence[str | int]) -> str | None:
    """How well known what stands there is: documented, published or assumed, by inheritance. None if nothing says."""
    node: Any = raw
    grade = None
    for step in steps:
        try:
            node = node[int(step) if isinstance(node, list) else step]
        except (KeyError, IndexError, TypeError, ValueError):
            break
        grade = node.get("x-provenance", grade) if isinstance(node, Mapping) else grade
    return grade


def place_of(operation: Operation) -> Steps:
    """Where an operation stands."""
    live = operation.raw is operation.contract.raw.get("x-websocket")
    return ("x-websocket",) if live else ("paths", operation.path, operation.method)


def of_parameter(operation: Operation, issue: Issue) -> Steps:
    """Where the contract says what this issue of a parameter breaks; its path begins with the parameter's name."""
    raw = operation.contract.raw
    for index in range(len(operation.raw.get("parameters", ()))):
        place, parameter = locate(raw, *place_of(operation), "parameters", index)
        if parameter["name"] == issue.path[0]:
            if issue.at:
                return written(operation.contract, (*place, "schema"), issue.at)
            return (*place, "required") if issue.keyword == "required" else place
    return (*place_of(operation), "parameters")


def of_body(operation: Operation, media_type: str, issue: Issue) -> Steps:
    """Where the contract says what this issue of a request's body breaks."""
    place, body = locate(operation.contract.raw, *place_of(operation), "requestBody")
    if not issue.at:
        return (*place, "required") if issue.keyword == "required" else (*place, "content")
    essence = MediaType.parse(media_type)
    chosen = essence.essence if essence and essence.essence in body["content"] else next(iter(body["content"]))
    return written(operation.contract, (*place, "content", chosen, "schema"), issue.at)


def written(contract: Contract, schema: Steps, at: Steps) -> Steps:
    """The place in the document of a keyword that a validator names by its path in the translated schema.

    ``schema``: where the schema stands that was compiled; ``at``: from its root, or from the root of the components. What
    translation has added leads to what it was made from: null to ``nullable``, a branch of a discriminator to ``oneOf``.
    """
    if at[:2] == ("components", "schemas"):
        schema, at = at[:3], at[3:]
    place, node = locate(contract.raw, *schema)
    return _descend(node, place, at)


def _descend(node: Mapping[str, Any], place: Steps, at: Steps) -> Steps:
    if node.get("nullable") and at[:1] == ("anyOf",) and len(at) > 1 and at[1] in (0, 1):
        # Translated as "null or what is written".
        return (*place, "nullable") if at[1] == 0 else _descend({**node, "nullable": False}, place, at[2:])
    inward = _inward(node, at)
    if inward:
        child = node
        for step in inward:
            child = child[step]  # type: ignore[index]  # an index where it is a list
        return _descend(child, (*place, *inward), at[len(inward) :])
    return (*place, *_keyword(node, at))


def _inward(node: Mapping[str, Any], at: Steps) -> Steps:
    """The steps to the next schema, as translated and as written; none where a keyword of this one is meant."""
    match at:
        case ("properties", name, *_) if name in node.get("properties", {}):
            return at[:2]
        case ("items" | "additionalProperties" | "not", _, *_):
            return at[:1]
        case ("allOf" | "anyOf" | "oneOf" as word, int(index), *_) if index < len(node.get(word, ())):
            return at[:2]
    return ()


def _keyword(node: Mapping[str, Any], at: Steps) -> Steps:
    match at:
        case ("allOf", int(index), *rest):
            return _of_discriminator(index == len(node.get("allOf", ())), rest)
        case ("unevaluatedProperties", *_):
            return ("properties",) if "properties" in node else ()
    return at[:1]


def _of_discriminator(names: bool, rest: Sequence[str | int]) -> Steps:
    """The first branch that translation makes wants a value that is mapped, the others hold it against what it means."""
    if not names or rest == ["type"]:
        return ("oneOf",)
    return ("discriminator", "propertyName") if rest == ["required"] else ("discriminator", "mapping")
