"""The client's own tests: all they know of the mock is an ordinary base URL and an ordinary key."""

import os

import httpx
import pytest


@pytest.fixture
def restlink():
    headers = {"X-API-Key": os.environ["RESTLINK_OWNER_API_KEYS_16"]}
    with httpx.Client(base_url=os.environ["RESTLINK_BASE_URL"], headers=headers, trust_env=False) as client:
        yield client


def test_a_text_is_on_its_way(restlink):
    sent = restlink.post("/sms/send", json={"to": ["+14155550123"], "message": "hi", "sender_id": "MyApp"})
    assert sent.status_code == 200, sent.text
    (message,) = sent.json()["messages"]
    assert restlink.get(f"/sms/status/{message['message_id']}").json()["message"]["recipient"] == "+14155550123"


def test_a_text_without_words_is_refused(restlink):
    refused = restlink.post("/sms/send", json={"to": ["+14155550123"], "message": "", "sender_id": "MyApp"})
    assert refused.status_code == 400
