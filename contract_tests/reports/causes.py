"""Causes: findings that are most likely one mistake, shown as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract_tests.reports.finding import ERROR, Finding


@dataclass(frozen=True)
class Cause:
    """``findings``: each with its place among all, from 1; the shortest sequence first."""

    findings: tuple[tuple[int, Finding], ...]

    @property
    def first(self) -> Finding:
        """The one that shows it most plainly."""
        return self.findings[0][1]

    @property
    def head(self) -> str:
        """The statements it breaks, and where: ``R15 GET /user/balance``."""
        return " ".join(filter(None, [*self.first.statements, self.first.operation])) or self.first.test


def causes(findings: Sequence[Finding]) -> list[Cause]:
    """Errors before remarks, else in the order in which they were found."""
    groups: dict[tuple[object, ...], list[tuple[int, Finding]]] = {}
    for place, each in enumerate(findings, 1):
        # A law is one statement's word on one thing; what other checks find alike in one place is one.
        own = each.test if each.part == "laws" else None
        key = (each.severity, each.api, each.statements, each.operation, each.check, each.pointer, own)
        groups.setdefault(key, []).append((place, each))
    found = [Cause(tuple(sorted(group, key=lambda known: len(known[1].sequence)))) for group in groups.values()]
    return sorted(found, key=lambda cause: cause.first.severity != ERROR)
