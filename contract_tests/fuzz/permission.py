"""Permission: which operations a run may call at all, so that no request is made only for the gate to refuse it."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests import contracts, credentials
from contract_tests.targets.permission import why_not
from contract_tests.targets.target import Target


def permitted(target: Target, api: str) -> list[str]:
    """The operationIds that the target's profile lets a run use, in the contract's order. What ends a credential is left out
    where nothing gives it back.
    """
    resets = target.control_token is not None and target.capabilities.reset
    left_out: Sequence[str] = () if resets else tuple(credentials.ENDING.get(api, ()))
    found = (operation for _, operation in contracts.operations(contracts.load(api)) if why_not(target, operation) is None)
    return [operation["operationId"] for operation in found if operation["operationId"] not in left_out]
