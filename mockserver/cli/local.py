"""How commands end that work in this process, without a running mock, when something is set up wrongly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from mockserver.cli.mistakes import UNUSABLE, complain


def clear_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Set-up mistakes end with status 2 and their own words."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        from mockserver.engine.store.sqlite import StateUnusable  # noqa: PLC0415  (only what a command needs is imported)
        from mockserver.server import PortTaken  # noqa: PLC0415
        from mockserver.worlds import WorldInvalid  # noqa: PLC0415

        try:
            return command(*args, **options)
        except (StateUnusable, PortTaken, WorldInvalid) as error:
            complain(str(error))
            sys.exit(UNUSABLE)

    return run
