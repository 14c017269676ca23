"""``understudy test``: the contract tests."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockserver.cli import options


@click.command()
@options.apis
@click.option("--target", default="mock", show_default=True, help="'mock' starts one; or the URL under which the APIs stand.")
@click.option("--report-dir", type=click.Path(file_okay=False, path_type=Path), help="Folder for JUnit and the statements.")
@click.option("--seed", default=0, show_default=True, help="The same seed sends the same requests in the same order.")
@click.option("--part", type=click.Choice(["laws", "conformance", "stories"]), help="Run one part only.")
def test(apis: tuple[str, ...], target: str, report_dir: Path | None, seed: int, part: str | None) -> None:
    """Run the contract tests. Status 0 if the contract holds, 1 if something was found, 2 if it could not run."""
    from contract_tests.command import run  # noqa: PLC0415

    sys.exit(run(list(dict.fromkeys(apis)), target, report_dir, seed, part))
