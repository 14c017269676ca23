"""The account's rate limit: off in the worlds that come along, exact where a world sets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.restlink import credentials, state
from mockserver.apis.restlink.credentials import RateLimitExceeded
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.exchange import Call, Request

OWNER = 279
MAIN, OTHER = "sk_prod_0016f3a95b1c7e824d60", "sk_prod_00187d20c4e9b5a1f836"


def present(sandbox: Sandbox, key: str) -> None:
    uploads: Any = None
    with sandbox.transaction("restlink") as tx:
        request = Request("GET", "/user/profile", {}, b"")
        call = Call({"operationId": "get_profile"}, request, tx, "http://127.0.0.1/restlink/api/v1", uploads)
        credentials.by_api_key(call, key)


def limit(sandbox: Sandbox, per_second: int) -> None:
    with sandbox.transaction("restlink") as tx:
        account = state.account(tx, OWNER)
        assert account
        tx.put("account", OWNER, OWNER, {**account, "requests_per_second": per_second})


def test_an_account_may_send_so_many_requests_a_second_by_all_of_its_keys(sandbox_of: Callable[..., Sandbox]) -> None:
    sandbox = sandbox_of("restlink")
    limit(sandbox, 3)
    for key in (MAIN, OTHER, MAIN):
        present(sandbox, key)
    with pytest.raises(RateLimitExceeded):
        present(sandbox, OTHER)
    sandbox.clock = Clock(sandbox.clock.now() + timedelta(seconds=1))
    present(sandbox, OTHER)


def test_without_a_limit_nobody_counts(sandbox_of: Callable[..., Sandbox]) -> None:
    sandbox = sandbox_of("restlink")
    for _ in range(2000):
        present(sandbox, MAIN)
