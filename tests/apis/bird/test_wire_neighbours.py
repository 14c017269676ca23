"""Bird's neighbours on the wire, by plain HTTP and by a public client that knows nothing of the mock."""

from __future__ import annotations

from typing import Any

import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [("channels", "channel"), ("connectors", "connector"), ("projects", "project"), ("contacts", "contact")],
)
def test_what_is_listed_can_be_read_and_what_is_anothers_cannot(wire: Any, kind: str, unknown: str) -> None:
    listed = wire.owner.client.get(f"{wire.owner.home}/{kind}").json()["results"]
    assert listed
    for entry in listed:
        assert wire.owner.client.get(f"{wire.owner.home}/{kind}/{entry['id']}").json() == entry
    foreign = wire.stranger.client.get(f"{wire.stranger.home}/{kind}").json()["results"][0]["id"]
    for id_ in (foreign, NOBODY):
        reply = wire.owner.client.get(f"{wire.owner.home}/{kind}/{id_}")
        assert (reply.status_code, reply.json()) == (404, {"code": "NotFound", "message": f"The {unknown} does not exist."})


def test_templates_stand_in_their_project(wire: Any) -> None:
    template = wire.owner.cast["template"]
    path = f"{wire.owner.home}/projects/{template['projectId']}/channel-templates"
    (entry,) = wire.owner.client.get(path).json()["results"]
    assert entry["id"] == template["version"]
    assert wire.owner.client.get(f"{path}/{entry['id']}").json() == entry
    elsewhere = f"{wire.owner.home}/projects/c7a2ea20-b2f1-4c94-ae05-319acb5c7427/channel-templates/{entry['id']}"
    assert wire.owner.client.get(elsewhere).json() == {"code": "NotFound", "message": "The channel template does not exist."}


def test_lists_go_on_by_tokens(wire: Any) -> None:
    first = wire.owner.client.get(f"{wire.owner.home}/channels", params={"limit": 3}).json()
    second = wire.owner.client.get(f"{wire.owner.home}/channels", params={"limit": 3, "pageToken": first["nextPageToken"]}).json()
    names = [channel["name"] for channel in first["results"] + second["results"]]
    assert names == ["Support SMS", "Support mail", "WhatsApp", "Old Belgian number"]
    assert "nextPageToken" not in second


def test_a_contact_is_made_once(wire: Any) -> None:
    body = {"displayName": "Ada", "identifiers": [{"key": "phonenumber", "value": "+447911123456", "more": 1}], "more": 2}
    made = wire.owner.client.post(f"{wire.owner.home}/contacts", json=body)
    assert made.status_code == 201
    assert made.json() == {
        **{name: made.json()[name] for name in ("id", "createdAt", "updatedAt")},
        "displayName": "Ada",
        "computedDisplayName": "Ada",
        "featuredIdentifiers": [{"key": "phonenumber", "value": "+447911123456"}],
        "identifierCount": 1,
        "attributes": {},
    }
    again = wire.owner.client.post(f"{wire.owner.home}/contacts", json=body)
    taken = "Another contact of the workspace has one of these identifiers."
    assert (again.status_code, again.json()) == (409, {"code": "Conflict", "message": taken})
    nobody = wire.owner.client.post(f"{wire.owner.home}/contacts", json={})
    assert (nobody.status_code, nobody.json()["computedDisplayName"]) == (201, "")


def test_a_subscription_lives_until_it_is_deleted_and_keeps_its_secret(wire: Any) -> None:
    path = f"{wire.owner.organization}{wire.owner.home}/webhook-subscriptions"
    filters = [{"key": "channelId", "value": wire.owner.cast["channels"]["sms"]}]
    body = {"service": "channels", "event": "sms.outbound", "url": "https://a.example/hook", "eventFilters": filters}
    made = wire.owner.client.post(path, json={**body, "signingKey": "s3cret"})
    assert made.status_code == 201
    assert "s3cret" not in made.text
    assert {name: made.json()[name] for name in body} == body
    assert made.json() in wire.owner.client.get(path).json()["results"]
    one = f"{path}/{made.json()['id']}"
    assert wire.owner.client.get(one).json() == made.json()
    assert wire.owner.client.delete(one).status_code == 204
    gone = (404, {"code": "NotFound", "message": "The webhook subscription does not exist."})
    for reply in (wire.owner.client.get(one), wire.owner.client.delete(one)):
        assert (reply.status_code, reply.json()) == gone


