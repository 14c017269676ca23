"""The report of a coverage: counts laid over the contracts, so that what never happened stands there, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.coverage.counts import Counts
from mockserver.serving.contract import Contract, Operation

#: What a share can be told of. An operation is exercised by a success, a status by one reply with it.
MEASURES = ("operations", "statuses", "webhooks", "frames", "all")


def report(contracts: Iterable[Contract], counts: Counts) -> dict[str, Any]:
    """``{"totals", "apis": [{"api", "totals", "operations", "webhooks", "frames"}]}``, everything in the contracts' order."""
    apis = [_api(contract, counts) for contract in contracts]
    return {"totals": _sum([api["totals"] for api in apis]), "apis": apis}


def _api(contract: Contract, counts: Counts) -> dict[str, Any]:
    name = contract.name
    operations = [_operation(operation, counts) for operation in contract.answering]
    webhooks = [{"webhook": one, "count": counts.webhooks[name, one]} for one in contract.raw.get("x-webhooks", ())]
    types = contract.websocket.raw["frames"] if contract.websocket else ()
    frames = [{"frame": one, "count": counts.frames[name, one]} for one in types]
    return {
        "api": name,
        "totals": _totals(operations, webhooks, frames),
        "operations": operations,
        "webhooks": webhooks,
        "frames": frames,
    }


def _operation(operation: Operation, counts: Counts) -> dict[str, Any]:
    counted = {
        status: count
        for (api, name, status), count in counts.answers.items()
        if (api, name) == (operation.contract.name, operation.id)
    }
    statuses = sorted({*operation.responses, *counted})
    answers = [
        {"status": status, "documented": status in operation.responses, "count": counted.get(status, 0)} for status in statuses
    ]
    exercised = any(answer["count"] and answer["documented"] and answer["status"] < 400 for answer in answers)
    return {
        "operation": operation.id,
        "method": operation.method.upper(),
        "path": operation.path,
        "exercised": exercised,
        "answers": answers,
    }


def _totals(operations: list[Any], webhooks: list[Any], frames: list[Any]) -> dict[str, dict[str, Any]]:
    answers = [answer for operation in operations for answer in operation["answers"] if answer["documented"]]
    flags = {
        "operations": [operation["exercised"] for operation in operations],
        "statuses": [bool(answer["count"]) for answer in answers],
        "webhooks": [bool(webhook["count"]) for webhook in webhooks],
        "frames": [bool(frame["count"]) for frame in frames],
    }
    flags["all"] = [flag for measure in ("statuses", "webhooks", "frames") for flag in flags[measure]]
    return {measure: _share(sum(found), len(found)) for measure, found in flags.items()}


def _sum(totals: list[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {
        measure: _share(sum(one[measure]["exercised"] for one in totals), sum(one[measure]["of"] for one in totals))
        for measure in MEASURES
    }


def _share(exercised: int, of: int) -> dict[str, Any]:
    """``percent`` is rounded down to a tenth: 100 means all. Of nothing, all is exercised."""
    return {"exercised": exercised, "of": of, "percent": exercised * 1000 // of / 10 if of else 100.0}
