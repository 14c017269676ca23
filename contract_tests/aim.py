"""Aim: a contract narrowed to what one actor may ask about its own data, by chosen kinds of credential."""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.contracts import METHODS, Operation, Place, Spec, json_body, operations, parameters, resolve

#: By which scheme each operation is called; None: without a credential. Operations that are not named are left out.
Plan = Mapping[Place, str | None]


@dataclass(frozen=True)
class Aim:
    """``secrets``: scheme → what it carries; ``ids``: parameter or body property → the only values that it takes;
    ``insist``: parameters in ``ids`` are always sent.
    """

    plan: Plan
    secrets: Mapping[str, str]
    ids: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    insist: bool = False


def schemes(spec: Spec) -> list[str]:
    """The kinds of credential that open an operation, in the contract's own order; not what only a WebSocket takes."""
    body = _body_scheme(spec)
    opening = {name for _, operation in operations(spec) for name in accepted(spec, operation)}
    return [name for name in (*spec["components"].get("securitySchemes", {}), body) if name is not None and name in opening]


def _body_scheme(spec: Spec) -> str | None:
    """OpenAPI has no word for a credential in the body; the contracts say it by an extension."""
    scheme: str | None = spec.get("x-credential-in-body", {}).get("scheme")
    return scheme


def accepted(spec: Spec, operation: Operation) -> list[str]:
    """The kinds of credential that open the operation; none if it is open to all."""
    alternatives = operation["security"] if "security" in operation else spec.get("security", [])
    named = [name for requirement in alternatives for name in requirement]
    body = _body_scheme(spec)
    return [*named, body] if named and body and json_body(spec, operation) is not None else named


def plan_for(spec: Spec, scheme: str | None) -> Plan:
    """Every operation that the scheme opens; None: every operation that needs no credential."""
    opens = {place: accepted(spec, operation) for place, operation in operations(spec)}
    return {place: scheme for place, names in opens.items() if scheme in names or (scheme is None and not names)}


def plan_all(spec: Spec, preferred: str) -> Plan:
    """Every operation: by the preferred scheme where it is taken, else by the first that is."""
    opens = {place: accepted(spec, operation) for place, operation in operations(spec)}
    return {place: preferred if preferred in names else next(iter(names), None) for place, names in opens.items()}


def without(spec: Spec, plan: Plan, operation_ids: Container[str]) -> Plan:
    """The plan without these operations."""
    left_out = {place for place, operation in operations(spec) if operation["operationId"] in operation_ids}
    return {place: scheme for place, scheme in plan.items() if place not in left_out}


def aimed(spec: Spec, aim: Aim) -> Spec:
    """A copy of the contract with the plan's operations alone, each with its one scheme and without the parameters that this
    scheme ignores (``x-ignored-with``), so that generated requests reach past "no such workspace".
    """
    spec = copy.deepcopy(spec)
    for place, operation in list(operations(spec)):
        if place in aim.plan:
            _narrow(spec, operation, aim, aim.plan[place])
        else:
            del spec["paths"][place.path][place.method]
    spec["paths"] = {path: item for path, item in spec["paths"].items() if any(method in item for method in METHODS)}
    _prune_links(spec)
    return spec


def names(spec: Spec, operation: Operation, scheme: str | None) -> set[str]:
    """Parameters and top-level body properties that the operation heeds when the scheme opened it."""
    body = json_body(spec, operation) or {"properties": {}}
    return {parameter["name"] for parameter in _heeded(spec, operation, scheme)} | set(body["properties"])


def _heeded(spec: Spec, operation: Operation, scheme: str | None) -> list[dict[str, Any]]:
    return [parameter for parameter in parameters(spec, operation) if scheme not in parameter.get("x-ignored-with", ())]


def _narrow(spec: Spec, operation: Operation, aim: Aim, scheme: str | None) -> None:
    operation["parameters"] = [_narrow_parameter(spec, parameter, aim) for parameter in _heeded(spec, operation, scheme)]
    ids, required = dict(aim.ids), set(aim.ids if aim.insist else ())
    if in_body := scheme is not None and scheme == _body_scheme(spec):
        name = spec["x-credential-in-body"]["name"]
        ids[name] = [aim.secrets[scheme or ""]]
        required.add(name)
    _narrow_body(spec, operation, ids, required)
    operation["security"] = [{scheme: []}] if scheme is not None and not in_body else []


