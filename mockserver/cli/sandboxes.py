"""``understudy sandbox`` and ``reset``: isolated copies of a world in a running mock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import display, options
from mockserver.cli.control import reaches_mock, reaches_sandbox, step

if TYPE_CHECKING:
    from mockserver.client import ControlClient

_HEAD = ("sandbox", "world", "seed", "its clock", "", "idle", "path")
_NOW = click.option("--now", callback=options.instant, help="Open the world at this instant, its clock standing still.")


@click.command()
@_NOW
@reaches_sandbox
def reset(client: ControlClient, now: datetime | None) -> None:
    """Put the mock back into its opening state."""
    with display.patience("Opening the world"):
        client.call("POST", "/reset", _at(now) or None)


@click.group()
def sandbox() -> None:
    """Make, list and drop isolated copies of a world; take one home as a folder."""


def _made(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        display.as_json,
        _NOW,
        click.option("--seed", type=click.IntRange(0), help="Its seed; without it, the mock's."),
    ):
        command = decorate(command)
    return command


@sandbox.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--world", help="A world's name or a folder of fixtures; without it, the world that the mock serves.")
@_made
@reaches_mock
def create(client: ControlClient, name: str | None, world: str | None, as_json: bool, **given: Any) -> None:
    """Make a sandbox and say how to get there. Without a name it gets one."""
    _open(client, {"name": name, **opening(world)}, as_json, **given)


@sandbox.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--name", help="What it shall be called; without it, it gets a name.")
@_made
@reaches_mock
def import_sandbox(client: ControlClient, folder: Path, name: str | None, as_json: bool, **given: Any) -> None:
    """Make a sandbox from the folder of a world, such as an export."""
    _open(client, {"name": name, "files": _texts(folder)}, as_json, **given)


def _open(client: ControlClient, wish: dict[str, Any], as_json: bool, seed: int | None, now: datetime | None) -> None:
    body = {key: value for key, value in {**wish, "seed": seed, **_at(now)}.items() if value is not None}
    with display.patience("Opening the world"):
        made = client.call("POST", "/sandboxes", body)
    _tell(made, as_json)


def opening(world: str | None) -> dict[str, Any]:
    """What a new sandbox opens with: ``world`` for a name, ``files`` for a folder."""
    if world is None:
        return {}
    return {"files": _texts(Path(world))} if "/" in world or Path(world).is_dir() else {"world": world}


def _texts(folder: Path) -> dict[str, str]:
    try:
        texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{folder} cannot be read: {error}.") from None
    if not texts:
        raise click.UsageError(f"{folder} is no folder of a world: it holds no file such as bird.yaml.")
    return texts


@sandbox.command("list")
@display.as_json
@reaches_mock
def list_sandboxes(client: ControlClient, as_json: bool) -> None:
    """List the sandboxes, the default one first."""
    told = client.call("GET", "/sandboxes")
    if as_json:
        display.echo_json(told)
    else:
        display.echo_table(_HEAD, [_row(one) for one in told["sandboxes"]], "no sandboxes")


@sandbox.command()
@click.argument("name")
@display.as_json
@reaches_mock
def show(client: ControlClient, name: str, as_json: bool) -> None:
    """Say what a sandbox is and how to get there."""
    _tell(client.call("GET", f"/sandboxes/{step(name)}"), as_json)


@sandbox.command("reset")
@click.argument("name")
@_NOW
@reaches_mock
def reset_sandbox(client: ControlClient, name: str, now: datetime | None) -> None:
    """Put a sandbox back into its opening state."""
    # A request within a sandbox that is not there would make it.
    client.call("GET", f"/sandboxes/{step(name)}")
    with display.patience("Opening the world"):
        client.within(name).call("POST", "/reset", _at(now) or None)


@sandbox.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@reaches_mock
def drop(client: ControlClient, names: tuple[str, ...]) -> None:
    """Forget sandboxes and all that is in them."""
    for name in names:
        client.call("DELETE", f"/sandboxes/{step(name)}")


@sandbox.command()
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--replace", is_flag=True, help="Write over files that are there.")
@reaches_mock
def export(client: ControlClient, name: str, folder: Path, replace: bool) -> None:
    """Write a sandbox as the folder of a world, which `serve --world` and `sandbox import` take."""
    with display.patience("Reading the sandbox"):
        files = client.call("GET", f"/sandboxes/{step(name)}/export")["files"]
    paths = {folder / Path(file).name: text for file, text in files.items()}
    taken = [str(path) for path in paths if path.exists()]
    if taken and not replace:
        raise click.UsageError(f"{', '.join(taken)} is there already: name another folder, or add --replace.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_bytes(text.encode())
            click.echo(f"wrote {path}")
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}.") from None


def _at(now: datetime | None) -> dict[str, str]:
    return {} if now is None else {"now": now.isoformat()}


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        display.echo_json(told)
        return
    display.echo_table(_HEAD, [_row(told)], "")
    click.echo()
    display.echo_table(("API", "base URL"), list(told["base_urls"].items()), "no APIs")
    click.echo(f"\nIts own credentials lead to it by themselves: understudy credentials --sandbox {told['name']}")


def _row(told: dict[str, Any]) -> list[object]:
    idle = f"{told['idle_seconds']:.0f}s"
    return [told["name"], told["world"], told["seed"], told["now"], told["mode"], idle, told["path"] or "/"]
