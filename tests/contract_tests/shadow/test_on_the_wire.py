"""The shadow at its place in the gate, before a deployment that is honest and two that are not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests import wire
from contract_tests.gate.proxy import CONTROL, Gate, Mount
from contract_tests.shadow import Shadow
from mockserver.data import MOUNTS
from tests.contract_tests.shadow.talk import routes
from tests.detection.proxy import Answer, Forward, Lie, Passing, honestly, in_front_of

MINE = "/workspaces/{}"
BASE = MOUNTS["timelines"]


def gate_before(root: str, cast: Any) -> Gate:
    """A gate with no other rule than the shadow."""
    mounts = [Mount("timelines", BASE, root + BASE, routes("timelines")), Mount(None, CONTROL, root + CONTROL, None)]
    return Gate(mounts, [Shadow(["timelines"], {"timelines": cast})])


async def _forgets_names(passing: Passing, forward: Forward) -> Answer:
    """What is renamed is acknowledged, and has its old name when it is read."""
    answer = await forward(passing)
    if passing.method == "GET" and answer.well:
        return answer.saying({**answer.json, "display_name": "before"})
    return answer


async def _keeps_users_to_itself(passing: Passing, forward: Forward) -> Answer:
    """The youngest user is not shown."""
    answer = await forward(passing)
    if passing.method == "GET" and answer.well:
        return answer.saying({**answer.json, "users": answer.json["users"][:-1]})
    return answer


def _story(url: str, headers: dict[str, str]) -> list[str]:
    """Make a workspace, rename it, give it users and read it; what the gate holds against it."""
    found: list[str] = []
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        told = client.post("/workspaces", json={"display_name": "before", "seats_purchased": 5})
        place = MINE.format(told.json()["workspace_id"])
        replies = [
            client.patch(place, json={"display_name": "after"}),
            client.patch(place, json={"display_name": "no name at all"}),
            client.post(f"{place}/users", json={"count": 2}),
            client.get(place),
        ]
        for reply in replies:
            try:
                wire.evidence.judge(reply.headers)
            except wire.Objected as objected:
                found.append(objected.check)
    return found


@pytest.mark.parametrize(
    ("lie", "checks"),
    [(honestly, set()), (_forgets_names, {"shadow_values"}), (_keeps_users_to_itself, {"shadow_counts", "shadow_missing"})],
    ids=["honest", "forgets what was changed", "drops what was made"],
)
def test_the_gate_tells_what_the_shadow_holds_against_a_reply(lie: Lie, checks: set[str], mock: Any) -> None:
    mock.reset()
    cast = mock.cast("timelines")
    with in_front_of(mock.url, lie) as (there, _), gate_before(there, cast).open() as gate:
        owner = cast["owner"]
        headers = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
        found = _story(gate + BASE, headers)
    assert set(found) <= checks
    assert bool(found) == bool(checks)


def test_a_reset_through_the_gate_is_heard_of(mock: Any) -> None:
    mock.reset()
    cast = mock.cast("timelines")
    owner = cast["owner"]
    headers = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    with gate_before(mock.url, cast).open() as gate, httpx.Client(trust_env=False) as client:
        for _ in range(2):
            # After a reset the same requests give the same ids.
            made = client.post(f"{gate}{BASE}/workspaces", json={"display_name": "mine", "seats_purchased": 1}, headers=headers)
            assert made.status_code == 201
            assert wire.evidence.judge(made.headers) is None
            control = {"Authorization": f"Bearer {mock.app.settings.control_token}"}
            assert client.post(f"{gate}{CONTROL}/reset", headers=control).status_code == 204
