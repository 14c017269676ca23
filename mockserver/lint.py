"""The lint of the contracts: OpenAPI's own rules and the project's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.serving.contract import METHODS, Contract, Operation
from mockserver.serving.schemas import Schema, issues

GRADES = ("documented", "published", "assumed")
SIDE_EFFECTS = ("none", "create", "change", "remove", "send", "session")
RECIPIENTS = ("phone", "email", "address", "contact")
_GRADED_COMPONENTS = ("schemas", "parameters", "responses", "headers", "securitySchemes", "requestBodies")
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_ERROR: Schema = {"$ref": "#/components/schemas/Error"}


def check(raw: Mapping[str, Any]) -> list[str]:
    """Every finding as ``<pointer>: what is wrong``, OpenAPI's own first; empty if the contract is sound."""
    return list(_openapi(raw)) or [finding for rule in _RULES for finding in rule(Contract("contract", raw))]


def _openapi(raw: Mapping[str, Any]) -> Iterator[str]:
    from openapi_spec_validator import OpenAPIV30SpecValidator  # noqa: PLC0415  (half a second, only this rule pays)

    for error in OpenAPIV30SpecValidator(dict(raw)).iter_errors():
        yield f"/{'/'.join(str(step) for step in error.absolute_path)}: {error.message.splitlines()[0][:200]}"


def _operation_ids(contract: Contract) -> Iterator[str]:
    """operationIds are snake_case and unique: Connexion would let two operations share one security check."""
    seen: set[str] = set()
    for where, raw in _raw_operations(contract):
        name = raw.get("operationId", "")
        if not _SNAKE_CASE.fullmatch(name):
            yield f"{where}: operationId {name!r} is not snake_case"
        if name in seen:
            yield f"{where}: operationId {name!r} stands twice"
        seen.add(name)


def _paths(contract: Contract) -> Iterator[str]:
    """Nothing at path level (Connexion appends it again and again), and no template before a path that it covers."""
    earlier: list[str] = []
    for path, item in contract.raw["paths"].items():
        if "parameters" in item:
            yield f"/paths/{path}: parameters belong to the operations"
        for template in earlier:
            if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/{]+", re.escape(template)), path):
                yield f"/paths/{path}: is shadowed by {template}, which stands before it"
        earlier.append(path)


def _provenance(contract: Contract) -> Iterator[str]:
    """Every operation and named component says how well it is known; everything inside inherits or says otherwise."""
    graded = list(_raw_operations(contract))
    for kind in _GRADED_COMPONENTS:
        components = contract.raw.get("components", {}).get(kind, {})
        graded += [(f"/components/{kind}/{name}", component) for name, component in components.items()]
    graded += [
        (f"/x-webhooks/{name}", webhook.get("post", webhook)) for name, webhook in contract.raw.get("x-webhooks", {}).items()
    ]
    for where, node in graded:
        if "x-provenance" not in node:
            yield f"{where}: has no x-provenance"
    for where, node in _walk(contract.raw):
        if "x-provenance" in node and node["x-provenance"] not in GRADES:
            yield f"{where}/x-provenance: is none of {', '.join(GRADES)}"


def _side_effects(contract: Contract) -> Iterator[str]:
    """Every operation of an API says what it leaves behind: a run against a deployment decides by it what may be sent."""
    for where, raw in _raw_operations(contract) if contract.raw.get("x-api") != "control" else ():
        effect = raw.get("x-side-effect")
        if effect not in SIDE_EFFECTS:
            yield f"{where}/x-side-effect: is none of {', '.join(SIDE_EFFECTS)}"
        if effect == "none" and ("x-destructive" in raw or "x-cost" in raw):
            yield f"{where}/x-side-effect: what destroys or costs something is not none"
        if raw.get("x-destructive", True) is not True:
            yield f"{where}/x-destructive: is true or left out"
        if "x-cost" in raw:
            yield from _costs(contract, f"{where}/x-cost", raw)
    for where, node in _walk(contract.raw):
        if "x-recipient" in node and node["x-recipient"] not in RECIPIENTS:
            yield f"{where}/x-recipient: is none of {', '.join(RECIPIENTS)}"


