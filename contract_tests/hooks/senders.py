"""Senders: which APIs send webhooks."""

from __future__ import annotations

from contract_tests.hooks.bird import Bird
from contract_tests.hooks.restlink import Restlink
from contract_tests.hooks.sender import Sender
from contract_tests.hooks.timelines import Timelines

SENDERS: dict[str, type[Sender]] = {"restlink": Restlink, "bird": Bird, "timelines": Timelines}
