"""Statuses and words with which commands end that found something or were used or set up wrongly."""

from __future__ import annotations

import click

#: The statuses beside 0: something was found or not met; the command was used or set up wrongly.
FOUND, UNUSABLE = 1, 2


def complain(words: str) -> None:
    """One line on standard error."""
    click.echo(f"understudy: {words}", err=True)
