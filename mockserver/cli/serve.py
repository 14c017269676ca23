"""``understudy serve``: the mock on a port."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import click

from mockserver.cli import options
from mockserver.cli.local import clear_errors


def _names(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    from mockserver.guard import is_name  # noqa: PLC0415

    for value in values:
        if not is_name(value):
            raise click.BadParameter(f"{value!r} is no name of a host such as mock or 192.168.1.5.")
    return values


@click.command()
@options.apis
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4010, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--world", default="default", show_default=True, help="Opening state: a world's name or a folder of fixtures.")
@click.option("--seed", default=0, show_default=True, help="Seed of all ids: the same requests give the same ids.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps the state; without it, memory.")
@click.option("--population", default=0, type=click.IntRange(0), help="So many more contacts and messages in each API.")
@click.option(
    "--allow-target", "targets", multiple=True, metavar="HOST", help="A host beyond this machine that webhooks may be sent to."
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    callback=_names,
    help="A name beside this machine's own under which the control plane answers.",
)
@click.option(
    "--sandboxes", default=1000, show_default=True, type=click.IntRange(0), help="So many beside the default one at most."
)
@click.option(
    "--sandbox-idle",
    "idle",
    default=1800.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds after which a sandbox leaves that nobody uses.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--announce", type=click.Path(dir_okay=False, path_type=Path), hidden=True)
@click.option("--while-pid", type=click.IntRange(1), hidden=True)
@clear_errors
def serve(
    apis: tuple[str, ...],
    host: str,
    port: int,
    world: str,
    seed: int,
    state: Path | None,
    population: int,
    targets: tuple[str, ...],
    hosts: tuple[str, ...],
    sandboxes: int,
    idle: float,
    quiet: bool,
    announce: Path | None,
    while_pid: int | None,
) -> None:
    """Serve the mock: all APIs that the world has, or those that are named.

    One API alone also stands at its documented path, without the prefix of its name.
    """
    from mockserver import lifeline, server  # noqa: PLC0415
    from mockserver.app import create_app  # noqa: PLC0415
    from mockserver.greeting import greeting  # noqa: PLC0415
    from mockserver.settings import Settings  # noqa: PLC0415
    from mockserver.worlds import apis_of  # noqa: PLC0415

    _guard_host(host)
    chosen = tuple(dict.fromkeys(apis)) or tuple(apis_of(world))
    settings = Settings(
        apis=chosen,
        world=world,
        seed=seed,
        state=state,
        population=population,
        allowed_targets=targets,
        # Who listens on all addresses is greeted with 0.0.0.0, and may use it.
        allowed_hosts=(host, *hosts),
        sandboxes=sandboxes,
        sandbox_idle=idle,
    )
    app = create_app(settings)
    bound = server.listen(host, port)
    text = "" if quiet else greeting(settings, server.url_of(bound))

    def started() -> None:
        click.echo(text, nl=not quiet)
        if announce is not None:
            lifeline.announce(announce, server.url_of(bound))

    if while_pid is not None:
        lifeline.hold(while_pid)
    server.serve(app, bound, started)


def _guard_host(host: str) -> None:
    """Beyond this machine only with a control token that somebody chose."""
    from mockserver.settings import control_token_from_environment  # noqa: PLC0415

    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise click.BadParameter(
            f"{host!r} is no address to listen on; use one like 127.0.0.1 or ::1.", param_hint="--host"
        ) from None
    if not loopback and not control_token_from_environment():
        raise click.UsageError(f"--host {host} is reachable from other machines: set UNDERSTUDY_CONTROL_TOKEN first.")
