"""``understudy world``: opening states of one's own, begun, checked, and described to editors."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockserver import data
from mockserver.cli import display, options
from mockserver.cli.local import clear_errors
from mockserver.cli.mistakes import FOUND


@click.group()
def world() -> None:
    """List worlds, begin one, check one; the schema of its files."""


@world.command("list")
@clear_errors
def list_worlds() -> None:
    """Name the worlds that come with the mock."""
    from mockserver.worlds import apis_of, known_worlds, world_folder  # noqa: PLC0415

    rows = [(name, " ".join(apis_of(name)), world_folder(name)) for name in known_worlds()]
    display.echo_table(("world", "APIs", "folder"), rows, "no worlds")


@world.command()
@click.argument("world", metavar="FOLDER|NAME")
@options.apis
@clear_errors
def check(world: str, apis: tuple[str, ...]) -> None:
    """Tell every mistake in a world with its line, or what it holds. Status 1 if anything was found."""
    from mockserver.inspection import inspect  # noqa: PLC0415

    found = inspect(world, tuple(dict.fromkeys(apis)))
    for mistake in found.mistakes:
        click.echo(mistake)
    if found.mistakes:
        click.echo(f"{len(found.mistakes)} {'mistake' if len(found.mistakes) == 1 else 'mistakes'}")
        sys.exit(FOUND)
    for api, holdings in found.holdings.items():
        click.echo(f"{api:<10} {', '.join(f'{count} {kind}' for kind, count in holdings.items()) or 'well'}")


@world.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@options.apis
@click.option("--from", "source", default="default", show_default=True, metavar="WORLD", help="The world to begin with.")
@clear_errors
def new(folder: Path, apis: tuple[str, ...], source: str) -> None:
    """Begin a world of one's own: a copy of another, or of some APIs of it. What is there already is not touched."""
    from mockserver.worlds import SETTING, apis_of, known_worlds, world_folder  # noqa: PLC0415

    origin, chosen = world_folder(source), [*dict.fromkeys(apis)] or apis_of(source)
    absent = [api for api in chosen if not (origin / f"{api}.yaml").is_file()]
    if absent:
        raise click.UsageError(f"{origin} has no file of {', '.join(absent)}.")
    setting = [SETTING] if (origin / SETTING).is_file() else []
    files = [folder / name for name in [*(f"{api}.yaml" for api in chosen), *setting]]
    taken = [str(path) for path in files if path.exists() or path.is_symlink()]
    if taken:
        raise click.UsageError(f"{', '.join(taken)} is there already and stays as it is: name another folder, or other APIs.")
    _copy(origin, files)
    # A name without a slash may be that of a world that comes with the mock.
    place = f"./{folder}" if str(folder) in known_worlds() else str(folder)
    click.echo("\n".join(_next_steps(files, place)))


def _copy(origin: Path, files: list[Path]) -> None:
    try:
        files[0].parent.mkdir(parents=True, exist_ok=True)
        for path in files:
            with path.open("xb") as copy:
                copy.write((origin / path.name).read_bytes())
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}.") from None


def _next_steps(files: list[Path], place: str) -> list[str]:
    return [
        *(f"wrote {path}" for path in files),
        "",
        "Change what you like: `cast` says who plays which part, `delays` how long a message takes, the rest is what there is.",
        f"  understudy world check {place}",
        f"  understudy serve --world {place}",
        f"  understudy credentials --world {place}",
    ]


@world.command()
@click.argument("api", type=options.API, metavar="API")
def schema(api: str) -> None:
    """Print the JSON Schema of an API's file, by which editors complete and check."""
    from mockserver.serving.contract import Contract  # noqa: PLC0415
    from mockserver.serving.standalone import standalone  # noqa: PLC0415

    contract = Contract(api, data.load_spec(api))
    display.echo_json(standalone(contract, contract.raw["x-world"]))
