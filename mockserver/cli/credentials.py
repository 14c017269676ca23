"""``understudy credentials``: the cast of a world."""

from __future__ import annotations

from datetime import datetime

import click

from mockserver.cli import options
from mockserver.cli.local import clear_errors


@click.command()
@click.argument("api", required=False, type=options.API, metavar="[API]")
@click.option("--format", "form", type=click.Choice(["table", "json", "env"]), default="table", show_default=True)
@click.option("--url", default=options.DEFAULT_URL, show_default=True, callback=options.url, help="Where the mock is served.")
@click.option("--world", default="default", show_default=True, help="The world whose cast is wanted.")
@click.option(
    "--now", callback=options.instant, help="Mint tokens for this instant, if the mock's clock shows another time than yours."
)
@clear_errors
def credentials(api: str | None, form: str, url: str, world: str, now: datetime | None) -> None:
    """Print the cast of a world with credentials that work, tokens freshly minted."""
    from mockserver import credentials as cast  # noqa: PLC0415
    from mockserver.worlds import apis_of  # noqa: PLC0415

    click.echo(cast.render(cast.collect([api] if api else apis_of(world), url, world, now), form), nl=form != "env")
