"""Judged: a webhook held against the contract that announces it, open to what a vendor adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs

from contract_tests.contracts import Spec, as_json_schema, open_schema, resolve
from contract_tests.receiver import Received


class Judged:
    """The webhooks of one contract (``x-webhooks``) and how they are delivered (``x-delivery``)."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self.events: dict[str, dict[str, Any]] = {name: item["post"] for name, item in spec["x-webhooks"].items()}
        self.pauses: list[float] = spec["x-delivery"]["retries"]
        self.timeout: float = spec["x-delivery"]["timeout"]
        self.provenance: str = spec["x-delivery"]["x-provenance"]

    @cached_property
    def _components(self) -> Mapping[str, Any]:
        return {"schemas": as_json_schema(self._spec["components"]["schemas"])}

    def problems(self, event: str, received: Received) -> Iterator[str]:
        """What is wrong with a request that tells of this event, in words."""
        operation = self.events[event]
        for parameter in (resolve(self._spec, each) for each in operation.get("parameters", ())):
            yield from self._header(parameter, received)
        kind = received.headers.get("content-type", "none").partition(";")[0].strip()
        if kind != "application/json":
            yield f"the body is {kind}, not application/json"
            return
        schema = open_schema(operation["requestBody"]["content"]["application/json"]["schema"])
        for problem in self._validator(schema).iter_errors(received.json):
            yield f"the body at /{'/'.join(map(str, problem.instance_path))}: {problem.message}"

    def _header(self, parameter: Mapping[str, Any], received: Received) -> Iterator[str]:
        value = received.headers.get(parameter["name"].lower())
        if value is None:
            if parameter.get("required"):
                yield f"the header {parameter['name']} is missing"
            return
        if not self._validator(parameter["schema"]).is_valid(value):
            yield f"the header {parameter['name']} is not what the contract says"

    def _validator(self, schema: Any) -> Any:
        rooted = {**as_json_schema(schema), "components": self._components}
        return jsonschema_rs.validator_for(rooted, validate_formats=True)
