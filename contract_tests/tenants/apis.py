"""APIs: what is known of the tenants of each."""

from __future__ import annotations

from collections.abc import Mapping

from contract_tests.tenants import bird, restlink, timelines, tofrom, xpressbot
from contract_tests.tenants.knowledge import Knowledge

KNOWLEDGE: Mapping[str, Knowledge] = {
    "restlink": restlink.KNOWLEDGE,
    "tofrom": tofrom.KNOWLEDGE,
    "xpressbot": xpressbot.KNOWLEDGE,
    "bird": bird.KNOWLEDGE,
    "timelines": timelines.KNOWLEDGE,
}
