"""Credentials on the wire: one word, one blank, one key."""

from __future__ import annotations

from typing import Any

import pytest

MISSING = "Send an Authorization header with your access key."
MALFORMED = "The Authorization header must be the word AccessKey, one blank and the key."
UNKNOWN = "The access key is not known."


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, MISSING),
        ("", MISSING),
        ("{key}", MALFORMED),
        ("Bearer {key}", MALFORMED),
        ("accesskey {key}", MALFORMED),
        ("ACCESSKEY {key}", MALFORMED),
        ("AccessKey", MALFORMED),
        ("AccessKey  {key}", MALFORMED),
        ("AccessKey\t{key}", MALFORMED),
        ("AccessKey {key} {key}", MALFORMED),
        ("AccessKey {key}x", UNKNOWN),
        ("AccessKey x", UNKNOWN),
    ],
)
def test_a_wrong_credential_is_told_what_is_wrong(wire: Any, header: str | None, message: str) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=wire.owner.cast["access_key"])}
    for method, path in (("GET", f"{wire.owner.home}/channels"), ("POST", f"{wire.owner.channel()}/messages")):
        reply = wire.anyone.request(method, path, headers=headers)
        assert (reply.status_code, reply.json()) == (401, {"code": "Unauthorized", "message": message})


def test_each_key_opens_its_own_organization(wire: Any) -> None:
    for actor, other in ((wire.owner, wire.stranger), (wire.stranger, wire.owner)):
        assert actor.client.get(f"{actor.home}/channels").status_code == 200
        refused = actor.client.get(f"{other.home}/channels")
        assert (refused.status_code, refused.json()) == (404, {"code": "NotFound", "message": "The workspace does not exist."})
        refused = actor.client.get(f"{other.organization}/workspaces")
        assert (refused.status_code, refused.json()) == (
            404,
            {"code": "NotFound", "message": "The organization does not exist."},
        )
