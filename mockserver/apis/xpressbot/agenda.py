"""The agenda: what falls due in xpressbot."""

from __future__ import annotations

from mockserver.apis.xpressbot.ladder import LADDER
from mockserver.apis.xpressbot.receiving import RECEIVE, receive
from mockserver.engine.ladder import STEP

JOBS = {STEP: LADDER.step, RECEIVE: receive}
