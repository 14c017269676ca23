"""What several commands are told in the same words: APIs, addresses, instants, lengths of time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import click

from mockserver.data import MOUNTS

DEFAULT_URL = "http://127.0.0.1:4010"
API = click.Choice(tuple(MOUNTS))
apis = click.argument("apis", nargs=-1, type=API, metavar="[API]...")


def url(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The callback of a ``--url``."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.BadParameter(f"{value!r} is no URL such as {DEFAULT_URL}.")
    return value


def instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """The callback of what takes an RFC 3339 date-time."""
    from mockserver.engine.clock import ClockOutOfRange, parse_rfc3339, within_range  # noqa: PLC0415

    try:
        return None if value is None else within_range(parse_rfc3339(value))
    except (ValueError, OverflowError, ClockOutOfRange):
        raise click.BadParameter(f"{value!r} is no instant such as 2026-02-13T12:00:00Z.") from None


class Length(click.ParamType[float]):
    """A length of time: ``90s``, ``2h30m``, ``1.5h``, or a number of seconds."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """In seconds."""
        from mockserver.testing.lengths import seconds_of  # noqa: PLC0415  (few commands are told one)

        text = str(value)
        try:
            return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text, re.ASCII) else seconds_of(text)
        except ValueError:
            self.fail(f"{text!r} is no length of time such as 90s or 2h30m.", param, ctx)


LENGTH = Length()
