"""Refusals: which of a contract's named "no"s a reply is, read from the examples of its error responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.contracts import Operation, Spec, operations, resolve

#: Facts about the form of a request. A request that keeps the contract must never meet one of these.
FORMAL = frozenset(
    {
        "RequestMalformed",
        "PathUnknown",
        "MethodNotAllowed",
        "MediaTypeUnsupported",
        "BodyMalformed",
        "BodyMissing",
        "BodyInvalid",
        "ParameterInvalid",
        "CredentialMissing",
        "CredentialMalformed",
        "CredentialUnknown",
        "InternalError",
    }
)
#: Where the five APIs keep the code that a program decides by.
CODES = ("error_code", "code", "error")


class Refusals:
    """``named`` finds the refusals of one contract."""

    def __init__(self, spec: Spec) -> None:
        everywhere = [(str(refusal["status"]), name, refusal["value"]) for name, refusal in spec.get("x-refusals", {}).items()]
        self._by_operation = {str(place): [*_declared(spec, operation), *everywhere] for place, operation in operations(spec)}

        said = {_code(example) for listed in self._by_operation.values() for _, _, example in listed}
        #: Whether programs can decide by a code: whoever writes words with spaces between them means people.
        self.coded = not any(" " in (code or "") for code in said)

    def declared(self, label: str) -> list[tuple[str, str]]:
        """Name and status of every refusal of the operation (``GET /path``)."""
        return [(name, status) for status, name, _ in self._by_operation.get(label, ())]

    def named(self, label: str, status: int, body: Any) -> set[str]:
        """Names of the refusals that the operation (``GET /path``) declares for this status and that the body can be.

        Those whose every fixed text is the same; where there is none, as on a deployment with its own sentences, those with
        the same code, and every one of this status where the contract has sentences in place of codes.
        """
        declared = [(name, example) for code, name, example in self._by_operation.get(label, ()) if code == str(status)]
        exact = {name for name, example in declared if _says_the_same(example, body)}
        if exact or not self.coded:
            return exact or ({name for name, _ in declared} if isinstance(body, Mapping) else set())
        return {name for name, example in declared if _code(example) is not None and _code(example) == _code(body)}


def _declared(spec: Spec, operation: Operation) -> Iterator[tuple[str, str, Any]]:
    for status, response in operation["responses"].items():
        for media in resolve(spec, response).get("content", {}).values():
            for name, example in media.get("examples", {}).items():
                yield str(status), name, resolve(spec, example)["value"]


def _says_the_same(example: Any, body: Any) -> bool:
    """Texts and flags are fixed; numbers and lists belong to the moment."""
    if isinstance(example, Mapping):
        return isinstance(body, Mapping) and all(_says_the_same(value, body.get(key)) for key, value in example.items())
    return example == body if isinstance(example, str | bool) else True


def _code(body: Any) -> str | None:
    if not isinstance(body, Mapping):
        return None
    found = next((body[key] for key in CODES if key in body), None)
    return found if isinstance(found, str) else _code(found)