def test_every_available_event_can_be_subscribed_to(wire: Any) -> None:
    events = wire.owner.client.get(f"{wire.owner.home}/available-webhooks").json()["results"]
    assert len(events) == 6
    path = f"{wire.owner.organization}{wire.owner.home}/webhook-subscriptions"
    for event in events:
        body = {"service": event["service"], "event": event["event"], "url": "https://a.example/hook"}
        assert wire.owner.client.post(path, json=body).status_code == 201


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:0/",
        "http://me:s3cret@127.0.0.1/",
        "http:///x",
        "http://[::1/",
        "",
    ],
)
def test_an_address_that_nobody_can_be_told_at_is_refused(wire: Any, address: str) -> None:
    path = f"{wire.owner.organization}{wire.owner.home}/webhook-subscriptions"
    before = wire.owner.client.get(path).json()
    refused = wire.owner.client.post(path, json={"service": "channels", "event": "sms.inbound", "url": address})
    assert (refused.status_code, refused.json()["details"]) == (422, {".url": ["must have the documented form"]})
    assert wire.owner.client.get(path).json() == before


def test_an_address_is_kept_as_it_was_given(wire: Any) -> None:
    path = f"{wire.owner.organization}{wire.owner.home}/webhook-subscriptions"
    for address in ("http://127.0.0.1", "https://a-b.example:8443/x/%41?y=[1]#z", "http://[::1]:9000/hook"):
        made = wire.owner.client.post(path, json={"service": "channels", "event": "sms.inbound", "url": address})
        assert (made.status_code, made.json()["url"]) == (201, address)


@pytest.fixture
def client(wire: Any, mock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """PyPI's bird-python as it is, but for its base URL."""
    import bird_python.client

    monkeypatch.setattr(bird_python.client, "ENDPOINT", f"{mock.base('bird')}/")
    cast = wire.owner.cast
    return bird_python.client.Client(cast["access_key"], cast["organization_id"], cast["workspace_id"])


def test_a_public_client_walks_as_its_readme_says(client: Any) -> None:
    client.workspaces = client.workspace_list()["results"][0]["id"]
    channel = client.channel_list()["results"][0]["id"]
    body = {
        "receiver": {"contacts": [{"identifierValue": "+15598585"}]},
        "body": {"type": "text", "text": {"text": "Single text message"}},
    }
    sent = client.send_message(channels_id=channel, body=body)
    assert (sent["channelId"], sent["status"], sent["body"]) == (channel, "accepted", body["body"])
    newest = client.contact_list()["results"][0]
    assert newest["featuredIdentifiers"][0]["value"] == "+15598585"
    assert client.contact(newest["id"]) == newest


def test_a_public_client_reaches_every_neighbour(client: Any, wire: Any) -> None:
    template = wire.owner.cast["template"]
    made = client.contact_create({"displayName": "Jhon Doe", "identifiers": [{"key": "phone", "value": "+15551234"}]})
    assert client.contact(made["id"])["displayName"] == "Jhon Doe"
    workspace = client.workspace_list()["results"][0]
    assert client.workspace_list_by_id(workspace["id"]) == workspace
    project = client.project_list()["results"][0]
    assert client.project_list_by_id(project["id"]) == project
    channel = client.channel_list()["results"][0]
    assert client.channel_list_by_id(channel["id"]) == channel
    connector = client.connector_list()["results"][0]
    assert client.connector_list_by_id(connector["id"]) == connector
    (found,) = client.channel_template_list(template["projectId"])["results"]
    assert client.channel_template_list_by_id(template["projectId"], found["id"]) == found
    event = client.webhook_event_list()["results"][0]
    subscription = client.webhook_create({"service": event["service"], "event": event["event"], "url": "https://a.example/hook"})
    assert subscription["event"] == event["event"]


def test_a_public_client_reads_refusals(client: Any) -> None:
    assert client.contact(NOBODY) == {"code": "NotFound", "message": "The contact does not exist."}
    client.access_key = "nobody"
    assert client.channel_list() == {"code": "Unauthorized", "message": "The access key is not known."}
