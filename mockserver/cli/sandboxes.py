"""``understudy sandbox`` and ``reset``: isolated copies of a world in a running mock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_mock

if TYPE_CHECKING:
    from mockserver.client import ControlClient


@click.command()
@click.option("--now", callback=options.instant, help="Open the world at this instant, its clock standing still.")
@reaches_mock
def reset(client: ControlClient, now: datetime | None) -> None:
    """Put the mock back into its opening state."""
    with display.patience("Opening the world"):
        client.call("POST", "/reset", None if now is None else {"now": now.isoformat()})
