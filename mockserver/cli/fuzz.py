"""``understudy fuzz``: requests without end, or as many as one likes, and what they find."""

from __future__ import annotations

import getpass
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from mockserver.cli import options

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@options.apis
@click.option("--target", default="mock", show_default=True, help="'mock' starts one; or a name from understudy.toml; or a URL.")
@click.option("--config", type=_FILE, help="The file that names targets. [default: understudy.toml]")
@click.option("--time", "seconds", type=options.LENGTH, metavar="TIME", help="The longest: 90s, 10m, 1h. [default: 10m]")
@click.option("--requests", type=click.IntRange(1), help="The most requests; alone, it takes as long as it takes.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that send requests.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="With one worker and the same corpus: the same requests."
)
@click.option("--corpus", type=_FOLDER, help="Folder of what was learned. [default: .understudy/corpus]")
@click.option("--report-dir", type=_FOLDER, help="Folder for the reports.")
@click.option("--baseline", type=_FILE, help="File of accepted failures. [default: understudy-baseline.toml]")
@click.option("--plan", is_flag=True, help="Only tell what the run may do and spend at most. Nothing is sent.")
@click.option("--replay", metavar="ID", help="Send one finding again, by its id or the file that holds it.")
@click.option("--accept", metavar="ID", help="Accept one finding: write it to the baseline, with --reason and --expires.")
@click.option("--reason", help="Why it is accepted.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which it is accepted.")
@click.option("--by", help="Who accepts it. [default: the user of this machine]")
def fuzz(**said: Any) -> None:
    """Send requests that nobody thought of. Status 0 if nothing new is wrong, 1 if something is, 2 if it could not run.

    A finding is told with the one line that replays it. Ctrl-C ends the run in order and reports what was found so far.
    """
    from contract_tests.fuzz import command  # noqa: PLC0415

    chosen = ("target", "config", "seconds", "requests", "workers", "seed", "corpus", "report_dir", "baseline")
    wish = command.Wish(tuple(dict.fromkeys(said["apis"])), **{name: said[name] for name in chosen if said[name] is not None})
    if sum(bool(said[name]) for name in ("plan", "replay", "accept")) > 1:
        raise click.UsageError("--plan, --replay and --accept each stand alone.")
    if said["accept"]:
        sys.exit(command.accepted(wish, said["accept"], *_acceptance(said)))
    if said["reason"] or said["expires"] or said["by"]:
        raise click.UsageError("--reason, --expires and --by belong to --accept.")
    if said["replay"]:
        sys.exit(command.replayed(wish, said["replay"]))
    sys.exit(command.planned(wish) if said["plan"] else command.run(wish))


def _acceptance(said: dict[str, Any]) -> tuple[str, str, date]:
    if not (said["reason"] or "").strip() or said["expires"] is None:
        raise click.UsageError("--accept needs --reason and --expires.")
    return said["reason"], said["by"] or getpass.getuser(), said["expires"].date()
