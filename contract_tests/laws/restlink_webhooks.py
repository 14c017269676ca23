"""The laws of restlink's webhooks: each workspace has addresses, field selections and a signing secret of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from contract_tests import signatures
from contract_tests.deployment import Api
from contract_tests.laws import law, stepping
from contract_tests.laws.restlink import jwt, key, main_and_other, sent
from contract_tests.receiver import Received, Receiver, receiving
from contract_tests.run import spec

EVENTS = ("impression", "click", "conversion", "delivery")
USUAL = {"message_id", "recipient", "sender_id", "status", "status_code", "num_parts", "cost", "timestamp"}
#: In seconds: by then a message to a number in order has its first report; it has its last one.
SOON, AT_LAST = 3.0, 6.0
Step = Callable[[float], None]


def settings(api: Api, workspace: int) -> dict[str, Any]:
    """The webhook settings of one of the owner's workspaces."""
    response = api.client.get("/user/webhooks", headers=key(api, workspace))
    assert response.status_code == 200, f"webhook settings can be read, not {response.status_code} {response.text}"
    found: dict[str, Any] = response.json()
    return found


def change(api: Api, workspace: int, **changes: Any) -> None:
    """Change the webhook settings of one of the owner's workspaces."""
    response = api.client.put("/user/webhooks", json=changes, headers=jwt(api, workspace=workspace))
    assert response.status_code == 200, f"webhook settings can be changed, not {response.status_code} {response.text}"


@contextmanager
def restored(api: Api, *names: str) -> Iterator[tuple[int, int]]:
    """The owner's main workspace and another, whose settings of these names are put back at the end."""
    pair = main_and_other(api)
    before = {workspace: settings(api, workspace) for workspace in pair}
    try:
        yield pair
    finally:
        for workspace in pair:
            change(api, workspace, **{name: before[workspace][name] for name in names})


@contextmanager
def secrets(api: Api) -> Iterator[tuple[str, str]]:
    """Two secrets that nobody else has. At the end a workspace that had a secret has one of them, since none is ever shown."""
    pair = main_and_other(api)
    had = {workspace: settings(api, workspace)["signing_secret_set"] for workspace in pair}
    drawn = f"{api.random.getrandbits(128):032x}", f"{api.random.getrandbits(128):032x}"
    try:
        yield drawn
    finally:
        for workspace in pair:
            change(api, workspace, **({"signing_secret": drawn[0]} if had[workspace] else {"clear_signing_secret": True}))


def assert_apart(api: Api, name: str, first: Any, second: Any) -> None:
    """A setting of two workspaces holds what was put into each, and neither follows the other."""
    main, other = main_and_other(api)
    change(api, main, **{name: first})
    change(api, other, **{name: second})
    assert settings(api, main)[name] == first, f"{name} of one workspace is not touched by a change of another's"
    assert settings(api, other)[name] == second, f"{name} is kept in the workspace that it was set for"
    change(api, main, **{name: second})
    change(api, other, **{name: first})
    assert (settings(api, main)[name], settings(api, other)[name]) == (second, first), f"{name} is set per workspace"


def listen(api: Api, receiver: Receiver, event: str = "delivery", **changes: Any) -> None:
    """Give each of the owner's two workspaces a path of its own for an event, and both these settings."""
    for workspace in main_and_other(api):
        change(api, workspace, **{f"{event}_url": f"{receiver.url}/{workspace}/{event}", **changes})


def reports(receiver: Receiver, workspace: int, message_id: str) -> list[Received]:
    """What came to a workspace's address about a message, as soon as there is something."""
    path = f"/{workspace}/delivery"
    for count in range(1, 100):
        came = receiver.wait(count, path)
        if about := [one for one in came if one.json.get("message_id") == message_id]:
            return about
        if len(came) < count:
            break
    raise AssertionError(f"a message of workspace {workspace} is reported to the address of workspace {workspace}")


def told(api: Api, received: Received) -> set[str]:
    """The facts of a delivery report that it tells; what a vendor adds is none of them."""
    facts = spec(api.name)["components"]["schemas"]["DeliveryEvent"]["properties"]
    return set(received.json) & set(facts)


def signed_with(secret: str, received: Received) -> bool:
    """Whether the signature is that of the timestamp, a full stop and the raw body."""
    timestamp = received.headers.get("x-webhook-timestamp", "")
    return received.headers.get("x-webhook-signature") == signatures.restlink(secret, timestamp, received.body)


@law("R16")
def test_webhook_addresses_are_set_per_workspace(restlink: Api) -> None:
    urls = [f"https://{restlink.random.getrandbits(64):016x}.example/hook" for _ in range(2)]
    for event in EVENTS:
        with restored(restlink, f"{event}_url"):
            assert_apart(restlink, f"{event}_url", *urls)


@law("R16")
def test_reports_go_to_the_address_of_the_workspace_that_sent_and_to_no_other(restlink: Api) -> None:
    with (
        receiving(deployment=restlink.deployment) as receiver,
        restored(restlink, "delivery_url", "delivery_fields") as pair,
        stepping(restlink) as step,
    ):
        listen(restlink, receiver, delivery_fields=None)
        ids = {workspace: sent(restlink, key(restlink, workspace)) for workspace in pair}
        step(AT_LAST)
        for workspace, message_id in ids.items():
            reports(receiver, workspace, message_id)
            elsewhere = [one for one in receiver.received if not one.path.startswith(f"/{workspace}/")]
            strays = [one.path for one in elsewhere if one.json["message_id"] == message_id]
            assert strays == [], f"a message of workspace {workspace} is reported to no other workspace's address"


