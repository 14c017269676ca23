"""The commands: ``understudy serve``, ``credentials``, ``specs`` and ``test``."""

from __future__ import annotations

import ipaddress
import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mockserver import data
from mockserver.settings import Settings, control_token_from_environment

_APIS = click.Choice(list(data.MOUNTS))
_FOUND, _UNUSABLE = 1, 2


def _clear_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Set-up mistakes end with status 2 and their own words, never with a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        from mockserver.engine.store.sqlite import StateUnusable  # noqa: PLC0415  (only what a command needs is imported)
        from mockserver.server import PortTaken  # noqa: PLC0415
        from mockserver.worlds import WorldInvalid  # noqa: PLC0415

        try:
            return command(*args, **options)
        except (StateUnusable, PortTaken, WorldInvalid) as error:
            click.echo(f"understudy: {error}", err=True)
            sys.exit(_UNUSABLE)

    return run


def run() -> None:
    """The command as a process: a mistake in its use is one line on standard error and status 2."""
    try:
        sys.exit(main(standalone_mode=False))
    except click.ClickException as error:
        click.echo(f"understudy: {' '.join(error.format_message().split())}", err=True)
        sys.exit(_UNUSABLE)
    except click.Abort:
        sys.exit(130)


def _url(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{value!r} is no URL such as http://127.0.0.1:4010.")
    return value


def _instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    from mockserver.engine.clock import ClockOutOfRange, parse_rfc3339, within_range  # noqa: PLC0415

    try:
        return None if value is None else within_range(parse_rfc3339(value))
    except (ValueError, OverflowError, ClockOutOfRange):
        raise click.BadParameter(f"{value!r} is no instant such as 2026-02-13T12:00:00Z.") from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="understudy")
def main() -> None:
    """A contract-first mock and contract-test harness for five messaging APIs."""


@main.command()
@click.argument("apis", nargs=-1, type=_APIS, metavar="[API]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4010, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--world", default="default", show_default=True, help="Opening state: a world's name or a folder of fixtures.")
@click.option("--seed", default=0, show_default=True, help="Seed of all ids: the same requests give the same ids.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps the state; without it, memory.")
@click.option("--population", default=0, type=click.IntRange(0), help="So many more contacts and messages in each API.")
@click.option(
    "--allow-target", "targets", multiple=True, metavar="HOST", help="A host beyond this machine that webhooks may be sent to."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@_clear_errors
def serve(
    apis: tuple[str, ...],
    host: str,
    port: int,
    world: str,
    seed: int,
    state: Path | None,
    population: int,
    targets: tuple[str, ...],
    quiet: bool,
) -> None:
    """Serve the mock: all APIs, or those that are named.

    One API alone also stands at its documented path, without the prefix of its name.
    """
    from mockserver import server  # noqa: PLC0415
    from mockserver.app import create_app  # noqa: PLC0415
    from mockserver.greeting import greeting  # noqa: PLC0415

    _guard_host(host)
    chosen = tuple(dict.fromkeys(apis)) or tuple(data.MOUNTS)
    settings = Settings(apis=chosen, world=world, seed=seed, state=state, population=population, allowed_targets=targets)
    app = create_app(settings)
    bound = server.listen(host, port)
    text = "" if quiet else greeting(settings, server.url_of(bound))
    server.serve(app, bound, lambda: click.echo(text, nl=not quiet))


def _guard_host(host: str) -> None:
    """Beyond this machine only with a control token that somebody chose."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise click.BadParameter(
            f"{host!r} is no address to listen on; use one like 127.0.0.1 or ::1.", param_hint="--host"
        ) from None
    if not loopback and not control_token_from_environment():
        raise click.UsageError(f"--host {host} is reachable from other machines: set UNDERSTUDY_CONTROL_TOKEN first.")


@main.command()
@click.argument("api", required=False, type=_APIS, metavar="[API]")
@click.option("--format", "form", type=click.Choice(["table", "json", "env"]), default="table", show_default=True)
@click.option("--url", default="http://127.0.0.1:4010", show_default=True, callback=_url, help="Where the mock is served.")
@click.option("--world", default="default", show_default=True, help="The world whose cast is wanted.")
@click.option("--now", callback=_instant, help="Mint tokens for this instant, if the mock's clock shows another time than yours.")
@_clear_errors
def credentials(api: str | None, form: str, url: str, world: str, now: datetime | None) -> None:
    """Print the cast of a world with credentials that work, tokens freshly minted."""
    from mockserver import credentials as cast  # noqa: PLC0415

    click.echo(cast.render(cast.collect([api] if api else list(data.MOUNTS), url, world, now), form), nl=form != "env")


@main.group()
def specs() -> None:
    """List, check and export the contracts."""


@specs.command("list")
def list_specs() -> None:
    """Name each contract with its version and its number of operations."""
    from mockserver.serving.contract import Contract  # noqa: PLC0415

    for name in data.MOUNTS:
        contract = Contract(name, data.load_spec(name))
        info = contract.raw["info"]
        click.echo(f"{name:<10} {info['version']:<8} {len(contract.operations):>3} operations  {info['title']}")


@specs.command("check")
@click.argument("apis", nargs=-1, type=_APIS, metavar="[API]...")
def check_specs(apis: tuple[str, ...]) -> None:
    """Hold the contracts against OpenAPI and the project's own rules. Status 1 if anything was found."""
    from mockserver.lint import check  # noqa: PLC0415

    findings = [f"{name}: {finding}" for name in apis or data.MOUNTS for finding in check(data.load_spec(name))]
    for finding in findings:
        click.echo(finding)
    click.echo(f"{len(apis or data.MOUNTS)} contracts, {len(findings)} findings")
    sys.exit(_FOUND if findings else 0)


@specs.command("path")
@click.argument("api", type=_APIS, metavar="API")
def path_of_spec(api: str) -> None:
    """Print where a contract's file lies."""
    click.echo(data.spec_path(api))


@specs.command("export")
@click.argument("api", type=_APIS, metavar="API")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def export_spec(api: str, form: str) -> None:
    """Print a contract: as it was written, or as JSON."""
    if form == "yaml":
        click.echo(data.spec_path(api).read_text("utf-8"), nl=False)
    else:
        click.echo(json.dumps(data.load_spec(api), indent=2, ensure_ascii=False))


@main.command()
@click.argument("apis", nargs=-1, type=_APIS, metavar="[API]...")
@click.option("--target", default="mock", show_default=True, help="'mock' starts one; or the URL under which the APIs stand.")
@click.option("--report-dir", type=click.Path(file_okay=False, path_type=Path), help="Folder for JUnit and the statements.")
@click.option("--seed", default=0, show_default=True, help="The same seed sends the same requests in the same order.")
@click.option("--part", type=click.Choice(["laws", "conformance", "stories"]), help="Run one part only.")
def test(apis: tuple[str, ...], target: str, report_dir: Path | None, seed: int, part: str | None) -> None:
    """Run the contract tests. Status 0 if the contract holds, 1 if something was found, 2 if it could not run."""
    from contract_tests.command import run  # noqa: PLC0415

    sys.exit(run(list(dict.fromkeys(apis)), target, report_dir, seed, part))
