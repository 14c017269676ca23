"""Places: the contracts say where secrets stand, and nothing that sounds like one is forgotten."""

from __future__ import annotations

import pytest

from mockserver.data import MOUNTS, load_spec
from mockserver.journal.places import Places, places_of
from mockserver.serving.contract import Contract

#: What sounds like a secret and is a yes or no.
ANSWERS = {"signing_secret_set", "clear_signing_secret"}


@pytest.mark.parametrize(
    ("api", "names"),
    [
        ("restlink", {"x-api-key", "x-signature", "signing_secret"}),
        ("tofrom", {"token", "password", "session_token", "key", "auth_token"}),
        ("xpressbot", {"x-api-key", "apikey"}),
        ("bird", {"policy", "x-amz-credential", "x-amz-security-token", "x-amz-signature", "signingkey"}),
        ("timelines", {"token"}),
    ],
)
def test_secrets_are_marked_in_the_contracts(api: str, names: set[str]) -> None:
    assert places_of(Contract(api, load_spec(api))).names == names


@pytest.mark.parametrize("api", MOUNTS)
def test_what_sounds_like_a_secret_is_marked(api: str) -> None:
    places, nowhere = Places(Contract(api, load_spec(api))), Places(None)
    assert {name for name in places.open_names if nowhere.is_secret(name)} - ANSWERS == set()


@pytest.mark.parametrize(
    ("api", "telling"),
    [
        ("restlink", {"update_webhooks"}),
        ("tofrom", {"log_in", "create_api_key", "set_provider"}),
        ("xpressbot", set()),
        (
            "bird",
            {
                "create_webhook_subscription",
                "create_workspace_presigned_upload",
                "create_channel_presigned_upload",
                "upload_media",
            },
        ),
        ("timelines", {"get_api_token", "rotate_api_token"}),
    ],
)
def test_operations_that_tell_secrets_are_known(api: str, telling: set[str]) -> None:
    contract = Contract(api, load_spec(api))
    assert {one.id for one in contract.answering if places_of(contract).tells(one)} == telling


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Api-Key", "password", "clientSecret", "X-Hub-Signature", "auth_token", "jwt"]
)
def test_some_names_need_no_contract(name: str) -> None:
    assert Places(None).is_secret(name)


@pytest.mark.parametrize(
    "name", ["pageToken", "page_token", "cursor", "tokens_used", "monkey", "idempotency_key", "key", "author"]
)
def test_other_names_are_none(name: str) -> None:
    assert not Places(None).is_secret(name)


def test_a_contract_can_say_that_a_name_means_nothing() -> None:
    places = places_of(Contract("restlink", load_spec("restlink")))
    assert not places.is_secret("signing_secret_set")
    assert places.is_secret("Signing_Secret")
