"""A deployment whose walls have a hole is found out, and the report says by which operation, identity and place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.command import FOUND, run
from tests.detection.proxy import Answer, Forward, Lie, Passing, in_front_of

pytestmark = pytest.mark.slow
Json = dict[str, Any]
WITHIN = "{workspace_id}"


@pytest.fixture
def findings(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[Json]]:
    """Runs one part against timelines behind a proxy that lies, and gives what was found."""

    def test(part: str, lie: Callable[[Json], Lie]) -> list[Json]:
        mock = start_mock(apis=("timelines",))
        monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
        with in_front_of(mock.url, lie(mock.cast("timelines"))) as (url, _):
            assert run(["timelines"], url, tmp_path, part=part) == FOUND
        found: list[Json] = json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"]
        return found

    return test


def foreign(passing: Passing, cast: Json) -> bool:
    """Whether the stranger asks for a workspace that is not its own."""
    by = passing.header("Authorization") == f"Bearer {cast['stranger']['jwt']}"
    return by and WITHIN in passing.place and cast["stranger"]["workspace_id"] not in passing.path


def as_owner(passing: Passing, cast: Json) -> Passing:
    owner = cast["owner"]
    return passing.with_header("Authorization", f"Bearer {owner['jwt']}").with_header("X-TL-Partner-Id", owner["partner_id"])


def with_holes(cast: Json) -> Lie:
    """Three operations with a hole each: one forgets to ask whose the workspace is, one refuses in words and does it all the
    same, one has the right status and code and a word too many for what exists.
    """

    async def lie(passing: Passing, forward: Forward) -> Answer:
        if not foreign(passing, cast):
            return await forward(passing)
        if passing.place == "GET /workspaces/{workspace_id}/api-token":
            return await forward(as_owner(passing, cast))
        answer = await forward(passing)
        if passing.place == "POST /workspaces/{workspace_id}/api-token":
            await forward(as_owner(passing, cast))
        if passing.path.endswith("/users") and answer.status == 404:
            looked = as_owner(passing.but(method="GET", url=passing.url.removesuffix("/users"), body=b""), cast)
            error = answer.json["error"]
            told = {**error, "message": error["message"] + " Ask its owner."}
            return answer.saying({"error": told if (await forward(looked)).well else error})
        return answer

    return lie


def careless_about_signatures(cast: Json) -> Lie:
    """What was signed once is believed whatever the signature is now."""
    good = str(cast["owner"]["jwt"])

    async def lie(passing: Passing, forward: Forward) -> Answer:
        told = passing.header("Authorization") or ""
        same = told.startswith(f"Bearer {good.rpartition('.')[0]}.") and told.count(".") == 2
        return await forward(passing.with_header("Authorization", f"Bearer {good}") if same else passing)

    return lie


def forgetting_its_methods(cast: Json) -> Lie:
    """405 without a word about what there is."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        return answer.with_header("Allow", None) if answer.status == 405 else answer

    return lie


def by_row(found: list[Json]) -> dict[str, Json]:
    """What was found, by the row that found it."""
    return {each["test"].partition("[")[2].rstrip("]"): each for each in found}


def test_a_hole_in_a_wall_is_named_by_operation_identity_and_place(findings: Callable[..., list[Json]]) -> None:
    found = by_row(findings("ownership", with_holes))
    assert found.keys() == {
        "get_api_token: a stranger by Jwt",
        "get_api_token: the stranger under the owner's name by Jwt",
        "rotate_api_token: nothing has changed",
        "create_users: a stranger by Jwt",
    }
    let_in = found["get_api_token: a stranger by Jwt"]
    for words in (
        "GET /workspaces/{workspace_id}/api-token by a stranger",
        "the owner's ids",
        "WorkspaceUnknown (404)",
        "came 200",
    ):
        assert words in let_in["message"]
    assert "L12" in let_in["statements"]
    assert "changed" in found["rotate_api_token: nothing has changed"]["message"]
    assert "can be told from what does not exist" in found["create_users: a stranger by Jwt"]["message"]


def test_a_signature_that_nobody_checks_is_found_by_every_forged_one(findings: Callable[..., list[Json]]) -> None:
    found = by_row(findings("forgeries", careless_about_signatures)).keys()
    assert {"Jwt: half a signature", "Jwt: signature of zeros", "Jwt: signature of a stranger's token"} <= found
    assert not {"Jwt: alg none, the old signature", "Jwt: an administrator", "Jwt: five parts, as encrypted ones have"} & found


def test_a_405_without_its_methods_is_found_at_every_path(findings: Callable[..., list[Json]]) -> None:
    found = findings("error_shapes", forgetting_its_methods)
    assert {each["test"].partition("[")[0].rpartition("::")[2] for each in found} == {
        "test_timelines_names_the_methods_that_there_are"
    }
    assert len(found) == 6
