"""The shadow model: what a deployment must remember, learned from all that passes the gate."""

from contract_tests.shadow.shadow import Shadow

__all__ = ["Shadow"]
