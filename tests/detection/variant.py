"""Variant: a deployment that differs from the mock and keeps the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.detection import shapes
from tests.detection.proxy import Answer, Forward, Frames, Lie, Passing

Json = Any
Texts = Callable[[str], str]


@dataclass(frozen=True)
class Variant:
    """What it does to requests and replies, and to the frames of a WebSocket (None: nothing)."""

    lie: Lie
    frames: Frames | None = None


def changing(change: Callable[[Passing, Answer], shapes.Change | None], spelled: Texts | None = None) -> Callable[[str], Variant]:
    """A variant that changes JSON replies and frames part by part. ``spelled``: how the text of the whole comes out."""

    def dumped(body: Json) -> str:
        return json.dumps(body) if spelled is None else spelled(json.dumps(body))

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        how = change(passing, answer) if shapes.is_json(answer) else None
        if how is None or passing.api is None:
            return answer
        schema = shapes.schema_of(passing, answer)
        return answer.but(body=dumped(shapes.changed(passing.api, schema, answer.json, how)).encode())

    def frames(api: str) -> Frames:
        def frame(text: str) -> str:
            body = json.loads(text)
            how = change(Passing("GET", "", [], b""), Answer(200, [], b""))
            schema = shapes.frame_schema(api, body["type"])
            return text if how is None else dumped(shapes.changed(api, schema, body, how))

        return frame

    return lambda api: Variant(lie, frames(api))
