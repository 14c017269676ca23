"""Webhook settings and their log: kept per workspace, without HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockserver.apis.restlink import webhooks
from mockserver.apis.restlink.webhooks import WebhookNotConfigured
from mockserver.engine.sandbox import Sandbox

URL = "https://hooks.example/one"


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("restlink", world="empty")


def test_a_change_touches_what_it_names_and_one_workspace_only(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, 16, {"click_url": URL, "signing_secret": "s1", "unique_clicks_only": True})
        changed = webhooks.change(tx, 16, {"delivery_url": URL, "delivery_fields": ["status"], "unknown": 1})
        assert changed == webhooks.settings(tx, 16)
        assert changed == {
            **webhooks.settings(tx, 18),
            "click_url": URL,
            "delivery_url": URL,
            "delivery_fields": ["status"],
            "signing_secret": "s1",
            "unique_clicks_only": True,
        }
        assert set(webhooks.settings(tx, 18).values()) == {None, False}


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_address_of_nothing_turns_the_event_off(sandbox: Sandbox, nothing: str | None) -> None:
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, 16, {"click_url": URL})
        assert webhooks.change(tx, 16, {"click_url": nothing})["click_url"] is None


def test_the_secret_is_cleared_on_demand_only(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, 16, {"signing_secret": "s1"})
        assert webhooks.change(tx, 16, {"clear_signing_secret": False})["signing_secret"] == "s1"
        assert webhooks.change(tx, 16, {"clear_signing_secret": True})["signing_secret"] is None


def test_a_sample_is_queued_for_the_workspaces_own_address(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, 16, {"delivery_url": URL})
        entry = webhooks.send_sample(tx, 16, "delivery")
        assert (entry["url"], entry["status"], entry["attempts"]) == (URL, "queued", 0)
        assert webhooks.log_page(tx, 16, "delivery", 1, 25) == ([entry], 1)
        assert webhooks.log_page(tx, 16, "click", 1, 25) == ([], 0)
        assert webhooks.log_page(tx, 18, None, 1, 25) == ([], 0)
        with pytest.raises(WebhookNotConfigured):
            webhooks.send_sample(tx, 18, "delivery")
        with pytest.raises(WebhookNotConfigured):
            webhooks.send_sample(tx, 16, "click")
