"""Rule: one concern of the gate. Every request passes all rules in their order, and every reply in the same."""

from __future__ import annotations

from contract_tests.gate.exchange import Exchange


class Rule:
    """What does nothing. A rule overrides what it cares about; all are called in the gate's one thread."""

    def ask(self, exchange: Exchange) -> str | None:
        """Why this request may not leave, in a sentence for people; None: it may. Headers and body may be changed here."""
        return None

    async def wait(self, exchange: Exchange) -> str | None:
        """Hold back a request that may leave; why it may not leave any more, after all."""
        return None

    def undo(self, exchange: Exchange) -> None:
        """Take back what was noted in ``ask``: another rule has refused the request, so it never left."""

    def saw(self, exchange: Exchange) -> None:
        """Look at a reply (or at what broke). What is wrong with it is added to its ``objections``."""

    def steers(self, exchange: Exchange) -> None:
        """A request to a mock's control plane is about to leave; no rule is asked about it."""

    def steered(self, exchange: Exchange) -> None:
        """The control plane has answered, or broken off."""
