"""The agenda: what falls due in restlink."""

from __future__ import annotations

from mockserver.apis.restlink.ladder import LADDER
from mockserver.engine.ladder import STEP

JOBS = {STEP: LADDER.step}
