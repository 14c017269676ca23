"""Guarded: a target behind its gate, for as long as a run lasts; what the run made is removed at its end, however it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from contract_tests import contracts
from contract_tests.gate.proxy import CONTROL, Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.rules import ledger_of, rules_for, secrets_of
from contract_tests.gate.teardown import Leak, teardown
from contract_tests.secrets import Scrubber, configured
from contract_tests.shadow import Shadow
from contract_tests.targets.target import Target
from mockserver.data import MOUNTS


@dataclass
class Guarded:
    """``url``: of the gate; ``leaks``: what the run has left behind, known when it has ended."""

    target: Target
    gate: Gate
    rules: Sequence[Rule]
    url: str
    leaks: list[Leak] = field(default_factory=list)

    def scrubber(self) -> Scrubber:
        """Knows every secret that the run was given or has seen so far."""
        token = {"UNDERSTUDY_CONTROL_TOKEN": self.target.control_token or ""}
        return Scrubber(configured(self.target.casts) | token, sorted(secrets_of(self.rules)))


@contextmanager
def guarded(target: Target, apis: Sequence[str], more: Sequence[Rule] = ()) -> Iterator[Guarded]:
    """The gate before these APIs of the target, with the rules that its profile asks for, the shadow, and ``more``."""
    rules = [*rules_for(target, apis), Shadow(apis, target.casts, target.profile), *more]
    gate = gate_before(target, apis, rules)
    with gate.open() as url:
        standing = Guarded(target, gate, rules, url)
        try:
            yield standing
        finally:
            ledger = ledger_of(rules)
            standing.leaks += teardown(gate, ledger) if ledger is not None else []


def gate_before(target: Target, apis: Sequence[str], rules: Sequence[Rule] = ()) -> Gate:
    """A gate that leads to these APIs of the target, and to its control plane if it is a mock."""
    mounts = [Mount(api, MOUNTS[api], target.bases[api], Routes(contracts.load(api))) for api in apis]
    if target.root is not None:
        mounts.append(Mount(None, CONTROL, target.root + CONTROL, None))
    return Gate(mounts, rules)
