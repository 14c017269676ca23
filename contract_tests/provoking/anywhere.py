"""Anywhere: refusals that have nothing to do with what an API is about; each is provoked at every operation that declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from contract_tests.aim import accepted
from contract_tests.contracts import Operation, Place, Spec, parameters, resolve
from contract_tests.provoking.provocation import Provocation, raw, right
from contract_tests.tenants.stage import Stage

JSON = "application/json"
#: What an API takes where its contract sets no bound.
LARGEST = 1024 * 1024
_NO_UUID, _NO_NUMBER, _NO_WORD = "not-a-uuid", "three", "!?"


def _nobody(stage: Stage, operation_id: str) -> httpx.Response:
    return stage.named(stage.right(operation_id, stage.things()), stage.things()).send(stage.api.client)


def _wrong_parameter(stage: Stage, operation_id: str) -> httpx.Response:
    _, operation = stage.operations[operation_id]
    found = breakable(stage.spec, operation)
    assert found is not None, "only operations with such a parameter have this row"
    where, name, value = found
    return right(stage, operation_id).placing(where, name, value).send(stage.api.client)


def breakable(spec: Spec, operation: Operation) -> tuple[str, str, str] | None:
    """A parameter whose violation has no name of its own: where it stands, its name and a value that it must not have."""
    for parameter in parameters(spec, operation):
        schema = resolve(spec, parameter.get("schema", {}))
        value = _breaking(schema)
        if value is not None and "x-refusal" not in parameter and "x-refusals-by-keyword" not in parameter:
            return parameter["in"], parameter["name"], value
    return None


def _breaking(schema: Mapping[str, Any]) -> str | None:
    if schema.get("type") in ("integer", "number", "boolean"):
        return _NO_NUMBER
    if schema.get("format") in ("uuid", "date", "date-time"):
        return _NO_UUID
    if "enum" in schema:
        return _NO_WORD
    return "x" * (schema["maxLength"] + 1) if "maxLength" in schema and schema["maxLength"] <= 512 else None


def _too_large(stage: Stage, operation_id: str) -> httpx.Response:
    size = stage.spec.get("x-max-bytes", LARGEST) + 1
    return raw(b'{"x": "' + b"x" * size + b'"}')(stage, operation_id)


#: Name → how, for operations to which ``applies`` says yes.
ANYWHERE: Mapping[str, Provocation] = {
    "CredentialMissing": _nobody,
    "MediaTypeUnsupported": raw(b"{}", "text/plain"),
    "BodyMissing": raw(b""),
    "BodyMalformed": raw(b'{"a": '),
    "BodyInvalid": raw(b"[]"),
    "BodyTooLarge": _too_large,
    "ParameterInvalid": _wrong_parameter,
}


def applies(spec: Spec, name: str, operation: Operation) -> bool:
    """Whether the refusal can be provoked at the operation in the way that is meant for all."""
    if name == "CredentialMissing":
        return bool(accepted(spec, operation))
    if name == "ParameterInvalid":
        return breakable(spec, operation) is not None
    return JSON in resolve(spec, operation.get("requestBody", {})).get("content", {})


def elsewhere(stage: Stage) -> httpx.Response:
    """A path of which the contract says nothing."""
    return stage.api.client.get("/nothing-of-this-kind/at-all")


def by_another_method(stage: Stage, place: Place, taken: set[str]) -> httpx.Response:
    """A known path by a method that the contract does not offer there."""
    method = next(each for each in ("PATCH", "DELETE", "PUT", "POST", "GET") if each.lower() not in taken)
    operation_id = next(name for name, (each, _) in stage.operations.items() if each == place)
    return stage.api.client.request(method, right(stage, operation_id).url, headers=dict(right(stage, operation_id).headers))


__all__ = ["ANYWHERE", "applies", "breakable", "by_another_method", "elsewhere"]
