"""QR links and WhatsApp accounts without HTTP: links die by the clock, by their successor and by being scanned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.timelines import connections, state, tokens, users, workspaces
from mockserver.apis.timelines.connections import PhoneNumberConnected, QrLinkMissing, UserSuspended
from mockserver.apis.timelines.users import UserUnknown
from mockserver.engine.sandbox import Sandbox, Transaction
from tests.conftest import NOON

PARTNER, DOCUMENTED, SECOND = "partner_12345", "ws_1234567890abcdef", "ws_40d7b6e19f52c3a8"
CONNECTED, LINKED, BARE, FOREIGN, SUSPENDED = 42, 58, 84, 101, 94
PHONE = "+4915112345678"


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("timelines")


def documented(tx: Transaction) -> dict[str, Any]:
    return state.workspace(tx, PARTNER, DOCUMENTED)


def linked(tx: Transaction) -> dict[int, str]:
    return {link["user_id"]: link["expires_at"] for link in connections.live_links(tx, documented(tx))}


def connected(tx: Transaction) -> dict[int, int]:
    accounts = connections.accounts(tx, documented(tx))
    return {each["user_id"]: each["whatsapp_account_id"] for each in accounts if each["disconnected_at"] is None}


def test_a_link_disconnects_and_its_successor_revokes_it(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        first = connections.create_link(tx, documented(tx), CONNECTED, 24)
        assert first.link["expires_at"] == "2026-02-14T12:00:00Z"
        assert first.disconnected is not None
        assert (first.disconnected["whatsapp_account_id"], first.disconnected["disconnected_at"]) == (
            987654321, "2026-02-13T12:00:00Z"
        )  # fmt: skip
        assert first.revoked is False
        assert CONNECTED not in connected(tx)
        second = connections.create_link(tx, documented(tx), CONNECTED, 1)
        assert (second.disconnected, second.revoked) == (None, True)
        assert second.link["qr_link"] != first.link["qr_link"]
        assert [link for link in connections.live_links(tx, documented(tx)) if link["user_id"] == CONNECTED] == [second.link]


@pytest.mark.parametrize(
    ("later", "lives"),
    [(timedelta(0), True), (timedelta(minutes=59, seconds=59.999999), True), (timedelta(hours=1), False)],
)
def test_a_link_dies_at_the_instant_that_it_names(sandbox: Sandbox, later: timedelta, lives: bool) -> None:
    with sandbox.transaction("timelines") as tx:
        connections.create_link(tx, documented(tx), BARE, 1)
    sandbox.clock.freeze(NOON + later)
    with sandbox.transaction("timelines") as tx:
        assert (BARE in linked(tx)) is lives
        assert connections.create_link(tx, documented(tx), BARE, 1).revoked is lives


def test_a_dead_link_connects_nobody(sandbox: Sandbox) -> None:
    sandbox.clock.freeze(NOON + timedelta(hours=20))
    with sandbox.transaction("timelines") as tx:
        with pytest.raises(QrLinkMissing):
            connections.connect(tx, documented(tx), LINKED, PHONE)
        assert set(linked(tx)) == {85}


def test_scanning_uses_the_link_up_and_connects_a_new_account(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        account = connections.connect(tx, documented(tx), LINKED, PHONE)
        assert account == {
            "whatsapp_account_id": 987802218, "user_id": LINKED, "phone_number_e164": PHONE,
            "connected_at": "2026-02-13T12:00:00Z", "disconnected_at": None,
        }  # fmt: skip
        assert connections.accounts(tx, documented(tx))[-1] == account
        assert LINKED not in linked(tx)
        with pytest.raises(QrLinkMissing):
            connections.connect(tx, documented(tx), LINKED, PHONE)


def test_a_number_that_comes_back_keeps_its_account_and_moves_to_the_end(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        connections.disconnect(tx, documented(tx), CONNECTED)
        before = len(connections.accounts(tx, documented(tx)))
        connections.connect(tx, documented(tx), LINKED, "+4915123456789")
        accounts = connections.accounts(tx, documented(tx))
        assert (len(accounts), accounts[-1]["whatsapp_account_id"], accounts[-1]["user_id"]) == (before, 987654321, LINKED)
        assert connections.last_account(tx, documented(tx), CONNECTED) is None


def test_a_number_that_another_user_has_connected_is_refused(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        with pytest.raises(PhoneNumberConnected):
            connections.connect(tx, documented(tx), LINKED, "+4915123456789")
        assert connected(tx)[CONNECTED] == 987654321


def test_disconnecting_again_finds_nothing_to_do(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        account = connections.disconnect(tx, documented(tx), CONNECTED)
        assert account is not None
        assert account["whatsapp_account_id"] == 987654321
        assert connections.disconnect(tx, documented(tx), CONNECTED) is None
        assert connections.disconnect(tx, documented(tx), BARE) is None


@pytest.mark.parametrize("user_id", [FOREIGN, 999])
def test_another_workspaces_user_is_as_unknown_as_one_that_never_was(sandbox: Sandbox, user_id: int) -> None:
    with sandbox.transaction("timelines") as tx:
        with pytest.raises(UserUnknown):
            connections.create_link(tx, documented(tx), user_id, 1)
        with pytest.raises(UserUnknown):
            connections.disconnect(tx, documented(tx), user_id)
        with pytest.raises(UserUnknown):
            connections.connect(tx, documented(tx), user_id, PHONE)


def test_a_suspended_user_gets_no_link_until_the_seat_is_back(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        second = state.workspace(tx, PARTNER, SECOND)
        with pytest.raises(UserSuspended):
            connections.create_link(tx, second, SUSPENDED, 1)
        workspaces.update(tx, second, None, 4)
        assert users.user(tx, second, SUSPENDED)["status"] == "active"
        assert connections.create_link(tx, second, SUSPENDED, 1).revoked is False


def test_a_token_is_made_once_and_rotated_each_time(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        made = tokens.token(tx, state.workspace(tx, PARTNER, SECOND))
        assert made["rotated_at"] is None
        assert tokens.token(tx, state.workspace(tx, PARTNER, SECOND)) == made
        rotated = [tokens.rotate(tx, state.workspace(tx, PARTNER, SECOND)) for _ in range(2)]
        assert {each["rotated_at"] for each in rotated} == {"2026-02-13T12:00:00Z"}
        assert len({made["token"], *(each["token"] for each in rotated)}) == 3
        assert tokens.token(tx, state.workspace(tx, PARTNER, SECOND)) == rotated[-1]
        assert tokens.token(tx, documented(tx))["token"] == "tla_771abf0a58859712f0b18f65780e8b3f"
