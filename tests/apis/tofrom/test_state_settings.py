"""Settings: API keys, provider credentials, and numbers that are in one place at a time."""

from __future__ import annotations

import pytest

from mockserver.apis.tofrom import keys, numbers, provider, state
from mockserver.apis.tofrom.keys import ApiKeyUnknown
from mockserver.apis.tofrom.lists import Slice
from mockserver.apis.tofrom.numbers import PhoneNumberNotAvailable, PhoneNumberUnknown
from mockserver.engine.sandbox import Sandbox

DANA, TOM, JONAS = "usr_dana4w7k", "usr_tomb6q2z", "usr_jonl8v3c"
HARBORLINE, DENTAL, TUTORING = "ws_4kq8z1m7", "ws_7hd3n5w1", "ws_2mv6c8p4"
DANAS_KEY, DANAS_SECRET = "key_2nb6h8y4", "tf_live_3088f45704c1f930804933bd5acdad79"
ALL = Slice(1, 100)


def stock(sandbox: Sandbox, country: str | None = None) -> list[str]:
    with sandbox.transaction("tofrom") as tx:
        return [number["phone_number"] for number in numbers.stock(tx, ALL, country).entries]


def test_a_new_key_opens_its_workspace_at_once(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        made = keys.make(tx, HARBORLINE, DANA, "Night job")
        assert tx.get("secret", "", made["key"]) == {"workspace_id": HARBORLINE, "api_key_id": made["id"]}
        assert (made["created_by"], made["created_at"]) == (DANA, "2026-02-13T12:00:00.000000Z")
        assert [key["name"] for key in keys.page(tx, HARBORLINE, ALL).entries] == ["Booking site", "Reminder job", "Night job"]
        assert keys.page(tx, DENTAL, ALL).total == 1


def test_a_revoked_key_opens_nothing_and_cannot_be_revoked_again(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        assert keys.revoke(tx, HARBORLINE, DANAS_KEY)["id"] == DANAS_KEY
        assert tx.get("secret", "", DANAS_SECRET) is None
        assert [key["name"] for key in keys.page(tx, HARBORLINE, ALL).entries] == ["Reminder job"]
        with pytest.raises(ApiKeyUnknown):
            keys.revoke(tx, HARBORLINE, DANAS_KEY)


def test_nobody_revokes_the_key_of_another_workspace(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        with pytest.raises(ApiKeyUnknown):
            keys.revoke(tx, DENTAL, DANAS_KEY)
        assert tx.get("secret", "", DANAS_SECRET)


def test_provider_credentials_replace_earlier_ones_of_the_same_workspace(sandbox: Sandbox) -> None:
    given = {"provider": "twilio", "account_sid": f"AC{'0' * 32}", "auth_token": "a-token-of-16-ch", "extra": "ignored"}
    with sandbox.transaction("tofrom") as tx:
        before = provider.settings(tx, DENTAL)
        for workspace, user in ((HARBORLINE, DANA), (TUTORING, JONAS)):
            assert state.workspace(tx, user, workspace)["provider_configured"] is (workspace == HARBORLINE)
            provider.configure(tx, workspace, given)
            assert provider.settings(tx, workspace) == {
                "provider": "twilio",
                "account_sid": f"AC{'0' * 32}",
                "auth_token": "a-token-of-16-ch",
                "updated_at": "2026-02-13T12:00:00.000000Z",
            }
            assert state.workspace(tx, user, workspace)["provider_configured"] is True
        assert provider.settings(tx, DENTAL) == before


def test_the_stock_is_sorted_and_filtered_by_country(sandbox: Sandbox) -> None:
    everything = stock(sandbox)
    assert len(everything) == 11
    assert everything == sorted(everything)
    assert stock(sandbox, "CA") == ["+14377770152", "+16473700135"]
    assert stock(sandbox, "ZZ") == []


def test_a_bought_number_leaves_the_stock_and_is_the_workspaces_newest(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        bought = numbers.buy(tx, HARBORLINE, "+16473700135")
        assert (bought["country"], bought["capabilities"]) == ("CA", ["sms"])
        assert bought["created_at"] == "2026-02-13T12:00:00.000000Z"
        assert numbers.page(tx, HARBORLINE, ALL).entries[-1] == bought
    assert stock(sandbox, "CA") == ["+14377770152"]


@pytest.mark.parametrize("number", ["+16473700135", "+14153670142", "+15033890117", "+12025550199"])
def test_what_is_not_in_the_stock_cannot_be_bought(sandbox: Sandbox, number: str) -> None:
    with sandbox.transaction("tofrom") as tx:
        numbers.buy(tx, HARBORLINE, "+16473700135")
    with sandbox.transaction("tofrom") as tx, pytest.raises(PhoneNumberNotAvailable):
        numbers.buy(tx, DENTAL, number)


def test_a_released_number_is_in_the_stock_where_it_belongs(sandbox: Sandbox) -> None:
    before = stock(sandbox)
    with sandbox.transaction("tofrom") as tx:
        assert numbers.release(tx, HARBORLINE, "num_5ra9w2k7")["phone_number"] == "+14153670142"
        assert [number["id"] for number in numbers.page(tx, HARBORLINE, ALL).entries] == ["num_8ec3j6t1"]
        assert tx.get("stock", "", "+14153670142") == {
            "phone_number": "+14153670142",
            "country": "US",
            "capabilities": ["sms", "mms"],
        }
    assert stock(sandbox) == sorted([*before, "+14153670142"])
    with sandbox.transaction("tofrom") as tx:
        assert numbers.buy(tx, DENTAL, "+14153670142")["id"] != "num_5ra9w2k7"


def test_nobody_releases_the_number_of_another_workspace(sandbox: Sandbox) -> None:
    for workspace, number in ((DENTAL, "num_5ra9w2k7"), (HARBORLINE, "num_nothing")):
        with sandbox.transaction("tofrom") as tx, pytest.raises(PhoneNumberUnknown):
            numbers.release(tx, workspace, number)
    with sandbox.transaction("tofrom") as tx:
        assert numbers.page(tx, HARBORLINE, ALL).total == 2
