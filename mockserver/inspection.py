"""The inspection of a world: every mistake in it, and what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockserver import apis, worlds
from mockserver.data import MOUNTS, compose_yaml, load_spec
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import Fixture, WorldInvalid

_SETTING = Path(worlds.SETTING).stem


@dataclass(frozen=True)
class Inspection:
    """``mistakes``: lines ``file:line: pointer: reason``; ``holdings``: how many there are of each kind, by API."""

    mistakes: Sequence[str]
    holdings: Mapping[str, Mapping[str, int]]


def inspect(world: str, chosen: Sequence[str] = ()) -> Inspection:
    """A world by name or folder: the chosen APIs of it, or all that it has a file for. WorldInvalid if there is no such world."""
    folder = worlds.world_folder(world)
    mistakes, holdings = ([] if chosen else [*_strays(folder)]), {}
    for name in chosen or _parts(folder):
        mistakes += _doubled(folder / f"{name}.yaml")
        try:
            holdings[name] = dict(_counted(_opened(folder, name).data))
        except WorldInvalid as error:
            mistakes += error.mistakes
    return Inspection(mistakes, holdings)


def _parts(folder: Path) -> list[str]:
    return [name for name in (*MOUNTS, _SETTING) if (folder / f"{name}.yaml").is_file()]


def _strays(folder: Path) -> Iterator[str]:
    """Files that look like a part of the world and are none."""
    names = [*MOUNTS, _SETTING]
    if not {*_parts(folder)} - {_SETTING}:
        yield f"{folder}:1: holds no file of any API; each has its own: {', '.join(f'{api}.yaml' for api in MOUNTS)}"
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yml" and path.stem in names:
            yield f"{path}:1: is not read: name it {path.stem}.yaml"
        elif path.suffix in (".yaml", ".yml") and path.stem not in names:
            yield f"{path}:1: is not read: there is no API {path.stem!r}, only {', '.join(MOUNTS)}"


def _doubled(path: Path) -> Iterator[str]:
    """Names that stand twice in one place: YAML's readers take the last and drop the others without a word."""
    try:
        root = compose_yaml(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        # What cannot be read at all is told by who opens it.
        return
    yield from (f"{path}:{line}: {pointer}: stands twice" for line, pointer in _repeated(root, ""))


def _repeated(node: yaml.Node | None, pointer: str) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, child in node.value:
            below = f"{pointer}/{key.value}"
            if below in seen:
                yield key.start_mark.line + 1, below
            seen.add(below)
            yield from _repeated(child, below)
    elif isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value):
            yield from _repeated(child, f"{pointer}/{place}")


def _opened(folder: Path, name: str) -> Fixture:
    """The fixture, once it was put into a store of its own: only an opening sees where its parts contradict each other."""
    if name == _SETTING:
        return Fixture(folder / worlds.SETTING, Contract("control", load_spec("control")))
    fixture = Fixture(folder / f"{name}.yaml", Contract(name, load_spec(name)))
    sandbox = Sandbox(SqliteStore())
    try:
        with sandbox.transaction(name) as tx:
            worlds.furnish(fixture, apis.room(name, "opening").furnish, tx)
    finally:
        sandbox.store.close()
    return fixture


def _counted(data: Mapping[str, Any]) -> Counter[str]:
    """Things by the name of the list that they stand in: the world's own lists, and those below with things that have an id."""
    found = Counter({name: len(child) for name, child in data.items() if isinstance(child, list)})
    for name, child in data.items():
        # Who plays which part is told by `understudy credentials`.
        if name != "cast":
            found.update(_things(child))
    return found


def _things(value: Any) -> Iterator[str]:
    for child in value if isinstance(value, list) else ():
        for name, below in child.items() if isinstance(child, Mapping) else ():
            if isinstance(below, list):
                yield from (name for thing in below if isinstance(thing, Mapping) and any(key.endswith("id") for key in thing))
                yield from _things(below)
