"""The agenda: what falls due in tofrom."""

from __future__ import annotations

from mockserver.apis.tofrom.ladder import LADDER
from mockserver.apis.tofrom.receiving import RECEIVE, receive
from mockserver.engine.ladder import STEP

JOBS = {STEP: LADDER.step, RECEIVE: receive}
