"""Failures: one thing that is wrong, and the signature by which it is the same one in every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple


class Signature(NamedTuple):
    """What makes two failures one finding. ``operation``: label (``GET /path``); ``status``: of the reply, 0 if there was none;
    ``pointer``: into the contract, empty where the check knows none.
    """

    api: str
    check: str
    operation: str
    status: int
    pointer: str

    @property
    def id(self) -> str:
        """Ten characters, the same in every run and on every machine."""
        return hashlib.sha256("\n".join(map(str, self)).encode()).hexdigest()[:10]

    def words(self) -> str:
        """In a line, for people."""
        status = f" {self.status}" if self.status else ""
        return f"{self.api}: {self.check} at {self.operation}{status}" + (f" ({self.pointer})" if self.pointer else "")


@dataclass(frozen=True)
class Failure:
    """``step``: of the sequence, the one that showed it; ``statements``: ids of documented statements that it breaks."""

    signature: Signature
    message: str
    step: int
    statements: tuple[str, ...] = ()
    detail: str = ""

    @property
    def id(self) -> str:
        """That of the signature."""
        return self.signature.id

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "signature": self.signature._asdict(), "statements": list(self.statements)}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Failure:
        """The reverse of ``document``."""
        return cls(**{**document, "signature": Signature(**document["signature"]), "statements": tuple(document["statements"])})
