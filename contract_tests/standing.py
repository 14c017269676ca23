"""Standing: the gate before a target, for as long as somebody sends through it; then what was created is removed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contract_tests import contracts
from contract_tests.gate.pacing import LONGEST
from contract_tests.gate.proxy import CONTROL, LOOPBACK, Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.rules import ledger_of, rules_for, secrets_of
from contract_tests.gate.teardown import Leak, teardown
from contract_tests.secrets import Scrubber, configured
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import MOCK, Target
from mockserver.data import MOUNTS

GATE_URL = "UNDERSTUDY_GATE_URL"
#: How a run is told to end from outside: by CI, and by a terminal that is closed.
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_HOOKS = Path(__file__).parent / "gate" / "hooks.py"
#: Seconds for which a request of a tool is held back: their own patience often ends after ten.
_SHORT = 5.0
#: How many of the same kind are told by their ids.
_NAMED = 5


@dataclass
class Standing:
    """A gate that is open. ``leaks``: what was left behind, known when it is closed."""

    target: Target
    apis: tuple[str, ...]
    gate: Gate
    rules: Sequence[Rule]
    url: str
    leaks: list[Leak] = field(default_factory=list)

    def bases(self) -> dict[str, str]:
        """API → where it stands behind the gate."""
        return {api: self.url + MOUNTS[api] for api in self.apis}

    def environment(self, before: Mapping[str, str]) -> dict[str, str]:
        """What a command needs to send through the gate, beside the environment ``before``."""
        given = {f"{api.upper()}_BASE_URL": base for api, base in self.bases().items()}
        given |= {GATE_URL: self.url, "SCHEMATHESIS_HOOKS": str(_HOOKS)}
        if before.get("SCHEMATHESIS_HOOKS"):
            given["UNDERSTUDY_HOOKS_BEFORE"] = before["SCHEMATHESIS_HOOKS"]
        # What stands on this machine is not reached by a proxy.
        given |= {name: ",".join(filter(None, [before.get(name), LOOPBACK])) for name in ("NO_PROXY", "no_proxy")}
        return given

    def scrubber(self) -> Scrubber:
        """Knows every secret that the run was given or has come upon so far."""
        token = {"UNDERSTUDY_CONTROL_TOKEN": self.target.control_token or ""}
        return Scrubber(configured(self.target.casts) | token, sorted(secrets_of(self.rules)))

    def told(self) -> list[str]:
        """How many requests passed and were refused, and what was left behind, in lines."""
        lines = [f"{self.gate.passed} requests passed the gate, {self.gate.refused.total()} were refused."]
        lines += [f"  {count} refused: {reason}" for reason, count in self.gate.refused.most_common()]
        return lines + self.left_behind()

    def left_behind(self) -> list[str]:
        """What the run has made and could not remove, in lines; none if there is nothing."""
        if not self.leaks:
            return []
        return [f"{len(self.leaks)} things were left behind at {self.target.name}:", *_told(self.leaks)]


def _told(leaks: Sequence[Leak]) -> list[str]:
    """A line for each way in which something was left behind, with the first ids."""
    ids: dict[tuple[str, str, str], list[str]] = {}
    for leak in leaks:
        ids.setdefault((leak.api, leak.operation, leak.why), []).append(leak.id or "of unknown id")
    return [f"  {api} {operation}: {_few(named)} ({why})" for (api, operation, why), named in ids.items()]


def _few(named: Sequence[str]) -> str:
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def standing(
    target: Target, apis: Sequence[str], *, more: Sequence[Rule] = (), port: int = 0, longest: float = LONGEST
) -> Iterator[Standing]:
    """The gate before these APIs of an open target, with the rules that its profile asks for and ``more``. At the end of the
    block, however it comes, what was created is removed. OSError if the port is taken.
    """
    rules = [*rules_for(target, apis, longest=longest), *more]
    gate = gate_before(target, apis, rules)
    with gate.open(port) as url:
        stand = Standing(target, tuple(apis), gate, rules, url)
        try:
            yield stand
        finally:
            ledger = ledger_of(rules)
            if ledger is not None:
                with _undisturbed():
                    stand.leaks = teardown(gate, ledger)


@contextmanager
def for_a_command(where: str, apis: Sequence[str], config: Path | None = None, port: int = 0) -> Iterator[Standing]:
    """The gate before a target that is named as on the command line. TargetUnusable if there is none, OSError for the port."""
    token = os.environ.get("UNDERSTUDY_CONTROL_TOKEN") or None
    with (
        open_target(where, apis, token, config) as (target, chosen),
        standing(target, chosen, port=port, longest=_SHORT) as stand,
    ):
        yield stand


def gate_before(target: Target, apis: Sequence[str], rules: Sequence[Rule] = ()) -> Gate:
    """A gate that leads to these APIs of the target, and to its control plane if that is open to the run."""
    mounts = [Mount(api, MOUNTS[api], target.bases[api], Routes(contracts.load(api))) for api in apis]
    if target.root is not None and (target.profile == MOCK or target.control_token is not None):
        mounts.append(Mount(None, CONTROL, target.root + CONTROL, None))
    return Gate(mounts, rules)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever presses Ctrl-C twice, or tells the run to end more than once, still wants to leave nothing behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
