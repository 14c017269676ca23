"""``understudy test``: the contract tests."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockserver.cli import options


@click.command()
@options.apis
@click.option("--target", default="mock", show_default=True, help="'mock' starts one; or a name from understudy.toml; or a URL.")
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="The file that names targets. [default: understudy.toml]"
)
@click.option("--plan", is_flag=True, help="Only tell what the run may do and spend at most. Nothing is sent.")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for JUnit, JSON, a page and replays.",
)
@click.option("--har", is_flag=True, help="With --report-dir: the traffic too, as an HTTP archive without secrets.")
@click.option("--all", "everything", is_flag=True, help="Tell the proven statements too.")
@click.option("--seed", default=0, show_default=True, help="The same seed sends the same requests in the same order.")
@click.option(
    "--part",
    type=click.Choice(["laws", "ownership", "forgeries", "error_shapes", "limits", "webhooks", "stories", "conformance"]),
    help="Run one part only.",
)
def test(
    apis: tuple[str, ...],
    target: str,
    config: Path | None,
    plan: bool,
    report_dir: Path | None,
    har: bool,
    everything: bool,
    seed: int,
    part: str | None,
) -> None:
    """Run the contract tests. Status 0: the contract holds; 1: something was found; 2: nothing could be tested."""
    from contract_tests.command import planned, run  # noqa: PLC0415

    chosen = list(dict.fromkeys(apis))
    sys.exit(
        planned(chosen, target, config)
        if plan
        else run(chosen, target, report_dir, seed, part, config, har=har, everything=everything)
    )
