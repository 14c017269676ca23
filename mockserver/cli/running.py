"""``understudy run``: a command of any language with a sandbox of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli import options
from mockserver.cli.control import clear_refusals, token
from mockserver.cli.mistakes import UNUSABLE, complain

if TYPE_CHECKING:
    from mockserver.cli.child import Child
    from mockserver.testing import Understudy


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@click.option("--api", "apis", multiple=True, type=options.API, help="An API to serve; without it, all.")
@click.option("--world", help="A world's name or a folder of fixtures; without it, default, or what the mock at --url serves.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all ids.")
@click.option("--sandbox", metavar="NAME", help="What its sandbox shall be called; without it, it gets a name.")
@click.option(
    "--url", envvar="UNDERSTUDY_URL", callback=options.url, help="A mock that runs; without it, one is started on a free port."
)
@token
def run(
    command: tuple[str, ...],
    apis: tuple[str, ...],
    world: str | None,
    seed: int | None,
    sandbox: str | None,
    url: str | None,
    token: str | None,
) -> None:
    """Run a command against a mock, in a sandbox of its own that is dropped at its end. Its status is the command's.

    The command finds the base URLs and the sandbox's own credentials in its environment, named as `understudy credentials
    --format env` names them (BIRD_BASE_URL, BIRD_OWNER_ACCESS_KEY, …), beside UNDERSTUDY_URL, UNDERSTUDY_CONTROL_TOKEN and
    UNDERSTUDY_SANDBOX.
    """
    from mockserver.cli.child import Child  # noqa: PLC0415

    if url is not None and apis:
        raise click.UsageError("--api chooses what a mock serves that is started; the one at --url serves what it serves.")
    with Child() as child, clear_refusals():
        sys.exit(_run(child, command, _sandbox(url, token, apis, world, seed, sandbox)))


def _run(child: Child, command: tuple[str, ...], sandbox: AbstractContextManager[Understudy]) -> int:
    from mockserver.client import Unreachable  # noqa: PLC0415
    from mockserver.settings import environment_with  # noqa: PLC0415
    from mockserver.testing import ServerFailed  # noqa: PLC0415

    status = None
    try:
        with sandbox as mock:
            status = child.run(command, environment_with(mock.environment()))
    except (ServerFailed, Unreachable) as error:
        complain(str(error))
    return UNUSABLE if status is None else status


@contextmanager
def _sandbox(
    url: str | None, token: str | None, apis: tuple[str, ...], world: str | None, seed: int | None, name: str | None
) -> Iterator[Understudy]:
    from mockserver.testing import understudy  # noqa: PLC0415
    from mockserver.testing.mock import serving  # noqa: PLC0415

    if url is None:
        with understudy(apis, world=world or "default", seed=seed or 0) as mock:
            yield mock.server.sandbox(name)
    else:
        place = Path(world) if world and ("/" in world or Path(world).is_dir()) else world
        with serving(url, token) as server, server.sandbox(name, world=place, seed=seed) as mock:
            yield mock
