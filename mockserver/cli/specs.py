"""``understudy specs``: the contracts listed, checked and exported."""

from __future__ import annotations

import sys

import click

from mockserver import data
from mockserver.cli import display, options
from mockserver.cli.mistakes import FOUND


@click.group()
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
@options.apis
def check_specs(apis: tuple[str, ...]) -> None:
    """Hold the contracts against OpenAPI and the project's own rules. Status 1 if anything was found."""
    from mockserver.lint import check  # noqa: PLC0415

    findings = [f"{name}: {finding}" for name in apis or data.MOUNTS for finding in check(data.load_spec(name))]
    for finding in findings:
        click.echo(finding)
    click.echo(f"{len(apis or data.MOUNTS)} contracts, {len(findings)} findings")
    sys.exit(FOUND if findings else 0)


@specs.command("path")
@click.argument("api", type=options.API, metavar="API")
def path_of_spec(api: str) -> None:
    """Print where a contract's file lies."""
    click.echo(data.spec_path(api))


@specs.command("export")
@click.argument("api", type=options.API, metavar="API")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def export_spec(api: str, form: str) -> None:
    """Print a contract: as it was written, or as JSON."""
    if form == "yaml":
        click.echo(data.spec_path(api).read_text("utf-8"), nl=False)
    else:
        display.echo_json(data.load_spec(api))
