"""Five lies, each told of restlink and of bird: what a deployment may get wrong without anybody noticing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.detection.proxy import Answer, Forward, Lie, Passing


@dataclass(frozen=True)
class Told:
    """A lie, the part of a run that must catch it alone, and where the report must point: ``about`` stands in what was caught."""

    lie: Lie
    part: str
    about: str


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def _saying(answer: Answer, body: Any) -> Answer:
    return Answer(answer.status, answer.headers, json.dumps(body).encode())


def without(path: str, field: str) -> Lie:
    """Replies of this path lack a field that the contract requires."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        body = _json(answer)
        if answer.status == 200 and passing.path.endswith(path) and isinstance(body, dict):
            return _saying(answer, {name: value for name, value in body.items() if name != field})
        return answer

    return lie


def answering(method: str, path: str, right: int, wrong: int) -> Lie:
    """Success has another status than the documented one."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if (passing.method, answer.status) == (method, right) and passing.path.endswith(path):
            return Answer(wrong, answer.headers, answer.body)
        return answer

    return lie


def letting_in(cast: Mapping[str, Any], rename: Callable[[Passing, Mapping[str, Any], Mapping[str, Any]], None]) -> Lie:
    """The stranger's workspace opens to the owner: what is asked of it is answered with the owner's own."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        rename(passing, cast["owner"], cast["stranger"])
        return await forward(passing)

    return lie


def by_header(passing: Passing, owner: Mapping[str, Any], stranger: Mapping[str, Any]) -> None:
    """restlink names the workspace in a header."""
    foreign = {str(workspace) for workspace in stranger["workspaces"]}
    passing.headers = [
        (name, str(owner["main"]) if name.lower() == "x-workspace-id" and value in foreign else value)
        for name, value in passing.headers
    ]


def by_path(passing: Passing, owner: Mapping[str, Any], stranger: Mapping[str, Any]) -> None:
    """bird names the workspace in the path, and its channels after it."""
    passing.url = passing.url.replace(stranger["workspace_id"], owner["workspace_id"])
    for kind, channel in stranger["channels"].items():
        passing.url = passing.url.replace(channel, owner["channels"][kind])


def forgetting(path: str, rename: Callable[[Any, str], Any]) -> Lie:
    """Messages are acknowledged and thrown away. The first ones are kept, so that there is a reply to imitate."""
    kept: list[Answer] = []

    async def lie(passing: Passing, forward: Forward) -> Answer:
        if passing.method != "POST" or not passing.path.endswith(path):
            return await forward(passing)
        answer = await forward(passing)
        if answer.status >= 300:
            return answer
        kept.append(answer)
        return _saying(answer, rename(_json(answer), f"{len(kept):016x}"))

    return lie


def another_message_id(body: Any, digits: str) -> Any:
    """The reply of restlink's sending as if the messages were other ones."""
    for message in [*body["messages"], *body["results"]]:
        if message["message_id"]:
            message["message_id"] = message["message_id"].rpartition("_")[0] + "_" + digits
    return body


def another_uuid(body: Any, digits: str) -> Any:
    """The message as if it were another one."""
    return {**body, "id": f"00000000-0000-4000-8000-{digits[4:]}"}


def in_other_words(status: int) -> Lie:
    """Errors of this status have a shape of their own."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if answer.status == status and not passing.path.startswith("/_understudy"):
            return _saying(answer, {"title": "no", "status": status})
        return answer

    return lie


def of(api: str, cast: Mapping[str, Any]) -> dict[str, Told]:
    """The five lies of one API, by what they do."""
    if api == "restlink":
        return {
            "a missing required field": Told(without("/user/balance", "currency"), "conformance", "currency"),
            "a wrong status": Told(answering("POST", "/sms/send", 200, 201), "stories", "201"),
            "a foreign workspace let in": Told(letting_in(cast, by_header), "conformance", "stranger"),
            "a message that is not stored": Told(forgetting("/sms/send", another_message_id), "stories", "404"),
            "a wrong error shape": Told(in_other_words(400), "laws", "status"),
        }
    return {
        "a missing required field": Told(without("/channels", "results"), "stories", "results"),
        "a wrong status": Told(answering("POST", "/messages", 202, 200), "laws", "200"),
        "a foreign workspace let in": Told(letting_in(cast, by_path), "laws", "404"),
        "a message that is not stored": Told(forgetting("/messages", another_uuid), "laws", "404"),
        "a wrong error shape": Told(in_other_words(422), "conformance", "Error"),
    }
