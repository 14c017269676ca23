"""Bounds: what a YAML file of a world may be before it is read: no deeper and no larger than a world, and nothing but JSON's."""

from __future__ import annotations

from typing import Any, NoReturn

import yaml

#: Far beyond any world, and far from where parsers and validators give up. ``_ALIASED``: so many values more than characters.
_DEEPEST, _ALIASED = 64, 100_000
_TAGS = {None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq"))}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Node:
    """A value: how many values it holds with itself, once aliases are written out, and how deep it goes."""

    def __init__(self, anchor: str | None) -> None:
        self.anchor = anchor
        self.size, self.height = 1, 0

    def take(self, child: _Node) -> None:
        self.size += child.size
        self.height = max(self.height, child.height + 1)


def check_bounds(text: str) -> None:
    """yaml.MarkedYAMLError where a document is too deep, too large, holds itself or has tags beyond JSON's.

    Events come one after the other; whoever builds the document of them calls itself for each level.
    """
    whole = _Node(None)
    within, known = [whole], dict[str, _Node]()
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if any(node.anchor == event.anchor for node in within):
                _complain("a value holds itself", event)
            within[-1].take(known.get(event.anchor or "", _Node(None)))
        elif isinstance(event, yaml.CollectionEndEvent):
            within[-2].take(within.pop())
        elif isinstance(event, yaml.NodeEvent):
            _take_in(event, within, known)
        if len(within) + within[-1].height > _DEEPEST:
            _complain(f"nested more than {_DEEPEST} levels deep", event)
        if within[-1].size > len(text) + _ALIASED:
            _complain("more values than a world may have, once its aliases are written out", event)


def _take_in(event: Any, within: list[_Node], known: dict[str, _Node]) -> None:
    if event.tag not in _TAGS:
        _complain("a tag that JSON has no kind of value for", event)
    node = _Node(event.anchor)
    if event.anchor is not None:
        known[event.anchor] = node
    if isinstance(event, yaml.CollectionStartEvent):
        within.append(node)
    else:
        within[-1].take(node)


def _complain(problem: str, event: Any) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
