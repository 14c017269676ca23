"""Actors have what their API's cast has, and headers that get in."""

from __future__ import annotations

import dataclasses
from typing import Any

import httpx
import pytest

from mockserver.app import cast
from mockserver.data import MOUNTS
from mockserver.testing import actors
from tests.conftest import RunningMock

#: Something that every actor of an API may read.
READABLE = {
    "restlink": lambda actor: "/sms/messages?limit=1",
    "tofrom": lambda actor: f"/api/ui/workspaces/{actor.workspace_id}/messages?limit=1",
    "xpressbot": lambda actor: "/channels/list",
    "bird": lambda actor: f"/workspaces/{actor.workspace_id}/channels/{actor.channels['sms']}/messages?limit=1",
    "timelines": lambda actor: f"/workspaces/{actor.workspace_id}",
}
CAST = [(api, name) for api in MOUNTS for name in cast(api)]


def actor_of(api: str, name: str) -> Any:
    return actors.find(cast(api), name, getattr(actors, api))


@pytest.mark.parametrize(("api", "name"), CAST)
def test_everything_that_the_cast_tells_has_a_field(api: str, name: str) -> None:
    actor = actor_of(api, name)
    fields = {field.name for field in dataclasses.fields(actor)}
    assert set(actor.raw) <= fields
    for field, value in actor.raw.items():
        held = getattr(actor, field)
        assert (list(held) if isinstance(held, tuple) else held) == value


@pytest.mark.parametrize(("api", "name"), [pair for pair in CAST if pair != ("restlink", "mainless")])
def test_the_headers_get_in(mock: RunningMock, api: str, name: str) -> None:
    actor = actor_of(api, name)
    headers = actor.session_headers if api == "tofrom" else actor.headers
    reply = httpx.get(mock.base(api) + READABLE[api](actor), headers=headers, trust_env=False)
    assert reply.status_code == 200, reply.text


def test_the_key_of_tofrom_gets_in_where_messages_are_sent(mock: RunningMock) -> None:
    actor = actor_of("tofrom", "owner")
    body = {"to": "+13129450127", "from": actor.phone_number, "body": "hi"}
    reply = httpx.post(f"{mock.base('tofrom')}/api/messages", json=body, headers=actor.headers, trust_env=False)
    assert reply.is_success, reply.text


def test_a_token_of_restlink_may_name_its_workspace(mock: RunningMock) -> None:
    actor = actor_of("restlink", "owner")
    headers = {**actor.jwt_headers, "X-Workspace-ID": str(actor.workspaces[1])}
    assert httpx.get(f"{mock.base('restlink')}/sms/messages", headers=headers, trust_env=False).is_success


def test_nobody_is_shown_with_a_secret() -> None:
    for api, name in CAST:
        shown = repr(actor_of(api, name))
        secrets = {"jwt", "api_key", "api_keys", "access_key", "secret", "password", "session_token", "expired_jwt", "keys"}
        assert [secret for secret in secrets if f"{secret}=" in shown] == []


def test_who_is_not_there_is_told_who_is() -> None:
    with pytest.raises(LookupError, match=r"no actor 'nobody' here; it has owner, two_channels, stranger\."):
        actor_of("xpressbot", "nobody")
    with pytest.raises(LookupError, match="mainless of restlink has no API key, only `jwt`"):
        _ = actor_of("restlink", "mainless").api_key
