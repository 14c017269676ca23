"""Tables: what the shadow knows of each API beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from contract_tests.shadow import bird, restlink, timelines, tofrom, xpressbot
from contract_tests.shadow.terms import Table

TABLES: Mapping[str, Table] = {room.TABLE.api: room.TABLE for room in (restlink, tofrom, xpressbot, bird, timelines)}