def _costs(contract: Contract, where: str, raw: Schema) -> Iterator[str]:
    cost = raw["x-cost"]
    if not isinstance(cost, Mapping) or not cost or cost.keys() - {"messages", "purchases"} or cost.get("purchases", 1) != 1:
        yield f"{where}: names messages (1, or where in the body an array counts them) or purchases (1)"
        return
    messages = cost.get("messages", 1)
    if messages != 1 and not _is_array(contract, raw, messages):
        yield f"{where}/messages: is neither 1 nor a pointer to an array of the JSON body"


def _is_array(contract: Contract, raw: Schema, pointer: Any) -> bool:
    resolve = contract.schemas.resolve
    schema = resolve(resolve(raw.get("requestBody", {})).get("content", {}).get("application/json", {}).get("schema", {}))
    for step in str(pointer).split("/")[1:]:
        schema = resolve(schema.get("properties", {}).get(step, {}))
    return str(pointer).startswith("/") and schema.get("type") == "array"


def _descriptions(contract: Contract) -> Iterator[str]:
    """Every operation, parameter and property says what it is for."""
    for where, raw in _raw_operations(contract):
        if not raw.get("summary") or not raw.get("description"):
            yield f"{where}: needs a summary and a description"
        for parameter in map(contract.schemas.resolve, raw.get("parameters", ())):
            if not parameter.get("description"):
                yield f"{where}: parameter {parameter['name']} has no description"
    for where, schema in _walk(contract.raw.get("components", {}).get("schemas", {}), "/components/schemas"):
        # Inside anyOf a property is only constrained once more; it is described beside it.
        properties = schema.get("properties") if "/anyOf/" not in where else None
        for name, child in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(child, Mapping) and not contract.schemas.resolve(child).get("description") and "allOf" not in child:
                yield f"{where}/properties/{name}: has no description"


def _parameters(contract: Contract) -> Iterator[str]:
    """Parameters have a plain typed schema, and names that make different arguments."""
    for operation in contract.answering:
        where = _where(operation)
        for raw in map(contract.schemas.resolve, operation.raw.get("parameters", ())):
            if "schema" not in raw or "type" not in contract.schemas.resolve(raw["schema"]):
                yield f"{where}: parameter {raw['name']} has no schema with a type"
                return
        arguments = [parameter.argument for parameter in operation.parameters]
        if len(set(arguments)) < len(arguments):
            yield f"{where}: two parameters make the same argument"


def _examples(contract: Contract) -> Iterator[str]:
    """Every example is valid against its schema; an example of a refusal or a webhook too."""
    for where, node in _walk(contract.raw):
        if "schema" in node and isinstance(node["schema"], Mapping) and ("example" in node or "examples" in node):
            for name, value in _example_values(contract, node):
                yield from _mismatches(contract, f"{where}/{name}", node["schema"], value)
    for where, node in _walk(contract.raw.get("components", {}).get("schemas", {}), "/components/schemas"):
        if "example" in node and ("type" in node or "$ref" in node or "allOf" in node or "oneOf" in node):
            yield from _mismatches(contract, f"{where}/example", node, node["example"])