@law("R16")
def test_what_a_workspace_without_an_address_sends_is_reported_nowhere(restlink: Api) -> None:
    with (
        receiving(deployment=restlink.deployment) as receiver,
        restored(restlink, "delivery_url", "delivery_fields") as pair,
        stepping(restlink) as step,
    ):
        for listening, silent in (pair, pair[::-1]):
            listen(restlink, receiver, delivery_fields=None)
            change(restlink, silent, delivery_url=None)
            unheard = sent(restlink, key(restlink, silent))
            heard = sent(restlink, key(restlink, listening))
            step(AT_LAST)
            reports(receiver, listening, heard)
            told = {one.json["message_id"] for one in receiver.received}
            assert unheard not in told, "without an address of its own a workspace's events go to nobody's"


@law("R16")
def test_each_kind_of_event_goes_to_the_address_of_its_own_workspace(restlink: Api) -> None:
    names = [f"{event}_{part}" for event in EVENTS for part in ("url", "fields")]
    with receiving(deployment=restlink.deployment) as receiver, restored(restlink, *names) as pair, stepping(restlink) as step:
        for event in EVENTS:
            listen(restlink, receiver, event, **{f"{event}_fields": ["workspace_id"]})
            for workspace in pair:
                tried = restlink.client.post("/user/webhooks/test", json={"event": event}, headers=key(restlink, workspace))
                assert tried.status_code == 200, f"an address can be tried out, not {tried.status_code} {tried.text}"
        step(1)
        for event in EVENTS:
            for workspace in pair:
                came = receiver.wait(1, f"/{workspace}/{event}")
                assert came, f"workspace {workspace} hears of its own {event} at its own address"
                assert {one.json["workspace_id"] for one in came} == {workspace}, "it hears of no other workspace's events"


@law("R17")
def test_webhook_fields_are_chosen_per_workspace(restlink: Api) -> None:
    with restored(restlink, "delivery_fields"):
        assert_apart(restlink, "delivery_fields", ["message_id", "status"], ["recipient", "workspace_id"])
    with restored(restlink, "click_fields"):
        assert_apart(restlink, "click_fields", ["message_id"], ["recipient", "message_id"])


@law("R17")
def test_each_workspaces_reports_tell_what_it_selected(restlink: Api) -> None:
    choices: list[list[str] | None] = [["message_id", "status"], ["workspace_id", "message_id", "recipient"], None]
    with (
        receiving(deployment=restlink.deployment) as receiver,
        restored(restlink, "delivery_url", "delivery_fields") as pair,
        stepping(restlink) as step,
    ):
        listen(restlink, receiver)
        for first, second in zip(choices, choices[1:] + choices[:1], strict=True):
            chosen = dict(zip(pair, (first, second), strict=True))
            ids = {}
            for workspace, fields in chosen.items():
                change(restlink, workspace, delivery_fields=fields)
                ids[workspace] = sent(restlink, key(restlink, workspace))
            step(SOON)
            for workspace, fields in chosen.items():
                for report in reports(receiver, workspace, ids[workspace]):
                    expected = USUAL if fields is None else set(fields)
                    assert told(restlink, report) == expected, (
                        "a report tells the fields that its workspace selected and no others"
                    )
                    assert report.json.get("workspace_id", workspace) == workspace, "it names its own workspace"


@law("R18")
def test_signing_secrets_are_set_per_workspace(restlink: Api) -> None:
    main, other = main_and_other(restlink)
    with secrets(restlink) as (secret, _):
        for one, another in ((main, other), (other, main)):
            change(restlink, one, clear_signing_secret=True)
            change(restlink, another, signing_secret=secret)
            assert settings(restlink, one)["signing_secret_set"] is False, "a secret set elsewhere does not sign here"
            assert settings(restlink, another)["signing_secret_set"] is True, "a secret cleared elsewhere still signs here"
            for workspace in (one, another):
                assert secret not in str(settings(restlink, workspace)), "no workspace shows a secret"


@law("R18")
def test_each_workspaces_reports_are_signed_with_its_own_secret(restlink: Api) -> None:
    with (
        receiving(deployment=restlink.deployment) as receiver,
        restored(restlink, "delivery_url", "delivery_fields") as pair,
        secrets(restlink) as drawn,
        stepping(restlink) as step,
    ):
        listen(restlink, receiver, delivery_fields=None)
        for own, foreign in (drawn, drawn[::-1]):
            secret = dict(zip(pair, (own, foreign), strict=True))
            for workspace in pair:
                change(restlink, workspace, signing_secret=secret[workspace])
            for workspace, report in heard(restlink, receiver, step):
                other = next(found for place, found in secret.items() if place != workspace)
                assert signed_with(secret[workspace], report), f"workspace {workspace}'s own secret signs its reports"
                assert not signed_with(other, report), "another workspace's secret does not"
        for unsigned, signed in (pair, pair[::-1]):
            change(restlink, unsigned, clear_signing_secret=True)
            change(restlink, signed, signing_secret=drawn[0])
            for workspace, report in heard(restlink, receiver, step):
                assert signed_with(drawn[0], report) is (workspace == signed), "only a workspace that has a secret signs"
                has = "x-webhook-signature" in report.headers
                assert has is (workspace == signed), "a workspace without a secret sends no signature"


def heard(api: Api, receiver: Receiver, step: Step) -> list[tuple[int, Received]]:
    """Every report of a message that each workspace sends now, with its workspace."""
    ids = {workspace: sent(api, key(api, workspace)) for workspace in main_and_other(api)}
    step(SOON)
    return [(workspace, one) for workspace, message_id in ids.items() for one in reports(receiver, workspace, message_id)]
