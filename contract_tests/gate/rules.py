"""Rules: those that a target's profile asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl

from contract_tests import contracts
from contract_tests.credentials import TENANT_IDS
from contract_tests.gate.budget import Allowance, Budget
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.lasting import Lasting
from contract_tests.gate.ledger import Ledger
from contract_tests.gate.observed import Observed
from contract_tests.gate.pacing import LONGEST, Pacing
from contract_tests.gate.permission import Permission
from contract_tests.gate.recipients import Recipients
from contract_tests.gate.rule import Rule
from contract_tests.gate.streak import Streak
from contract_tests.gate.terms import Terms
from contract_tests.targets.permission import freed, why_not
from contract_tests.targets.target import MOCK, Limits, Target

#: Besides the headers that the contracts' security schemes name.
_CREDENTIALS = frozenset({"authorization", "x-api-key", "cookie"})


def rules_for(target: Target, apis: Sequence[str], *, longest: float = LONGEST) -> list[Rule]:
    """The rules before a target, in the order in which they are asked. ``longest``: seconds for which a request is held back.

    A mock is given back afterwards: nothing is refused there, but what would only wait for a process that has died.
    """
    terms = {api: Terms(api, contracts.load(api), TENANT_IDS.get(api, {})) for api in apis}
    if target.profile == MOCK:
        return [Observed(terms), Streak(target.limits.streak)]
    # Not before a request is asked for do these two know each other's answers.
    recipients = Recipients(terms, target.pinned, lambda api, value: ledger.holds(api, value))  # noqa: PLW0108
    ledger = Ledger(terms, target.bases, lambda term: freed(target, term.operation), recipients.reaches_pinned_alone)
    return [
        Observed(terms),
        Permission(terms, lambda term: why_not(target, term.operation)),
        Streak(target.limits.streak),
        recipients,
        Pacing(target.limits.calls_per_second, target.bases, _Callers(terms).credential, longest=longest),
        ledger,
        Lasting(terms, target.limits.lasting),
        Budget(terms, _allowance(target.limits)),
    ]


def ledger_of(rules: Sequence[Rule]) -> Ledger | None:
    """The ledger among the rules; a mock has none."""
    return next((rule for rule in rules if isinstance(rule, Ledger)), None)


def secrets_of(rules: Sequence[Rule]) -> frozenset[str]:
    """The secrets that the rules have seen."""
    return frozenset[str]().union(*(rule.secrets for rule in rules if isinstance(rule, Observed)))


def _allowance(limits: Limits) -> Allowance:
    return Allowance(limits.calls, limits.messages, _exact(limits.cost), _exact(limits.price_per_message))


def _exact(amount: float | None) -> Decimal | None:
    # As it is written, not as a float holds it.
    return None if amount is None else Decimal(str(amount))


class _Callers:
    """Who sends a request: all that its contract lets a credential stand in, but the body."""

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        schemes = [scheme for each in terms.values() for scheme in each.spec["components"].get("securitySchemes", {}).values()]
        self._headers = _CREDENTIALS | {scheme["name"].lower() for scheme in schemes if scheme.get("in") == "header"}
        self._queries = {scheme["name"] for scheme in schemes if scheme.get("in") == "query"}

    def credential(self, exchange: Exchange) -> str:
        said = [value for name, value in exchange.headers if name.lower() in self._headers]
        said += [value for name, value in parse_qsl(exchange.query) if name in self._queries]
        return "\n".join(said)