def _narrow_parameter(spec: Spec, parameter: dict[str, Any], aim: Aim) -> dict[str, Any]:
    if parameter["name"] not in aim.ids:
        return parameter
    schema = _only(spec, parameter["schema"], aim.ids[parameter["name"]])
    narrowed = {key: value for key, value in parameter.items() if key != "examples"}
    narrowed["schema"] = schema
    narrowed["example"] = _fitting(parameter.get("example"), schema)
    narrowed["required"] = aim.insist or parameter.get("required", False)
    return narrowed


def _only(spec: Spec, schema: Any, values: Sequence[Any]) -> dict[str, Any]:
    """A schema that takes these values alone, in the type that the contract gives them: an id may be a number or text."""
    kind = resolve(spec, schema)["type"]
    return {"type": kind, "enum": [str(value) if kind == "string" else value for value in values]}


def _fitting(example: Any, schema: dict[str, Any]) -> Any:
    return example if example in schema["enum"] else schema["enum"][0]


def _narrow_body(spec: Spec, operation: Operation, ids: Mapping[str, Sequence[Any]], required: set[str]) -> None:
    schema = json_body(spec, operation)
    if schema is None:
        return
    # The body's credential is no declared property: only what declares it says where it stands.
    credential = {spec.get("x-credential-in-body", {}).get("name")} & required
    only = {
        name: _only(spec, schema["properties"].get(name, {"type": "string"}), values)
        for name, values in ids.items()
        if name in schema["properties"] or name in credential
    }
    if not only:
        return
    needed = required & only.keys()
    schema = {**schema, "properties": {**schema["properties"], **only}}
    if needed:
        schema["required"] = sorted({*schema.get("required", []), *needed})
    request = copy.deepcopy(resolve(spec, operation["requestBody"]))
    request["content"]["application/json"] |= _own_examples(spec, request["content"]["application/json"], only, needed)
    request["content"]["application/json"]["schema"] = schema
    operation["requestBody"] = {**request, "required": bool(needed) or request.get("required", False)}


def _own_examples(spec: Spec, media: dict[str, Any], only: Mapping[str, Any], needed: set[str]) -> dict[str, Any]:
    """The documented bodies, with the actor's ids where they name any."""
    own: dict[str, Any] = {}
    if "example" in media:
        own["example"] = _own(media["example"], only, needed)
    if "examples" in media:
        resolved = {name: resolve(spec, example) for name, example in media["examples"].items()}
        own["examples"] = {name: {**each, "value": _own(each["value"], only, needed)} for name, each in resolved.items()}
    return own


def _own(value: dict[str, Any], only: Mapping[str, Any], needed: set[str]) -> dict[str, Any]:
    named = {name: _fitting(value.get(name), schema) for name, schema in only.items() if name in value or name in needed}
    return {**value, **named}


def _prune_links(spec: Spec) -> None:
    """No link to an operation that is left out, nor to a parameter that is dropped."""
    known = {operation["operationId"]: operation for _, operation in operations(spec)}
    for _, operation in operations(spec):
        for status, response in operation["responses"].items():
            full = copy.deepcopy(resolve(spec, response))
            links = {name: copy.deepcopy(resolve(spec, link)) for name, link in full.get("links", {}).items()}
            full["links"] = {name: link for name, link in links.items() if link.get("operationId") in known}
            for link in full["links"].values():
                _prune_link(link, known[link["operationId"]])
            operation["responses"][status] = full


def _prune_link(link: dict[str, Any], target: Operation) -> None:
    names = {parameter["name"] for parameter in target["parameters"]}
    link["parameters"] = {
        key: value
        for key, value in link.get("parameters", {}).items()
        if key in names or key.removeprefix("path.").removeprefix("query.").removeprefix("header.") in names
    }
