"""A deployment as the tests see it: everything behind the gate, and a cast whose gaps skip what needs them."""

from __future__ import annotations

import pytest

from contract_tests.deployment import Cast, Deployment

SEEN = Deployment(
    "http://127.0.0.1:5",
    {"bird": "https://api.example.com", "tofrom": "https://example.com/messaging"},
    {"bird": {"owner": {"channels": {"sms": "c1"}}}},
    can={"webhooks": None},
)


def test_apis_are_asked_through_the_gate() -> None:
    assert SEEN.base_url("timelines") == "http://127.0.0.1:5/timelines/partner/api/v1"


def test_an_address_that_the_target_gave_leads_through_the_gate() -> None:
    for given, used in {
        "https://api.example.com/media/1?x=2": "http://127.0.0.1:5/bird/media/1?x=2",
        "https://api.example.com": "http://127.0.0.1:5/bird",
        "https://api.example.com?x=1": "http://127.0.0.1:5/bird?x=1",
        "https://example.com/messaging/api": "http://127.0.0.1:5/tofrom/api",
        "https://api.example.com.evil.example/media": "https://api.example.com.evil.example/media",
        "https://example.com/other": "https://example.com/other",
    }.items():
        assert SEEN.behind_the_gate(given) == used


def test_it_reaches_the_process_that_tests_whole() -> None:
    assert Deployment.from_json(SEEN.to_json()) == SEEN


def test_what_the_cast_does_not_know_skips_the_test_that_asks_for_it() -> None:
    cast = Cast(SEEN.casts["bird"])
    assert cast["owner"]["channels"]["sms"] == "c1"
    with pytest.raises(pytest.skip.Exception, match="'stranger' of the cast"):
        cast["stranger"]
    with pytest.raises(pytest.skip.Exception, match="'email' of the cast's owner's channels"):
        cast["owner"]["channels"]["email"]
    assert cast.get("stranger") is None
