"""The population: any number of further users with connected telephones, in further workspaces of a world's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockserver.apis.timelines import connections, quotas, state, users
from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity
from mockserver.engine.backfill import Backfill
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Transaction

# Within the first period of a new workspace's quotas.
_SPAN = timedelta(days=20)
#: Users in one workspace.
CROWDED = 50


def workspace_id(number: int) -> str:
    """The id of the workspace that holds the ``number``-th user: ``ws_0000000000000001`` the first fifty, and so on."""
    return f"ws_{number // CROWDED + 1:016x}"


def backfill(tx: Transaction, world: Mapping[str, Any], crowd: Crowd, count: int) -> Backfill:
    """``count`` users, each with a WhatsApp account that has sent a message; the first of a workspace owns it."""
    partner = world["cast"]["owner"]["partner_id"]
    first_user = _beyond(world, "users", "user_id")
    first_account = _beyond(world, "whatsapp_accounts", "whatsapp_account_id")
    tx.increment("user id", count)
    tx.increment("whatsapp account id", count)

    def insert(numbers: Sequence[int]) -> None:
        for start in range(numbers[0] // CROWDED * CROWDED, numbers[-1] + 1, CROWDED):
            here = [number for number in range(start, start + CROWDED) if number in numbers]
            if here[0] == start:
                state.keep(tx, _workspace(tx, partner, start, min(count - start, CROWDED)))
            _fill(here)

    def _fill(numbers: Sequence[int]) -> None:
        place, moment = workspace_id(numbers[0]), second(tx.now - _SPAN)
        people = [_user(crowd, number, first_user + number, moment) for number in numbers]
        tx.insert_many("user", place, ((str(one["user_id"]), one, {"status": one["status"]}) for one in people))
        phones = [_account(crowd, number, first_account + number, first_user + number, moment) for number in numbers]
        rows = ((str(one["whatsapp_account_id"]), one, connections.facets(one)) for one in phones)
        tx.insert_many("whatsapp account", place, rows)

    return Backfill(count, tx.now - _SPAN, tx.now, insert)


def _beyond(world: Mapping[str, Any], kind: str, name: str) -> int:
    return max((entity[name] for workspace in world["workspaces"] for entity in workspace[kind]), default=0) + 1


def _workspace(tx: Transaction, partner: str, start: int, members: int) -> Entity:
    terms, born = state.plan(tx, partner), second(tx.now - _SPAN)
    return {
        "workspace_id": workspace_id(start),
        "partner_id": partner,
        "display_name": f"populated-{start // CROWDED + 1}",
        "group_id": tx.increment("group id"),
        "created_at": born,
        "updated_at": born,
        "seats": quotas.opening(CROWDED, tx.now - _SPAN, quotas.SEATS_PERIOD),
        "messages_quota": {**quotas.opening(terms["messages"], tx.now - _SPAN, quotas.MESSAGES_PERIOD), "used": members},
        "api_calls_quota": quotas.opening(terms["api_calls"], tx.now - _SPAN, quotas.MESSAGES_PERIOD),
        "non_recurring_quota": {"remaining_balance": 0, "last_updated_at": born},
        "api_token": None,
    }


def _user(crowd: Crowd, number: int, id: int, moment: str) -> Entity:
    person = crowd.person(number)
    return {
        "user_id": id,
        "display_name": person.name,
        "email": person.email,
        "status": users.ACTIVE,
        "created_at": moment,
        "role": users.AGENT if number % CROWDED else users.OWNER,
    }


def _account(crowd: Crowd, number: int, id: int, user_id: int, moment: str) -> Entity:
    return {
        "whatsapp_account_id": id,
        "user_id": user_id,
        "phone_number_e164": crowd.person(number).phone,
        "connected_at": moment,
        "disconnected_at": None,
    }
