"""Checks: what must hold for every reply besides Schemathesis' own checks, by its public ``@schemathesis.check``.

A check is one function for all schemas of the process, so what it needs of the contract is registered by title beforehand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import schemathesis

from contract_tests.contracts import Spec, as_json_schema
from contract_tests.refusals import FORMAL, Refusals

#: Words that a server's insides leave behind in a reply.
TRACES = ("Traceback (most recent call last)", 'File "/', "jsonschema", "connexion.", "starlette.", "sqlite3.", "\n  at ")
#: Shorter input may stand in an error by chance.
ECHO_FROM = 8


class Judged:
    """What the checks know of one contract."""

    def __init__(self, spec: Spec) -> None:
        self.refusals = Refusals(spec)
        self.error = jsonschema_rs.validator_for(
            {"$ref": "#/components/schemas/Error", "components": {"schemas": as_json_schema(spec["components"]["schemas"])}}
        )
        self.words = json.dumps(spec, ensure_ascii=False)


_judged: dict[str, Judged] = {}


def register(spec: Spec) -> None:
    """Let the checks judge replies of this contract."""
    _judged[spec["info"]["title"]] = Judged(spec)


def _contract_of(case: Any) -> Judged:
    return _judged[case.operation.schema.title]


def _json(response: Any) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None


@schemathesis.check
def errors_keep_their_shape(ctx: Any, response: Any, case: Any) -> None:
    """Every error is JSON of the API's one error shape, whatever was asked and whether the contract declares the status."""
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    media_type = next(iter(response.headers.get("content-type", [])), "none")
    assert media_type.partition(";")[0].strip() == "application/json", (
        f"An error must be JSON in the API's own shape, but {response.status_code} came as {media_type}"
    )
    problem = next(_contract_of(case).error.iter_errors(_json(response)), None)
    assert problem is None, f"The body of this {response.status_code} is not the contract's Error: {problem.message}"


@schemathesis.check
def errors_give_nothing_away(ctx: Any, response: Any, case: Any) -> None:
    """No error repeats what was sent or shows the server's insides."""
    if response.status_code < 400:
        return
    text = response.content.decode("utf-8", "replace")
    trace = next((trace for trace in TRACES if trace in text), None)
    assert trace is None, f"This {response.status_code} shows the server's insides: {trace!r}"
    said = _contract_of(case).words
    body = _json(response)
    echo = next((value for value in _sent(case) if value.strip() not in said and _tells(body, value)), None)
    assert echo is None, f"This {response.status_code} repeats what was sent: {echo[:80]!r}"


def _sent(case: Any) -> Iterator[str]:
    """Every text in the request that is long enough to be known again."""
    for part in (case.path_parameters, dict(case.headers or {}), case.query, case.body):
        yield from (text for text in _texts(part) if len(text) >= ECHO_FROM)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _tells(body: Any, value: str) -> bool:
    """Whether a value (not a key: property names may be named) of the reply holds the text."""
    return any(value in text for text in _texts(body))


@schemathesis.check
def valid_requests_are_accepted(ctx: Any, response: Any, case: Any) -> None:
    """A request that keeps the contract is served, or meets a refusal that the contract names and that is not about its form.

    In place of Schemathesis' positive_data_acceptance, which lets pass any 401, 403, 404 and 409 and no 402, 400 or 422.
    """
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code < 400 or response.status_code >= 500:
        return
    if response.status_code == 405 and response.request.method.lower() != case.operation.method.lower():
        return
    names = _contract_of(case).refusals.named(case.operation.label, response.status_code, _json(response))
    assert names - FORMAL, f"A request that keeps the contract was refused with {response.status_code}" + (
        f" as {', '.join(sorted(names))}" if names else ", which the contract names nowhere for this operation"
    )
