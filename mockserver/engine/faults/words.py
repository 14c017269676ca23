"""Words: rules in one line each, for those who wonder why their calls go wrong."""

from __future__ import annotations

from typing import Any

from mockserver.engine import disturbances
from mockserver.engine.disturbances import Rule
from mockserver.engine.faults.armed import room
from mockserver.engine.faults.rules import Kept, kept_rules
from mockserver.engine.sandbox import Transaction


def all_armed(tx: Transaction) -> list[str]:
    """All that goes wrong on purpose in the sandbox of a transaction: calls first, then webhooks."""
    faults = [f"{kept.id}: {described(kept)}" for kept in kept_rules(room(tx)) if kept.is_armed]
    return faults + [_disturbance(rule) for rule in disturbances.all_rules(tx.within("outbox"))]


def _disturbance(rule: Rule) -> str:
    where = " ".join(str(rule[name]) for name in ("api", "event") if rule.get(name)) or "any event"
    return f"webhooks: {rule['effect']} on {where}" + (f", {rule['next']} left" if rule.get("next") else "")


def described(kept: Kept) -> str:
    """``error RateLimitExceeded on restlink send_sms, 2 left``; no values of headers and bodies, for anybody may read it."""
    rule = kept.rule
    where = " ".join(rule[name] for name in ("api", "operation") if name in rule) or "any call"
    words = [f"{kept.effect.replace('_', ' ')}{_detail(rule[kept.effect])} on {where}"]
    if "actor" in rule:
        words.append(f"by {rule['actor']}")
    if "header" in rule:
        words.append(f"with {rule['header']['name']}")
    if "body" in rule:
        words.append(f"by {rule['body']['at']} of the body")
    words += _when(rule)
    return " ".join(words) + ("" if kept.left is None else f", {kept.left} left")


def _detail(terms: Any) -> str:
    told = terms.get("refusal") or terms.get("status") or terms.get("seconds") or terms.get("at")
    return f" {told}" if told else ""


def _when(rule: Any) -> list[str]:
    told = {"nth": "call number {}", "every": "one in {} calls", "share": "{:.0%} of the calls"}
    return [words.format(rule[name]) for name, words in told.items() if name in rule]
