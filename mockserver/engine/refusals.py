"""Refusals: the documented ways to say no. Each is named by the fact and carries no status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


class Refusal(Exception):
    """A documented "no". Raised wherever it is found, caught nowhere on the way.

    The contract holds its status and its words, under the refusal's name; ``facts`` are what only the
    moment knows (a balance, a list of fields) and what the API's wire room may add to the words.
    """

    def __init__(self, name: str | None = None, **facts: Any) -> None:
        self.name = name or type(self).__name__
        self.facts = facts
        super().__init__(self.name)


@dataclass(frozen=True, slots=True)
class Issue:
    """One way in which a request breaks its contract.

    ``path``: keys and indexes from the root of the body (or the parameter's name); ``keyword``: the JSON Schema
    keyword that failed; ``reason``: in words, without any of the caller's values; ``at``: where the validator found the
    keyword, empty if it was not a validator that objected.
    """

    path: tuple[str | int, ...]
    keyword: str
    reason: str
    at: tuple[str | int, ...] = field(default=(), compare=False)


class InvalidRequest(Refusal):
    """A request that its contract does not admit; ``issues`` says where and why, the first one first."""

    def __init__(self, name: str | None = None, issues: Sequence[Issue] = ()) -> None:
        super().__init__(name)
        self.issues = tuple(issues)


class BodyInvalid(InvalidRequest):
    """The body is JSON but not what the schema asks for."""


class ParameterInvalid(InvalidRequest):
    """A path, query or header parameter breaks its schema, is missing, or is given twice."""


class BodyMissing(InvalidRequest):
    """A required body is absent."""


class BodyMalformed(InvalidRequest):
    """The body cannot be read as what its media type says."""


class BodyTooLarge(Refusal):
    """The body is longer than the contract allows."""


class MediaTypeUnsupported(Refusal):
    """The body comes in a media type that the operation does not take."""


class CredentialMissing(Refusal):
    """No credential was presented where one is needed."""


class CredentialMalformed(Refusal):
    """A credential was presented in a form that the scheme does not know."""


class CredentialUnknown(Refusal):
    """A well-formed credential that belongs to nobody."""


class RequestMalformed(Refusal):
    """What came is no HTTP request."""


class PathUnknown(Refusal):
    """No operation of the contract has this path."""


class MethodNotAllowed(Refusal):
    """The path exists, the method does not; ``allow`` lists those that do."""

    def __init__(self, allow: Sequence[str]) -> None:
        super().__init__(allow=tuple(allow))
