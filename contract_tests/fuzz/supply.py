"""Supply: single requests of one contract, right and wrong, as Schemathesis makes them, turned into steps."""

from __future__ import annotations

import json
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from random import Random
from typing import Any
from urllib.parse import unquote

import hypothesis
from hypothesis.errors import HypothesisException
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode, derive_operation_seed
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.hypothesis.examples import generate_one
from schemathesis.generation.overrides import Override

from contract_tests import generation
from contract_tests.aim import Aim
from contract_tests.contracts import operations
from contract_tests.fuzz.people import OWNER, People
from contract_tests.fuzz.sequence import Step, raw
from contract_tests.fuzz.surface import Surface

RIGHT, WRONG, EDGE = "right", "wrong", "edge"
#: Made at a time.
BATCH = 12
#: To make a request costs more than to send it: once there are enough, one that was made before serves mostly again.
ENOUGH, AGAIN = 24, 0.97
#: Larger ones slow a run down and are remembered badly.
LARGEST = 20_000
_CARRIES = frozenset({"content-type", "accept", "authorization"})


class Supply:
    """Requests by the owner, without credentials, in an order that the seed alone decides."""

    def __init__(self, surface: Surface, people: People, base_url: str, seed: int, random: Random) -> None:
        self._surface, self._people, self._seed, self._random = surface, people, seed, random
        plan = {place: None for place, _ in operations(surface.spec)}
        aim = Aim(plan, {}, people.ids(OWNER))
        schema = generation.schema_of(surface.spec, aim, base_url, seed, ("examples", "coverage", "fuzzing"))
        found: list[Any] = [each.ok() for each in schema.get_all_operations()]
        self._operations = {each.definition.raw["operationId"]: each for each in found}
        self._waiting: dict[tuple[str, str], deque[Step]] = {}
        self._made: dict[tuple[str, str], list[Step]] = {}
        self._batches: dict[tuple[str, str], int] = {}
        self._edges: dict[str, Iterator[Any]] = {}

    def take(self, name: str, kind: str = RIGHT) -> Step:
        """A request of this kind for the operation, often one that was made before; a right one where this kind is impossible."""
        key = name, kind
        made = self._made.setdefault(key, [])
        waiting = self._waiting.setdefault(key, deque())
        if not waiting and len(made) >= ENOUGH and self._random.random() < AGAIN:
            return self._random.choice(made)
        if not waiting:
            waiting.extend(self._batch(name, kind))
        if not waiting:
            return self.take(name, RIGHT) if kind != RIGHT else Step(name)
        made.append(step := waiting.popleft())
        return step

    def _batch(self, name: str, kind: str) -> Iterator[Step]:
        number = self._batches[name, kind] = self._batches.get((name, kind), -1) + 1
        for case in self._cases(name, kind, number):
            step = self.step_of(name, case)
            if step is not None:
                yield step

    def _cases(self, name: str, kind: str, number: int) -> list[Any]:
        operation = self._operations[name]
        if kind == EDGE:
            edges = self._edges.setdefault(name, self._endlessly(operation))
            return list(islice(edges, BATCH))
        mode = GenerationMode.POSITIVE if kind == RIGHT else GenerationMode.NEGATIVE
        seed = derive_operation_seed(self._seed, f"{name} {kind} {number}") or 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            documented = _documented(operation) if kind == RIGHT and number == 0 else []
            return [*documented, *_drawn(operation.as_strategy(generation_mode=mode), seed)]

    def _endlessly(self, operation: Any) -> Iterator[Any]:
        """The edges of the contract, and from the start when there are no more; none if it has none."""
        config = operation.schema.config.generation_for(operation=operation, phase="coverage")
        while True:
            none = True
            for case in CoverageGenerator(
                operation=operation,
                generation_modes=config.modes,
                generation_config=config,
                auth_storage=None,
                override=Override(),
                feedback=NO_FEEDBACK,
            ):
                if case.method.upper() == operation.method.upper():
                    none = False
                    yield case
            if none:
                return

    def step_of(self, name: str, case: Any) -> Step | None:
        """The generated request as a step, the owner's ids named; None if it is too large or no JSON."""
        marked = _Marked(self._people.mark)
        media = case.media_type if case.body is not NOT_SET else None
        headers = {key: value for key, value in dict(case.headers or {}).items() if key.lower() not in _CARRIES}
        step = Step(
            name,
            path=marked.named({key: _unquoted(value) for key, value in (case.path_parameters or {}).items()}),
            query=marked.named(dict(case.query or {})),
            headers=marked.named(headers),
            body=marked.body(case.body) if media is not None else None,
            media=media,
        )
        try:
            text = json.dumps(step.document(), allow_nan=False)
        except (TypeError, ValueError):
            return None
        return step if len(text) <= LARGEST else None


class _Marked:
    """Puts marks in the place of ids and bytes."""

    def __init__(self, mark: Callable[[str, Any], Any]) -> None:
        self._mark = mark

    def named(self, container: dict[str, Any]) -> dict[str, Any]:
        return {str(name): self._mark(name, _plain(value)) for name, value in container.items()}

    def body(self, body: Any) -> Any:
        return self.named(body) if isinstance(body, dict) else _plain(body)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return raw(value)
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str | int | float | None):
        return value
    return raw(data) if isinstance(data := getattr(value, "data", None), bytes) else str(value)


def _unquoted(value: Any) -> Any:
    return unquote(value) if isinstance(value, str) else value


def _documented(operation: Any) -> list[Any]:
    return [generate_one(strategy) for strategy in operation.get_strategies_from_examples(feedback=NO_FEEDBACK)]


def _drawn(strategy: Any, seed: int) -> list[Any]:
    found: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=BATCH, phases=[hypothesis.Phase.generate])
    @hypothesis.given(strategy)
    def draw(case: Any) -> None:
        found.append(case)

    # No such request may be possible, e.g. a wrong one where everything is right.
    with suppress(HypothesisException):
        draw()
    return found
