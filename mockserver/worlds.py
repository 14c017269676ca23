"""Worlds: folders of fixtures, checked against the contracts and read into opening states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mockserver.bounds import check_bounds
from mockserver.data import MOUNTS, compose_yaml, fixtures_path, load_yaml
from mockserver.engine.clock import rfc3339
from mockserver.serving.contract import Contract
from mockserver.serving.schemas import Schema, Schemas, issues

#: The file of a world that is no API's.
SETTING = "sandbox.yaml"
#: The name of a world that came as texts.
IMPORTED = "imported"
_WIDTH = 130
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_MOMENT = re.compile(r"now((?:[+-](?:[0-9]+[dhms])+)*)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class WorldInvalid(Exception):
    """A world cannot be loaded; ``mistakes`` has a line ``file:line: pointer: reason`` for each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def known_worlds() -> list[str]:
    """The names of the worlds that come with the mock."""
    return sorted(path.name for path in fixtures_path().iterdir() if path.is_dir())


def world_folder(world: str) -> Path:
    """The folder of a world that is given by name or by path. WorldInvalid if there is none."""
    if world in known_worlds():
        return fixtures_path() / world
    if Path(world).is_dir():
        return Path(world)
    raise WorldInvalid([f"there is no world {world!r}: name one of {', '.join(known_worlds())}, or the path of a folder"])


def apis_of(world: str) -> list[str]:
    """The APIs that a world has a file for. WorldInvalid if there is none, or no such world."""
    folder = world_folder(world)
    found = [api for api in MOUNTS if (folder / f"{api}.yaml").is_file()]
    if not found:
        raise WorldInvalid([f"{folder}: holds no file of any API: {', '.join(f'{api}.yaml' for api in MOUNTS)}"])
    return found


class Fixture:
    """One API's file of a world."""

    def __init__(self, path: Path, contract: Contract, text: str | None = None) -> None:
        """Read and check it; WorldInvalid lists every mistake with its line and the schema's reason.

        ``text``: what the file would hold, where it lies on no disk of this machine.
        """
        self.path = path
        self._contract = contract
        try:
            self._text = path.read_text("utf-8") if text is None else text
            check_bounds(self._text)
            self.data: dict[str, Any] = load_yaml(self._text)
        except FileNotFoundError:
            raise WorldInvalid([f"{path}: no such file; each API of a world has its own. {_advice(path)}"]) from None
        except OSError as error:
            raise WorldInvalid([f"{path}: cannot be read: {error.strerror}"]) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise WorldInvalid([f"{path}:{line}: not valid YAML: {getattr(error, 'problem', error)}"]) from None
        except ValueError:
            raise WorldInvalid([f"{path}:1: not valid YAML: somewhere in it is no number where there should be one"]) from None
        found = issues(contract.schemas.request(contract.raw["x-world"]), self.data)
        if found:
            raise WorldInvalid([self._mistake(issue.path, issue.reason) for issue in found])

    def at(self, now: datetime) -> dict[str, Any]:
        """The data with every ``now-2d3h`` turned into the date-time that it means at ``now``. Shared: not to be changed."""
        resolved: dict[str, Any] = self._at(now)
        return resolved

    @cached_property
    def _at(self) -> Callable[[datetime], Any]:
        schemas = self._contract.schemas
        return _reader(schemas, schemas.holding([self._contract.raw["x-world"]]), self.data) or (lambda _now: self.data)

    @cached_property
    def credentials(self) -> tuple[str, ...]:
        """Every text that the contract marks as a credential (``x-credential``), each once."""
        return tuple(dict.fromkeys(_marked(self._contract.schemas, self._contract.raw["x-world"], self.data)))

    def complaint(self, error: ValueError) -> WorldInvalid:
        """What a check beyond the schema found (lines ``<pointer>: reason``), each with its line in the file."""
        return WorldInvalid([self._contradiction(line) for line in str(error).splitlines()])

    def _contradiction(self, line: str) -> str:
        pointer, _, reason = line.partition(": ")
        path = tuple(int(step) if step.isdigit() else step for step in pointer.split("/")[1:])
        return self._mistake(path, reason or line)

    def _mistake(self, path: tuple[str | int, ...], reason: str) -> str:
        pointer = "".join(f"/{step}" for step in path) or "/"
        return f"{self.path}:{_line(compose_yaml(self._text), path)}: {pointer}: {reason}"


def _advice(path: Path) -> str:
    return f"Name only those that it has, or add this one: understudy world new {path.parent} {path.stem} --from empty"


