"""Purses: balances, what was taken from them, and what may have been given back."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Sums are told with so many digits at most.
EXACT = 1e-6
#: Payments that a purse remembers.
MOST = 4000


@dataclass
class _Purse:
    """``spent`` since the balance was ``seen``; ``loose``: things that were paid for and whose price may be given back, with it;
    ``excess``: of the balance that was seen, which only money given back for one of ``due`` explains.
    """

    seen: float | None = None
    at: int = 0
    spent: float = 0.0
    loose: dict[str, float] = field(default_factory=dict)
    excess: float = 0.0
    due: set[str] = field(default_factory=set)


class Purses:
    """By scope."""

    def __init__(self) -> None:
        self._known: dict[str, _Purse] = {}
        #: Ids of what was paid for and may still be given back.
        self.watched: set[str] = set()

    def doubt(self) -> None:
        """Nobody knows what was taken or given."""
        self._known.clear()
        self.watched.clear()

    def spend(self, scope: str, total: float, ids: list[str]) -> None:
        """So much was taken for these things together."""
        purse = self._known.setdefault(scope, _Purse())
        purse.spent += total
        if total > 0 and ids:
            purse.loose.update(dict.fromkeys(ids, total / len(ids)))
            self.watched.update(ids)
        if len(self.watched) > MOST:
            self.doubt()

    def look(self, scope: str, balance: float, tick: int) -> tuple[float, float] | None:
        """Note a balance; if it cannot be, the least and the most that it can."""
        purse = self._known.setdefault(scope, _Purse())
        least = None if purse.seen is None else purse.seen - purse.spent
        most = None if least is None else least + sum(purse.loose.values())
        purse.excess = 0.0 if least is None else max(0.0, balance - least)
        purse.due = set(purse.loose) if purse.excess > EXACT else set()
        purse.seen, purse.spent, purse.at = balance, 0.0, tick
        if least is None or most is None or least - EXACT <= balance <= most + EXACT:
            return None
        return least, most

    def final(self, id: str) -> None:
        """It was paid for, and the money stays where it is."""
        self.watched.discard(id)
        for purse in self._known.values():
            purse.loose.pop(id, None)

    def not_given_back(self, id: str, begun: int) -> tuple[str, float] | None:
        """The price of this thing was not given back yet. If now nothing explains a balance that was seen before: the scope and
        how much too much it was.
        """
        for scope, purse in self._known.items():
            if id in purse.due and begun > purse.at:
                purse.due.discard(id)
                if sum(purse.loose.get(each, 0.0) for each in purse.due) < purse.excess - EXACT:
                    excess, purse.excess, purse.due = purse.excess, 0.0, set()
                    return scope, excess
        return None
