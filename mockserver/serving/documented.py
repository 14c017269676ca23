"""Documented: what a contract says that an operation may answer, by status and by the name of an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mockserver.serving import replies
from mockserver.serving.contract import Operation

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An example of a response: its name (empty for the only one), its status, its body (None for none)."""

    name: str
    status: int
    body: Any


class Documented:
    """The answers of one operation, in the order of their statuses."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """Every example of every response that is JSON, or has no body at all."""
        return tuple(answer for status in sorted(self._operation.responses) for answer in self._answers(status))

    def _answers(self, status: int) -> Iterator[Answer]:
        content: Mapping[str, Any] = self._operation.responses[status].get("content", {})
        if not content:
            yield Answer("", status, None)
        media = content.get(JSON, {})
        if "example" in media:
            yield Answer("", status, media["example"])
        for name, example in media.get("examples", {}).items():
            yield Answer(name, status, self._operation.contract.schemas.resolve(example)["value"])

    @property
    def errors(self) -> tuple[Answer, ...]:
        """Those by which it says no, or fails."""
        return tuple(answer for answer in self.answers if answer.status >= 400)

    def find(self, status: int | None = None, name: str | None = None) -> Answer | None:
        """The first answer of a status, of a name, or of both."""
        fitting = (one for one in self.answers if status in (None, one.status) and name in (None, one.name))
        return next(fitting, None)

    def reply(self, answer: Answer) -> replies.Checked:
        """The answer, held against the contract. ContractBroken."""
        return replies.checked(self._operation, answer.status, answer.body)

    def has_json(self, status: int) -> bool:
        """Whether a response is declared that is JSON."""
        return JSON in self._operation.responses.get(status, {}).get("content", {})