def _marked(schemas: Schemas, schema: Schema, value: Any) -> Iterator[str]:
    schema = schemas.resolve(schema)
    if schema.get("x-credential"):
        yield value
    elif isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, child in value.items():
            yield from _marked(schemas, known.get(name, others if isinstance(others, dict) else {}), child)
    elif isinstance(value, list):
        for child in value:
            yield from _marked(schemas, schema.get("items", {}), child)


def _line(node: yaml.Node | None, path: tuple[str | int, ...]) -> int:
    """The line of the value at ``path``, or of the nearest one that holds it."""
    line = node.start_mark.line + 1 if node else 1
    for step in path:
        node = next((child for key, child in _children(node) if key == str(step)), None)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _children(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(index), value) for index, value in enumerate(node.value))


def _reader(schemas: Schemas, holders: list[Schema], value: Any) -> Callable[[datetime], Any] | None:
    """Gives the value as of an instant; None for one that is the same at every instant.

    ``holders``: the schemas that hold of the value. Where none of them is of a moment, ``now`` is a word like any other.
    """
    if isinstance(value, str):
        match = _MOMENT.fullmatch(value) if any(holder.get("format") == "moment" for holder in holders) else None
        shift = _shift(match[1]) if match else None
        return None if shift is None else lambda now: rfc3339(now + shift)
    if not isinstance(value, dict | list):
        return None
    places = list(value.items() if isinstance(value, dict) else enumerate(value))
    # A list has one schema for all of its items.
    common = schemas.inside(holders, 0) if isinstance(value, list) else None
    readers = ((place, _reader(schemas, common or schemas.inside(holders, place), child)) for place, child in places)
    moving = [(place, reader) for place, reader in readers if reader]
    return _composed(value, moving) if moving else None


def _composed(value: Any, moving: list[tuple[Any, Callable[[datetime], Any]]]) -> Callable[[datetime], Any]:
    def read(now: datetime) -> Any:
        copied = value.copy()
        for place, reader in moving:
            copied[place] = reader(now)
        return copied

    return read


def _shift(text: str) -> timedelta:
    """``-2d3h`` → minus two days and three hours; a sign holds until the next one."""
    total = timedelta()
    for sign, amounts in re.findall(r"([+-])((?:[0-9]+[dhms])+)", text):
        for amount, unit in re.findall(r"([0-9]+)([dhms])", amounts):
            total += (1 if sign == "+" else -1) * timedelta(**{_UNITS[unit]: int(amount)})
    return total


def read_world(world: str, contracts: Mapping[str, Contract]) -> dict[str, Fixture]:
    """The fixtures of a world, one for each contract. WorldInvalid lists the mistakes of all of them."""
    folder = world_folder(world)
    fixtures, mistakes = {}, []
    for name, contract in contracts.items():
        try:
            fixtures[name] = Fixture(folder / f"{name}.yaml", contract)
        except WorldInvalid as error:
            mistakes += error.mistakes
    if mistakes:
        raise WorldInvalid(mistakes)
    return fixtures


@dataclass(frozen=True)
class World:
    """The fixtures of a world, and its setting: seed, clock and chance, for one that goes on from where another was exported."""

    name: str
    fixtures: Mapping[str, Fixture]
    setting: Mapping[str, Any]


def open_world(name: str, contracts: Mapping[str, Contract], control: Contract) -> World:
    """A world by its name or folder. WorldInvalid."""
    fixtures = read_world(name, contracts)
    path = world_folder(name) / SETTING
    return World(name, fixtures, Fixture(path, control).data if path.is_file() else {})


def import_world(files: Mapping[str, str], contracts: Mapping[str, Contract], control: Contract) -> World:
    """A world from the texts of its files, by their names. WorldInvalid."""
    mistakes, fixtures = [], {}
    known = {f"{name}.yaml": contract for name, contract in contracts.items()}
    for file in known.keys() - files.keys():
        mistakes.append(f"{file}: no such file; each API of a world has its own")
    for file in files.keys() & {*known, SETTING}:
        try:
            fixtures[file] = Fixture(Path(file), {**known, SETTING: control}[file], files[file])
        except WorldInvalid as error:
            mistakes += error.mistakes
    if mistakes:
        raise WorldInvalid(mistakes)
    setting = fixtures.pop(SETTING, None)
    ordered = {name: fixtures[f"{name}.yaml"] for name in contracts}
    return World(IMPORTED, ordered, setting.data if setting else {})


def written(data: Mapping[str, Any]) -> str:
    """A document as a file of a world holds it."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def furnish(fixture: Fixture, opening: Callable[[Any, dict[str, Any]], None], tx: Any) -> None:
    """Put a fixture into a transaction's API by its opening room; WorldInvalid for what only that room can see."""
    try:
        opening(tx, fixture.at(tx.now))
    except ValueError as error:
        raise fixture.complaint(error) from error
