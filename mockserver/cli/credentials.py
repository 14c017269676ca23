"""``understudy credentials``: the cast of a world."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from mockserver.cli import options
from mockserver.cli.control import clear_refusals, client_of, located, step, token
from mockserver.cli.local import clear_errors


@click.command()
@click.argument("api", required=False, type=options.API, metavar="[API]")
@click.option("--format", "form", type=click.Choice(["table", "json", "env"]), default="table", show_default=True)
@located
@click.option("--world", default="default", show_default=True, help="The world whose cast is wanted.")
@click.option(
    "--now", callback=options.instant, help="Mint tokens for this instant, if the mock's clock shows another time than yours."
)
@click.option("--sandbox", metavar="NAME", help="Ask the mock that runs at --url for the cast of this sandbox.")
@token
@clear_errors
def credentials(
    api: str | None, form: str, url: str, world: str, now: datetime | None, sandbox: str | None, token: str | None
) -> None:
    """Print the cast of a world with credentials that work, tokens freshly minted.

    With --sandbox it is the cast of a sandbox of a running mock: its own credentials, which lead to it by themselves.
    """
    from mockserver import credentials as cast  # noqa: PLC0415
    from mockserver.worlds import apis_of  # noqa: PLC0415

    if sandbox is None:
        collected = cast.collect([api] if api else apis_of(world), url, world, now)
    else:
        collected = _of_sandbox(sandbox, url, token, api, click.get_current_context())
    click.echo(cast.render(collected, form), nl=form != "env")


def _of_sandbox(sandbox: str, url: str, token: str | None, api: str | None, context: click.Context) -> dict[str, Any]:
    for name in ("world", "now"):
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} is for worlds without a mock; a sandbox has its own.")
    with clear_refusals(), client_of(url, token, None) as client:
        told = client.call("GET", f"/sandboxes/{step(sandbox)}")["credentials"]
    if api and api not in told:
        raise click.UsageError(f"{api} is not served at {url}, only {', '.join(told)}.")
    return {api: told[api]} if api else told
