"""Lies: small parts out of which a deployment's defects are put together.

``Where`` says which requests a lie is about; every function that makes one gives a ``Make``, so that what a lie remembers belongs
to one deployment.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.detection.proxy import Answer, Forward, Lie, Passing
from tests.detection.scene import Make, Scene

Json = Any
Where = Callable[[Passing], bool]
#: A part of a reply that is to go.
GONE = object()


def on(*places: str) -> Where:
    """These operations (``GET /things/{id}``); ``GET *`` is all of a method that the contract knows, ``*`` is everything."""
    exact, methods = set(places), {place.partition(" ")[0] for place in places if place.endswith(" *")}
    return lambda passing: "*" in exact or passing.place in exact or (passing.method in methods and bool(passing.place))


def both(where: Where, *others: Where) -> Where:
    """Where all of these hold."""
    return lambda passing: where(passing) and all(other(passing) for other in others)


def says(test: Callable[[Json], Any]) -> Where:
    """The JSON body is an object for which this holds."""
    return lambda passing: isinstance(passing.json, dict) and bool(test(passing.json))


def asks(name: str, test: Callable[[str], Any] = lambda _: True) -> Where:
    """The query has this parameter, and its value is such."""
    return lambda passing: any(key == name and test(value) for key, value in query(passing))


def query(passing: Passing) -> list[tuple[str, str]]:
    """The parameters of the query."""
    return parse_qsl(passing.url.partition("?")[2], keep_blank_values=True)


def asking(passing: Passing, **changes: str | None) -> Passing:
    """The request with other parameters in its query; None takes one away."""
    kept = [(name, value) for name, value in query(passing) if name not in changes]
    wanted = [*kept, *((name, value) for name, value in changes.items() if value is not None)]
    return passing.but(url=passing.path + ("?" + urlencode(wanted) if wanted else ""))


def saying(passing: Passing, **changes: Json) -> Passing:
    """The request with other fields in its JSON object; GONE takes one away."""
    body = {**passing.json, **changes} if isinstance(passing.json, dict) else changes
    return passing.saying({name: value for name, value in body.items() if value is not GONE})


def given(passing: Passing, name: str) -> Json:
    """A parameter from the JSON body or, where it is not there, from the query."""
    body = passing.json
    if isinstance(body, dict) and name in body:
        return body[name]
    return next((value for key, value in query(passing) if key == name), None)


def giving(passing: Passing, **changes: Json) -> Passing:
    """The request with these parameters, where it has its own; GONE takes one away."""
    if isinstance(passing.json, dict) and passing.method != "GET":
        return saying(passing, **changes)
    texts = {
        name: None if value is GONE else value if isinstance(value, str) else json.dumps(value) for name, value in changes.items()
    }
    return asking(passing, **texts)


# Replies


def well(answer: Answer) -> bool:
    """A success."""
    return answer.well


def refused(*statuses: int) -> Callable[[Answer], bool]:
    """One of these statuses, none named: any refusal."""
    return lambda answer: answer.status in statuses if statuses else 400 <= answer.status < 500


def refused_for(*words: str) -> Callable[[Answer], bool]:
    """A refusal that says one of these words."""
    return lambda answer: answer.status >= 400 and any(word.encode() in answer.body for word in words)


def replying(where: Where, change: Callable[[Passing, Answer], Answer], when: Callable[[Answer], bool] = well) -> Make:
    """The reply is changed."""

    def make(_scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            return change(passing, answer) if where(passing) and when(answer) else answer

        return lie

    return make


def telling(where: Where, path: str, change: Callable[[Json], Json], when: Callable[[Answer], bool] = well) -> Make:
    """One part of the JSON reply is changed: ``data/*/id`` is the id of each; GONE takes it away, "" is the whole."""

    def told(_passing: Passing, answer: Answer) -> Answer:
        body = answer.json
        return answer if body is None else answer.saying(at(body, path, change))

    return replying(where, told, when)


def at(body: Json, path: str, change: Callable[[Json], Json]) -> Json:
    """The document with the parts at this path changed; where there is none it stays as it is."""
    first, _, rest = path.partition("/")
    if not path:
        return change(body)
    if first == "*" and isinstance(body, list):
        return [each for each in (at(each, rest, change) for each in body) if each is not GONE]
    if isinstance(body, dict) and first in body:
        body = {**body, first: at(body[first], rest, change)}
        return {name: value for name, value in body.items() if value is not GONE}
    if isinstance(body, list) and first.lstrip("-").isdigit() and -len(body) <= int(first) < len(body):
        body = copy.copy(body)
        body[int(first)] = at(body[int(first)], rest, change)
        return [each for each in body if each is not GONE]
    return body


def always(value: Json) -> Callable[[Json], Json]:
    """Whatever it was."""
    return lambda _: value


def plus(number: int) -> Callable[[Json], Json]:
    """Off by so much."""
    return lambda value: value + number


def status(where: Where, wrong: int, when: Callable[[Answer], bool] = well) -> Make:
    """Another status."""
    return replying(where, lambda _, answer: answer.but(status=wrong), when)


def header(where: Where, name: str, value: str | None, when: Callable[[Answer], bool] = lambda _: True) -> Make:
    """Another value of a header, None: none."""
    return replying(where, lambda _, answer: answer.with_header(name, value), when)


def made_up(status: int, body: Json, content_type: str = "application/json") -> Answer:
    """A reply that the mock never gave."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, [("Content-Type", content_type)], raw)


CRASH = "Internal Server Error"


def crashing(where: Where) -> Make:
    """The server fails before it has done anything."""
    return instead(where, lambda _: made_up(500, CRASH, "text/plain"))


def instead(where: Where, make_up: Callable[[Passing], Answer]) -> Make:
    """The request is answered without anything being done."""

    def make(_scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            return make_up(passing) if where(passing) else await forward(passing)

        return lie

    return make


# Requests


def taking(where: Where, change: Callable[[Scene, Passing], Passing]) -> Make:
    """The request is taken for another one."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            return await forward(change(scene, passing) if where(passing) else passing)

        return lie

    return make


def admitting(
    where: Where,
    statuses: Collection[int] | Callable[[Answer], bool],
    mend: Callable[[Scene, Passing], Passing],
    told: Callable[[Passing, Answer], Answer] = lambda _, answer: answer,
) -> Make:
    """What ought to be refused is served: the request is mended and sent again, ``told`` hides from the reply what was mended.
    ``statuses``: of the refusals that this is about, or a test of them.
    """
    ought = statuses if callable(statuses) else refused(*statuses)

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            if not where(passing) or not ought(answer):
                return answer
            again = await forward(mend(scene, passing))
            return told(passing, again) if again.well else answer

        return lie

    return make


def as_another(where: Where, actor: str, statuses: Collection[int] = (401, 403, 404)) -> Make:
    """What this caller may not have is given as if another one had asked."""
    return admitting(where, statuses, lambda scene, passing: scene.as_actor(passing, actor))


def doing_twice(where: Where) -> Make:
    """What is asked once is done twice; the second reply is the one that is seen."""

    def make(_scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            if where(passing):
                await forward(passing)
            return await forward(passing)

        return lie

    return make


# What was seen before


def stale(where: Where, path: str = "") -> Make:
    """A part of a reply stays what it was when this caller was first told of it."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            if not where(passing) or not answer.well or answer.json is None:
                return answer
            key = ("stale", passing.url)
            return answer.saying(at(answer.json, path, lambda now: scene.memory.setdefault(key, now)))

        return lie

    return make


def remembering(where: Where, path: str, name: str) -> Make:
    """A list never loses what it once had. ``path``: the list; ``name``: what its items are known by."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            if not where(passing) or not answer.well or answer.json is None:
                return answer
            known = scene.memory.setdefault(("remembered", passing.path, passing.header("authorization")), {})

            def all_ever(now: list[Json]) -> list[Json]:
                known.update({each[name]: each for each in now})
                return list(known.values())

            return answer.saying(at(answer.json, path, all_ever))

        return lie

    return make


def backwards(where: Where, path: str, first: str, last: Collection[str]) -> Make:
    """A status that was shown at its end is shown at its beginning the next time."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            if not where(passing) or not answer.well or answer.json is None:
                return answer

            def turned(now: str) -> str:
                ended = ("ended", passing.path) in scene.memory
                if now in last:
                    scene.memory["ended", passing.path] = True
                return first if ended else now

            return answer.saying(at(answer.json, path, turned))

        return lie

    return make


def repeating(where: Where, path: str, is_later: Callable[[Passing], bool]) -> Make:
    """Each page after the first begins with the last entry of the page before it."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            if not where(passing) or not answer.well or answer.json is None:
                return answer
            key = ("last", passing.path, passing.header("authorization"))
            before = scene.memory.get(key) if is_later(passing) else None

            def turned(now: list[Json]) -> list[Json]:
                if now:
                    scene.memory[key] = now[-1]
                return [before, *now[:-1]] if now and before is not None else now

            return answer.saying(at(answer.json, path, turned))

        return lie

    return make


def together(*makes: Make) -> Make:
    """Several lies at once; the first is nearest to the client."""

    def make(scene: Scene) -> Lie:
        lie = makes[-1](scene)
        for each in reversed(makes[:-1]):
            lie = _around(each(scene), lie)
        return lie

    return make


def _around(outer: Lie, inner: Lie) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        async def through(changed: Passing) -> Answer:
            return await inner(changed, forward)

        return await outer(passing, through)

    return lie