def _example_values(contract: Contract, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "example" in node:
        yield "example", node["example"]
    for name, example in node.get("examples", {}).items():
        yield f"examples/{name}", contract.schemas.resolve(example).get("value")


def _mismatches(contract: Contract, where: str, schema: Schema, value: Any) -> Iterator[str]:
    for issue in issues(contract.schemas.request(schema), value):
        yield f"{where}{''.join(f'/{step}' for step in issue.path)}: {issue.reason}"


def _refusals(contract: Contract) -> Iterator[str]:
    """Every refusal has the API's error shape, the same status and words everywhere, and a name that is a fact's."""
    known: dict[str, Any] = {}
    for operation in contract.answering:
        for status, response in operation.responses.items():
            content = response.get("content", {}).get("application/json", {})
            if status >= 400 and not content.get("examples"):
                yield f"{_where(operation)}/responses/{status}: names no refusal under examples"
        for name, words in operation.refusals.items():
            yield from _mismatches(contract, f"{_where(operation)} refusal {name}", _ERROR, words.body)
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name):
                yield f"{_where(operation)}: refusal {name} is not named in CamelCase"
            if known.setdefault(name, words) != words:
                yield f"{_where(operation)}: refusal {name} has another status or other words elsewhere"
    yield from _marks(contract, set(known))
    for needed in ("RequestMalformed", "PathUnknown", "MethodNotAllowed", "InternalError", "BodyTooLarge"):
        if needed not in contract.refusals_anywhere:
            yield f"/x-refusals: has no {needed}"


def _marks(contract: Contract, known: set[str]) -> Iterator[str]:
    for where, node in _walk(contract.raw):
        marked = [node.get("x-refusal"), *node.get("x-refusals-by-keyword", {}).values()]
        for name in marked:
            if name is not None and name not in known:
                yield f"{where}: marks the refusal {name}, which no operation has"


def _links(contract: Contract) -> Iterator[str]:
    """A link leads to an operation that exists, by parameters that it has."""
    for operation in contract.answering:
        for status, response in operation.responses.items():
            for name, raw in response.get("links", {}).items():
                link = contract.schemas.resolve(raw)
                where = f"{_where(operation)}/responses/{status}/links/{name}"
                target = contract.operations.get(link.get("operationId", ""))
                if target is None:
                    yield f"{where}: leads to no operation"
                    continue
                names = {parameter.name for parameter in target.parameters}
                for parameter in link.get("parameters", {}):
                    if parameter.split(".")[-1] not in names:
                        yield f"{where}: {target.id} has no parameter {parameter}"


def _security(contract: Contract) -> Iterator[str]:
    """A security requirement names one scheme: which of several wins is the order of the list."""
    for where, raw in [("", contract.raw), *_raw_operations(contract)]:
        for alternative in raw.get("security", ()):
            if len(alternative) != 1:
                yield f"{where}/security: each alternative names one scheme"


def _websocket(contract: Contract) -> Iterator[str]:
    """A close code is one that a server may send, and its reason fits beside it into a control frame (RFC 6455, 5.5)."""
    for code, reason in contract.raw.get("x-websocket", {}).get("closes", {}).items():
        if not re.fullmatch(r"10(?:0[0-37-9]|1[0-4])|[34][0-9]{3}", code):
            yield f"/x-websocket/closes/{code}: is no close code of a server"
        if len(reason.encode()) > 123:
            yield f"/x-websocket/closes/{code}: its reason is longer than 123 bytes"


def _raw_operations(contract: Contract) -> list[tuple[str, Schema]]:
    paths = contract.raw["paths"].items()
    operations = [(f"/paths/{path}/{method}", item[method]) for path, item in paths for method in METHODS if method in item]
    return [*operations, *([("/x-websocket", contract.raw["x-websocket"])] if "x-websocket" in contract.raw else [])]


def _where(operation: Operation) -> str:
    live = operation.raw is operation.contract.raw.get("x-websocket")
    return "/x-websocket" if live else f"/paths/{operation.path}/{operation.method}"


def _walk(node: Any, where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object of the document but those inside examples, defaults and not, with its pointer."""
    if isinstance(node, Mapping):
        yield where, node
        for key, child in node.items():
            if key not in ("example", "examples", "default", "enum", "value", "not"):
                yield from _walk(child, f"{where}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _walk(child, f"{where}/{index}")


_RULES = (
    _operation_ids,
    _paths,
    _provenance,
    _side_effects,
    _descriptions,
    _parameters,
    _examples,
    _refusals,
    _links,
    _security,
    _websocket,
)
