"""What the commands print: JSON for programs, tables for people, coloured for terminals only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
#: In seconds: whoever waits longer wants to see that something goes on.
_PATIENCE = 2.0


def echo_json(value: Any) -> None:
    """As JSON that a person can read, too."""
    import json  # noqa: PLC0415

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def echo_table(head: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Columns under their heads, or the words for ``nothing``; no cell is cut where no terminal sets a width."""
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        click.echo(nothing)
    elif sys.stdout.isatty():
        _rich_table(head, cells)
    else:
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        for row in (head, *cells):
            click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _rich_table(head: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (only people want tables)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in cells:
        table.add_row(*map(Text, row))
    Console().print(table)


def cell(value: object) -> str:
    """A value in one line; what would move a terminal's cursor is written out."""
    if value is None:
        return "-"
    return _printable(value if isinstance(value, str) else _compact(value))


def plain(text: str) -> str:
    """Lines of text in which nothing moves a terminal's cursor."""
    return "\n".join(map(_printable, text.split("\n")))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _compact(value: object) -> str:
    import json  # noqa: PLC0415

    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else str(value)


@contextmanager
def patience(words: str) -> Iterator[None]:
    """Say on a terminal what goes on, if it takes long."""
    if not sys.stderr.isatty():
        yield
        return
    from threading import Timer  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    status = Console(stderr=True).status(words)
    begin: Callable[[], None] = status.start
    timer = Timer(_PATIENCE, begin)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
