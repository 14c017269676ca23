"""A reply is right if it is the declared refusal or shows nothing of another's; and no word tells foreign from absent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests import contracts
from contract_tests.refusals import Refusals
from contract_tests.tenants.asking import Asked
from contract_tests.tenants.attempts import Attempt
from contract_tests.tenants.rows import STRANGER, Row
from contract_tests.tenants.verdict import judge

SPEC = contracts.load("timelines")
PLACE = contracts.Place("get", "/workspaces/{workspace_id}")
UNKNOWN = {"error": {"code": "WorkspaceNotFound", "message": "There is no such workspace."}}


class Deployment:
    """What a stage is to a verdict; ``answers``: workspace → status and body."""

    profile = "mock"
    refusals = Refusals(SPEC)

    def __init__(self, answers: dict[str, tuple[int, Any]]) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            status, body = answers[request.url.path.rpartition("/")[2]]
            return httpx.Response(status, json=body)

        self.api = self.deployment = self
        self.control = None
        self.client = httpx.Client(base_url="http://api", transport=httpx.MockTransport(answer))

    def things(self, actor: str = "owner") -> str:
        return actor

    def shown(self, actor: str) -> dict[str, object]:
        return {"list": [{"id": f"the-{actor}s", "plan_id": 1}]}


def unknown() -> dict[str, Any]:
    """The contract's own words for a workspace that is not there."""
    found: dict[str, Any] = SPEC["components"]["responses"]["WorkspaceUnknown"]["content"]["application/json"]["examples"]
    return dict(contracts.resolve(SPEC, found["WorkspaceUnknown"])["value"])


def asked(workspace: str) -> Asked:
    return Asked(PLACE, "get_workspace", path={"workspace_id": workspace})


def judged(answers: dict[str, tuple[int, Any]], expected: tuple[str, ...] = ("WorkspaceUnknown",)) -> None:
    deployment: Any = Deployment(answers)
    stranger: Any = "stranger"
    row = Row(PLACE, "get_workspace", STRANGER, "Jwt", expected, (), None, apart=not expected)
    judge(
        deployment,
        row,
        Attempt("the owner's ids", asked("foreign-ws"), asked("absent-ws") if expected else None, as_whom=stranger),
    )


def test_the_declared_refusal_in_the_same_words_for_both_is_right() -> None:
    judged({"foreign-ws": (404, unknown()), "absent-ws": (404, unknown())})


def test_an_echo_of_the_id_and_an_instant_make_no_difference() -> None:
    def at(workspace: str, instant: str) -> dict[str, Any]:
        return {"error": unknown()["error"], "path": workspace, "at": instant}

    told = at("foreign-ws", "2026-01-01T00:00:00Z"), at("absent-ws", "2026-01-01T00:00:01Z")
    judged({"foreign-ws": (404, told[0]), "absent-ws": (404, told[1])})


def test_another_word_for_what_exists_gives_it_away() -> None:
    other = {"error": {**unknown()["error"], "hint": "ask its owner"}}
    with pytest.raises(AssertionError, match="can be told from what does not exist"):
        judged({"foreign-ws": (404, other), "absent-ws": (404, unknown())})


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"workspace_id": "foreign-ws"}), (401, {}), (404, {"error": {"code": "Gone"}})]
)
def test_anything_but_the_declared_refusal_is_told_with_what_was_expected(status: int, body: Any) -> None:
    words = r"GET /workspaces/\{workspace_id\} by a stranger \(the owner's ids\): the contract says WorkspaceUnknown \(404\)"
    with pytest.raises(AssertionError, match=f"{words}, but came {status}"):
        judged({"foreign-ws": (status, body), "absent-ws": (404, unknown())})


def test_who_is_served_sees_nothing_of_the_owners() -> None:
    judged({"foreign-ws": (200, {"id": "the-strangers", "plan_id": 1})}, ())
    with pytest.raises(AssertionError, match="shows what is the owner's: id the-owners"):
        judged({"foreign-ws": (200, {"plan_id": 1, "parts": [{"id": "the-owners"}]})}, ())
