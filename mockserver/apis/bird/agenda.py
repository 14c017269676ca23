"""The agenda: what falls due in bird."""

from __future__ import annotations

from mockserver.apis.bird.ladder import LADDER, LAPSE, lapse
from mockserver.apis.bird.receiving import RECEIVE, receive
from mockserver.engine.ladder import STEP

JOBS = {STEP: LADDER.step, LAPSE: lapse, RECEIVE: receive}
