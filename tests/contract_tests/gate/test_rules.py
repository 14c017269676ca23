"""Which rules a profile has, and that they hold together on the contracts themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.gate.budget import Budget
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.observed import Observed
from contract_tests.gate.pacing import Pacing
from contract_tests.gate.routes import Routes
from contract_tests.gate.rules import ledger_of, rules_for, secrets_of
from contract_tests.gate.streak import Streak
from contract_tests.targets.target import LIMITS, Target
from mockserver.data import MOUNTS, load_spec

BASES = {api: f"https://api.example{mount}" for api, mount in MOUNTS.items()}


def target(profile: str, **more: object) -> Target:
    pinned = {"phone": ("+15005550006",), "email": ("t@example.com",)}
    return Target("there", BASES, {}, profile, limits=LIMITS[profile], recipients=pinned, **more)  # type: ignore[arg-type]


def asked(profile: str, api: str, method: str, url: str, body: bytes = b"", **more: object) -> Exchange:
    made = Exchange(1, api, method, url, [("Authorization", "Bearer geheim")], body)
    found = Routes(load_spec(api)).find(method, url.partition("?")[0])
    if found is not None:
        made.place, made.values, made.operation_id = str(found.place), found.values, found.operation["operationId"]
    made.refused = next((reason for rule in rules_for(target(profile, **more), [api]) if (reason := rule.ask(made))), None)
    return made


def test_a_mock_has_no_rule_that_asks_the_contract() -> None:
    rules = rules_for(target("mock"), list(MOUNTS))
    assert [type(rule) for rule in rules] == [Observed, Streak]
    assert ledger_of(rules) is None
    assert secrets_of(rules) == frozenset()


@pytest.mark.parametrize("profile", ["sandbox", "staging", "production"])
@pytest.mark.parametrize(
    ("api", "method", "url"),
    [
        ("bird", "DELETE", "/organizations/o/workspaces/w/webhook-subscriptions/s"),
        ("tofrom", "DELETE", "/api/ui/workspaces/w/phone-numbers/p"),
        ("tofrom", "PUT", "/api/ui/workspaces/w/provider"),
        ("tofrom", "POST", "/api/auth/logout"),
        ("timelines", "POST", "/workspaces/w/users/1/qr"),
        ("timelines", "PATCH", "/workspaces/w"),
        ("restlink", "PUT", "/user/webhooks"),
        ("xpressbot", "GET", "/labels/manage?name=vip"),
        ("xpressbot", "POST", "/unknown"),
    ],
)
def test_nothing_is_changed_that_the_run_did_not_create(profile: str, api: str, method: str, url: str) -> None:
    assert asked(profile, api, method, url).refused is not None


@pytest.mark.parametrize("api", MOUNTS)
@pytest.mark.parametrize("profile", ["mock", "sandbox", "staging", "production"])
def test_reads_pass_everywhere(profile: str, api: str) -> None:
    assert asked(profile, api, "GET", "/nothing").refused is None


def test_a_send_goes_to_a_pinned_recipient_where_sending_is_allowed() -> None:
    body = b'{"to": "+14155550199", "body": "Hello"}'
    assert b"+15005550006" in asked("staging", "tofrom", "POST", "/api/messages", body).body
    assert asked("production", "tofrom", "POST", "/api/messages", body).refused is not None
    assert asked("mock", "tofrom", "POST", "/api/messages", body).body == body


def test_what_the_target_frees_may_be_changed() -> None:
    freed = frozenset({"update_webhooks"})
    assert asked("staging", "restlink", "PUT", "/user/webhooks", b"{}", changes=freed).refused is None


def test_money_is_kept_to_as_it_is_written() -> None:
    there = target("staging")
    rules = rules_for(replace(there, limits=replace(there.limits, cost=0.3, price_per_message=0.1)), ["tofrom"])
    (budget,) = (rule for rule in rules if isinstance(rule, Budget))
    made = asked("staging", "tofrom", "POST", "/api/messages", b'{"to": "+15005550006", "body": "Hello"}')
    assert [budget.ask(made) is None for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("header", "query"), [("X-API-Key", ""), ("Authorization", ""), ("", "apiKey")])
def test_a_pause_is_for_the_one_whose_credential_it_is(header: str, query: str) -> None:
    def sent(secret: str) -> Exchange:
        return Exchange(1, "xpressbot", "GET", f"/x?{query or 'a'}={secret}", [(header or "X-A", secret)], b"")

    (pacing,) = (rule for rule in rules_for(target("staging"), ["xpressbot"]) if isinstance(rule, Pacing))
    busy = sent("one")
    busy.status, busy.reply_headers = 429, [("Retry-After", "3600")]
    pacing.saw(busy)
    assert pacing.ask(sent("one")) is not None
    assert pacing.ask(sent("two")) is None


@pytest.mark.parametrize("profile", ["mock", "staging"])
def test_secrets_are_seen(profile: str) -> None:
    rules = rules_for(target(profile), ["tofrom"])
    made = Exchange(1, "tofrom", "GET", "/api/ui/workspaces", [("Authorization", "Bearer geheim")], b"", status=200)
    for rule in rules:
        rule.saw(made)
    assert "geheim" in secrets_of(rules)


@pytest.mark.parametrize("profile", ["mock", "staging"])
def test_an_api_is_left_alone_after_as_many_failures_as_the_limits_say(profile: str) -> None:
    there = target(profile)
    for streak in (there.limits.streak, 3):
        (rule,) = (
            each
            for each in rules_for(replace(there, limits=replace(there.limits, streak=streak)), ["tofrom"])
            if type(each) is Streak
        )
        failed = Exchange(1, "tofrom", "GET", "/x", [], b"", status=500)
        for _ in range(streak - 1):
            rule.saw(failed)
        assert rule.ask(failed) is None
        rule.saw(failed)
        assert rule.ask(failed) is not None
