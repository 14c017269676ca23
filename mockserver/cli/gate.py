"""``understudy gate``: a command of any kind that reaches a target through the gate alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli import options
from mockserver.cli.mistakes import UNUSABLE, complain

if TYPE_CHECKING:
    from contract_tests.standing import Standing


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[--] [COMMAND...]")
@click.option("--target", required=True, help="'mock' starts one; or a name from understudy.toml; or a URL.")
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="The file that names targets. [default: understudy.toml]"
)
@click.option("--api", "apis", multiple=True, type=options.API, help="An API to lead to; without it, all that the target has.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where the gate listens on this machine; 0: any free port."
)
def gate(command: tuple[str, ...], target: str, config: Path | None, apis: tuple[str, ...], port: int) -> None:
    """Open the gate before a target and run a command that sends through it; its status is the command's.

    The command finds the gate in its environment: BIRD_BASE_URL and the like, and UNDERSTUDY_GATE_URL. At its end, however it
    comes, what it has created is removed, and what passed, was refused and was left behind is told. Schemathesis' own command
    line takes refusals for neither failures nor passes. Without a command the gate stands until Ctrl-C.
    """
    from contract_tests.standing import for_a_command  # noqa: PLC0415
    from contract_tests.targets.target import TargetUnusable  # noqa: PLC0415
    from mockserver.cli.child import Child  # noqa: PLC0415

    stand = None
    status = UNUSABLE
    # Within the child's block signals do not end this process, so that it can tidy up.
    with Child() as child:
        try:
            with for_a_command(target, list(dict.fromkeys(apis)), config, port) as stand:
                _announce(stand)
                status = child.run(command, _environment(stand)) if command else child.wait_for_signal()
        except TargetUnusable as problem:
            complain(str(problem))
        except OSError as problem:
            complain(f"The gate cannot listen on port {port}: {problem.strerror}.")
    if stand is not None:
        click.echo("\n".join(stand.told()), err=True)
    sys.exit(status)


def _announce(stand: Standing) -> None:
    click.echo(f"The gate before {stand.target.name} ({stand.target.profile}):", err=True)
    for api, base in stand.bases().items():
        click.echo(f"  {api:10} {base}", err=True)


def _environment(stand: Standing) -> dict[str, str]:
    from mockserver.settings import environment_with  # noqa: PLC0415

    return environment_with(stand.environment(environment_with({})))
