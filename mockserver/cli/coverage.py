"""``understudy coverage``: what of the contracts the clients of a running mock exercised."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_mock
from mockserver.cli.mistakes import FOUND

if TYPE_CHECKING:
    from mockserver.client import ControlClient


@click.command()
@options.apis
@click.option("--format", "form", type=click.Choice(["table", "json", "junit"]), default="table", show_default=True)
@click.option("--threshold", default=0.0, type=click.FloatRange(0, 100), metavar="PERCENT", help="Status 1 below this share.")
@click.option(
    "--of",
    type=click.Choice(["operations", "statuses", "webhooks", "frames", "all"]),
    default="operations",
    show_default=True,
    help="What the threshold is held against.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to.")
@click.option("--sandbox", envvar="UNDERSTUDY_SANDBOX", metavar="NAME", help="Of this one alone; without it, of the whole run.")
@reaches_mock
def coverage(client: ControlClient, apis: tuple[str, ...], form: str, threshold: float, of: str, output: Path | None) -> None:
    """Tell what the clients of the whole run exercised, or with --sandbox those of one sandbox, and what they never did."""
    from mockserver.coverage.rendering import render  # noqa: PLC0415

    where = "sandbox" if client.sandbox else "run"
    report = client.call("GET", "/coverage", params={"of": where, "api": list(apis) or None})
    text, met = render(report, form, threshold, of)
    if output is None:
        click.echo(display.plain(text).rstrip("\n"))
    else:
        _write(output, text)
    sys.exit(0 if met else FOUND)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}.") from None
