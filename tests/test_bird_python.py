"""A real client that knows nothing of this project: PyPI's bird-python, unmodified but for its base URL."""

from __future__ import annotations

import bird_python.client
import pytest
import requests
from bird_python import Client

from tests.conftest import RunningMock


@pytest.fixture
def client(mock: RunningMock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(bird_python.client, "ENDPOINT", f"{mock.base('bird')}/")
    owner = mock.cast("bird")["owner"]
    return Client(owner["access_key"], owner["organization_id"], owner["workspace_id"])


def message(number: str, reference: str) -> dict[str, object]:
    return {
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": number}]},
        "body": {"type": "text", "text": {"text": "Hello"}},
        "reference": reference,
    }


def test_it_sends_a_message_and_the_contact_can_be_read_back(client: Client, mock: RunningMock) -> None:
    owner = mock.cast("bird")["owner"]
    channel = owner["channels"]["sms"]
    sent = client.send_message(channel, message("+31612345670", "from-bird-python"))
    assert (sent["status"], sent["reference"]) == ("accepted", "from-bird-python")
    url = f"{mock.base('bird')}/workspaces/{owner['workspace_id']}/channels/{channel}/messages/{sent['id']}"
    headers = {"Authorization": f"AccessKey {owner['access_key']}"}
    assert requests.get(url, headers=headers, timeout=10).json() == sent
    contact = sent["receiver"]["contacts"][0]["id"]
    assert contact in [one["id"] for one in client.contact_list()["results"]]
    assert client.contact(contact)["id"] == contact


def test_it_reads_everything_else_that_it_covers(client: Client, mock: RunningMock) -> None:
    owner = mock.cast("bird")["owner"]
    assert owner["workspace_id"] in [one["id"] for one in client.workspace_list()["results"]]
    assert client.workspace_list_by_id(owner["workspace_id"])["id"] == owner["workspace_id"]
    assert set(owner["channels"].values()) <= {one["id"] for one in client.channel_list()["results"]}
    assert client.channel_list_by_id(owner["channels"]["email"])["id"] == owner["channels"]["email"]
    project = owner["template"]["projectId"]
    assert project in [one["id"] for one in client.project_list()["results"]]
    assert client.project_list_by_id(project)["id"] == project
    templates = client.channel_template_list(project)["results"]
    assert owner["template"]["version"] in [one["id"] for one in templates]
    assert client.channel_template_list_by_id(project, templates[0]["id"]) == templates[0]
    connectors = client.connector_list()["results"]
    assert client.connector_list_by_id(connectors[0]["id"]) == connectors[0]
    assert client.webhook_event_list()["results"]


def test_it_makes_contacts_and_webhooks(client: Client) -> None:
    made = client.contact_create({"identifiers": [{"key": "emailaddress", "value": "ada@example.com"}]})
    assert client.contact(made["id"])["id"] == made["id"]
    webhook = client.webhook_create(
        {"service": "channels", "event": "sms.outbound", "url": "http://127.0.0.1:9/hook", "signingKey": "k" * 16}
    )
    assert webhook["event"] == "sms.outbound"


def test_it_hears_refusals_as_it_understands_them(client: Client, mock: RunningMock) -> None:
    refused = client.send_message(mock.cast("bird")["owner"]["channels"]["sms"], {"body": {}})
    assert set(refused) == {"code", "message", "details"}
    client.access_key = "unknown"
    assert set(client.channel_list()) == {"code", "message"}
    foreign = mock.cast("bird")["stranger"]
    client.access_key = mock.cast("bird")["owner"]["access_key"]
    client.workspaces = foreign["workspace_id"]
    assert set(client.channel_list()) == {"code", "message"}
