"""Whether a request keeps its contract is told from what is sent; in doubt nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests import contracts
from contract_tests.fuzz.surface import Surface
from contract_tests.fuzz.validity import Request, Validity

JSON = "application/json"


@pytest.fixture(scope="module")
def restlink() -> Validity:
    return Validity(Surface(contracts.load("restlink")))


@pytest.fixture(scope="module")
def timelines() -> Validity:
    return Validity(Surface(contracts.load("timelines")))


def listing(**query: Any) -> Request:
    return Request(query=query, headers={"X-Workspace-ID": "16"})


@pytest.mark.parametrize(
    ("request_", "verdict"),
    [
        (listing(limit="10"), True),
        (listing(limit="0"), False),
        (listing(limit="many"), False),
        (listing(limit="1.0"), None),
        (listing(limit="+1"), None),
        (listing(limit=""), None),
        (listing(page="1", unheard="1"), None),
        (listing(period="today"), True),
        (Request(query={"from": "2026-02-01"}), True),
        (Request(query={"from": "2026-02-29"}), None),
        (listing(period="tomorrow"), False),
        (Request(headers={"x-workspace-id": "sixteen"}), False),
    ],
)
def test_parameters(restlink: Validity, request_: Request, verdict: bool | None) -> None:
    assert restlink.of("list_messages", "Jwt", request_) is verdict


def test_a_parameter_that_the_credential_makes_needless_is_not_looked_at(restlink: Validity) -> None:
    wrong = Request(headers={"X-Workspace-ID": "sixteen"})
    assert restlink.of("get_balance", "Jwt", wrong) is False
    assert restlink.of("get_balance", "ApiKey", wrong) is not False


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"display_name": "Acme", "seats_purchased": 3}, True),
        ({"display_name": "Acme"}, False),
        ({"display_name": "Acme", "seats_purchased": 3, "more": 1}, True),
        ({"display_name": 5, "seats_purchased": 3}, False),
        ({"display_name": "Acme", "seats_purchased": 2**60}, None),
        ({"display_name": "\ud800", "seats_purchased": 3}, None),
        ({"display_name": "Acme", "seats_purchased": 3.5}, None),
        ([], False),
    ],
)
def test_bodies(timelines: Validity, body: Any, verdict: bool | None) -> None:
    request = Request(headers={"X-TL-Partner-Id": "partner_12345"}, body=body, media=JSON)
    assert timelines.of("create_workspace", "Jwt", request) is verdict


def test_a_body_that_is_missing_or_unreadable(timelines: Validity) -> None:
    headers = {"X-TL-Partner-Id": "partner_12345"}
    assert timelines.of("create_workspace", "Jwt", Request(headers=headers)) is False
    assert timelines.of("create_workspace", "Jwt", Request(headers=headers, body=b"{", media=JSON)) is None
    assert timelines.of("create_workspace", "Jwt", Request(headers=headers, body={}, media="text/plain")) is None
