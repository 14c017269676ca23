"""Webhooks as a contract describes them: how long a receiver has, when it is tried again, what a body must be."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.serving.contract import Contract
from mockserver.serving.schemas import Schema, issues


class Webhooks:
    """The ``x-webhooks`` and ``x-delivery`` of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        terms = contract.raw["x-delivery"]
        #: Seconds until no answer counts as a failure.
        self.timeout = float(terms["timeout"])
        #: Seconds from each failed attempt to the next.
        self.retries = tuple(float(pause) for pause in terms["retries"])

    def breach(self, webhook: str, body: str) -> str | None:
        """Where and why the contract does not admit this JSON body; None if it does."""
        validator = self._contract.schemas.reply(self._schema(webhook))
        document: Any = orjson.loads(body)
        if validator.is_valid(document):
            return None
        first = issues(validator, document)[0]
        return f"{webhook}: {''.join(f'/{step}' for step in first.path) or '/'} {first.reason}"

    def _schema(self, webhook: str) -> Schema:
        schema: Schema = self._contract.raw["x-webhooks"][webhook]["post"]["requestBody"]["content"]["application/json"]["schema"]
        return schema
