"""Sums: figures of a reply held against what they count, and balances against what was spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.look import Look
from contract_tests.shadow.terms import Purse, Shows, Sum
from contract_tests.shadow.views import at


def counted(look: Look, role: Sum) -> None:
    """A figure and the items that it counts."""
    figure, items = at(look.reply, role.at), at(look.reply, role.of)
    if not isinstance(figure, int) or not isinstance(items, list):
        return
    fitting = [item for item in items if isinstance(item, Mapping) and role.where.items() <= dict(item).items()]
    if len(fitting) != figure:
        message = f"{role.at} is {figure}, and {len(fitting)} of {role.of} are {dict(role.where)}"
        look.against(terms.COUNT, None, message, role.statements)


def settled(look: Look, role: Shows, id: str, item: Mapping[str, Any]) -> None:
    """A thing that was paid for, and how far it has come."""
    purse, status = look.known.table.purse, item.get("status")
    if purse is None or purse.collection != role.collection or not isinstance(status, str) or status in purse.refunded:
        return
    found = look.known.purses.not_given_back(id, look.asked.begun)
    if found is not None:
        scope, excess = found
        message = f"the balance of {scope} was {excess:.6f} too much: nothing that was paid for has been given back"
        look.against(terms.BALANCE, None, message)
    if status in purse.final:
        look.known.purses.final(id)


def balance(look: Look, role: Purse) -> None:
    """A balance, where nobody else spends or pays in."""
    value, scope = at(look.reply, role.at), role.scope(look.asked)
    if not look.known.exact or scope is None or not isinstance(value, int | float):
        return
    region = look.region(look.known.table.collections[role.collection])
    if any(each.writing or each.written >= look.asked.begun for each in look.known.memory.of(role.collection)):
        look.known.purses.doubt()
        return
    if region is None or look.known.steered >= look.asked.begun:
        return
    bounds = look.known.purses.look(scope, float(value), look.tick)
    if bounds is not None:
        least, most = bounds
        words = f"{least:.6f}" if least == most else f"between {least:.6f} and {most:.6f}"
        look.against(terms.BALANCE, None, f"the balance is {value}, and after what was spent it should be {words}")
