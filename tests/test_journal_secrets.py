"""No secret shows: each credential of each API is planted everywhere, and nothing that tells of the journal has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mockserver.data import MOUNTS
from mockserver.journal.entry import BODY_BOUND
from mockserver.journal.secrecy import hashed
from mockserver.journal.told import explained, table, told

from .conftest import RunningMock

JSON = dict[str, Any]
_SECRET_NAMES = {"api_key", "api_keys", "keys", "key", "jwt", "expired_jwt", "secret", "access_key", "session_token", "password"}


@pytest.fixture(scope="module")
def wire() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from leaves(child)
    elif isinstance(value, list):
        for child in value:
            yield from leaves(child)
    else:
        yield str(value)


def secrets_of(actors: JSON) -> list[str]:
    return sorted(
        {leaf for actor in actors.values() for name, part in actor.items() if name in _SECRET_NAMES for leaf in leaves(part)}
    )


def spelled(secret: str) -> list[str]:
    """What must not be found of a secret: itself, as a URL, as JSON, and the heart of its base64."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1], encoded[: len(secret) * 8 // 6], secret.encode().hex()]


def everything(mock: RunningMock, prefix: str = "") -> str:
    """All that can be read of a journal, as one text."""
    with httpx.Client(base_url=f"{mock.url}{prefix}/_understudy", headers=mock.control.headers, trust_env=False) as control:
        listed = control.get("/journal", params={"limit": 1000})
        assert listed.status_code == 200, listed.text
        entries = listed.json()["entries"]
        texts = [listed.text, control.get("/journal/count").text, control.post("/journal/wait", json={"timeout": 0}).text]
        texts += [table(entries), told(entries)]
        for entry in entries:
            explanation = control.get(f"/journal/{entry['number']}/explain")
            assert explanation.status_code == 200, explanation.text
            texts += [explanation.text, explained(explanation.json())]
        texts.append(control.get(f"/journal/{entries[-1]['number']}").text)
        texts.append(control.get("/faults").text)
    return "\n".join(texts)


def shows(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if any(one in text for one in spelled(secret))]


def plant(wire: httpx.Client, base: str, secret: str, place: str, media_type: str = "application/json") -> None:
    """Leave a secret in every part of requests to an address, most of which make no sense."""
    encoded = base64.b64encode(f"dana:{secret}".encode()).decode()
    headers = [
        {"Authorization": secret}, {"Authorization": f"Bearer {secret}"}, {"Authorization": f"AccessKey {secret}"},
        {"Authorization": f"Basic {encoded}"}, {"X-API-Key": secret}, {"X-Signature": secret}, {"X-Whatever": f"a{secret}b"},
        {"Cookie": f"a=1; session={secret}"}, {"X-TL-Partner-Id": secret},
        {"Referer": f"http://x.example/?k={quote(secret, safe='')}"},
        {"User-Agent": encoded}, {f"X-{secret.encode().hex()}": "1"},
    ]  # fmt: skip
    for some in headers:
        wire.get(base + place, headers=some)
    for query in (
        f"apiKey={quote(secret)}",
        f"token={secret}",
        f"q=see {secret}!",
        f"{quote(secret)}=1",
        f"p={quote(quote(secret, safe=''), safe='')}",
    ):
        wire.get(f"{base}{place}?{query}")
    wire.get(f"{base}{place}/{quote(secret, safe='')}")
    bodies: list[str | bytes] = [
        json.dumps({"message": f"my key is {secret}", secret: 1, "to": [secret], "deep": {"list": [[secret]]}}),
        json.dumps({"note": encoded, "url": quote(secret, safe=""), "password": secret, "apiKey": secret}),
        json.dumps({"escaped": secret}).replace(secret[0], f"\\u{ord(secret[0]):04x}", 1),
        f'{{"password": "{secret}", "broken": ',
        f"Authorization: Bearer {secret}\r\nnot json",
        f"a=1&secret={quote(secret)}&b=2",
        f"<xml><token>{secret}</token></xml>",
        b"\xff\xfe" + secret.encode(),
    ]
    for body in bodies:
        wire.post(base + place, content=body, headers={"Content-Type": media_type})
    wire.post(base + place, data={"password": secret, "text": secret})
    wire.post(base + place, files={"file": (secret, b"content"), "policy": (None, secret)})


#: Where something is to be had with a body, in each API.
PLACES = {
    "restlink": "/sms/send",
    "tofrom": "/api/auth/login",
    "xpressbot": "/messages/send",
    "bird": "/media-uploads",
    "timelines": "/workspaces",
}


@pytest.mark.parametrize("api", MOUNTS)
def test_a_planted_credential_shows_nowhere(mock: RunningMock, wire: httpx.Client, api: str) -> None:
    mock.reset()
    actor = "owner"
    secrets = secrets_of({actor: mock.cast(api)[actor]})
    assert secrets
    # Of those that stand in the world; a token that is minted from them is one by its form.
    secret = max((one for one in secrets if not one.startswith("eyJ")), key=len)
    plant(wire, mock.base(api), secret, PLACES[api])
    plant(wire, mock.url, secret, "/nothing")
    for other in secrets:
        wire.get(f"{mock.base(api)}/nothing?q={quote(other)}", headers={"X-Note": other})
        wire.post(mock.base(api) + PLACES[api], json={"text": f"<{other}>", "list": [other]})
    text = everything(mock)
    assert shows(text, secrets) == []
    assert hashed(secret) in text
    assert shows(json.dumps([secret]), secrets) == [secret]


def test_a_secret_at_the_end_of_what_is_kept_does_not_show_its_beginning(mock: RunningMock, wire: httpx.Client) -> None:
    mock.reset()
    secret = mock.cast("restlink")["owner"]["api_keys"]["16"]
    for kept in (len(secret), 20, 9, 6):
        wire.post(f"{mock.base('restlink')}/sms/send", content="x" * (BODY_BOUND - kept) + secret + "y" * 50)
    entries = mock.control.get("/journal").json()["entries"]
    ends = [entry["request"]["body"]["text"][-60:] for entry in entries]
    assert len(ends) == 4
    assert [end for end in ends if secret[:6] in end] == []
    assert ends[0].endswith(hashed(secret))


def test_a_credential_that_nobody_knows_is_masked_wherever_its_request_repeats_it(mock: RunningMock, wire: httpx.Client) -> None:
    mock.reset()
    secret = "sk_prod_someone_elses_0123456789"
    key = {"X-API-Key": secret}
    wire.post(f"{mock.base('restlink')}/sms/send?note={secret}", json={"message": secret}, headers=key)
    wire.post(f"{mock.base('xpressbot')}/messages/send", json={"apiKey": "unknown-key-in-body", "text": "unknown-key-in-body"})
    wire.get(f"{mock.base('bird')}/workspaces/unknown-access-key", headers={"Authorization": "AccessKey unknown-access-key"})
    assert shows(everything(mock), [secret, "unknown-key-in-body", "unknown-access-key"]) == []


def test_a_short_secret_is_masked_in_its_own_place(mock: RunningMock, wire: httpx.Client) -> None:
    mock.reset()
    login = f"{mock.base('tofrom')}/api/auth/login"
    wire.get(f"{login}?token=Zq1&page_token=seen", headers={"X-API-Key": "Zq2", "Cookie": "a=Zq3; b=Zq4"})
    wire.get(login, headers={"Authorization": "Bearer Zq5"})
    wire.post(login, json={"email": "d@example.com", "password": "Zq6", "more": [{"api_key": 4711, "hint": "seen"}]})
    wire.post(login, content='{"password": "Zq7", "hint": "seen", ', headers={"Content-Type": "application/json"})
    wire.post(login, content="hint=seen&password=Zq8", headers={"Content-Type": "text/plain"})
    wire.post(f"{mock.base('restlink')}/sms/send", data={"password": "Zq9", "hint": "seen"})
    text = everything(mock)
    assert [secret for secret in ("Zq", "4711") if secret in text] == []
    assert all(hashed(f"Zq{number}") in text for number in range(1, 9))
    assert text.count("seen") >= 5


def granted(mock: RunningMock, wire: httpx.Client) -> Iterator[str]:
    """Secrets that come into being while a mock runs: made by it, or told to it."""
    tofrom, owner = mock.base("tofrom"), mock.cast("tofrom")["owner"]
    session = wire.post(f"{tofrom}/api/auth/login", json={"email": owner["email"], "password": owner["password"]}).json()
    yield session["session_token"]
    bearer = {"Authorization": f"Bearer {session['session_token']}"}
    workspace = f"{tofrom}/api/ui/workspaces/{owner['workspace_id']}"
    key = wire.post(f"{workspace}/api-keys", json={"name": "ci"}, headers=bearer)
    assert key.status_code == 201, key.text
    yield key.json()["key"]
    provider = {"provider": "twilio", "account_sid": "AC" + "0" * 32, "auth_token": "a-secret-of-a-provider-01"}
    assert wire.put(f"{workspace}/provider", json=provider, headers=bearer).status_code == 200
    yield provider["auth_token"]
    timelines, partner = mock.base("timelines"), mock.cast("timelines")["owner"]
    signed = {"Authorization": f"Bearer {partner['jwt']}", "X-TL-Partner-Id": partner["partner_id"]}
    for method in ("GET", "POST"):
        token = wire.request(method, f"{timelines}/workspaces/{partner['workspace_id']}/api-token", headers=signed)
        assert token.is_success, token.text
        yield token.json()["token"]
    access = {"Authorization": f"AccessKey {mock.cast('bird')['owner']['access_key']}"}
    bird = f"{mock.base('bird')}/workspaces/{mock.cast('bird')['owner']['workspace_id']}"
    upload = wire.post(f"{bird}/channels/presigned-upload", json={"contentType": "image/png"}, headers=access).json()
    for name in ("policy", "x-amz-credential", "x-amz-security-token", "x-amz-signature"):
        yield upload["uploadFormData"][name]
    hook = {"service": "channels", "event": "sms.inbound", "url": "http://127.0.0.1:9/", "signingKey": "a-signing-key-of-bird"}
    organization = f"/organizations/{mock.cast('bird')['owner']['organization_id']}/workspaces"
    subscriptions = f"{bird.replace('/workspaces', organization)}/webhook-subscriptions"
    assert wire.post(subscriptions, json=hook, headers=access).status_code == 201
    yield hook["signingKey"]
    restlink, cast = mock.base("restlink"), mock.cast("restlink")["owner"]
    portal = {"Authorization": f"Bearer {cast['jwt']}"}
    settings = {"signing_secret": "a-signing-secret-of-restlink"}
    assert wire.put(f"{restlink}/user/webhooks", json=settings, headers=portal).status_code == 200
    yield settings["signing_secret"]
    now, path = str(int(time.time())), "/api/v1/user/balance"
    signature = hmac.new(cast["keys"]["hmac"]["secret"].encode(), f"GET|{path}|{now}|".encode(), hashlib.sha256).hexdigest()
    headers = {"X-API-Key": cast["keys"]["hmac"]["key"], "X-Timestamp": now, "X-Signature": signature}
    assert wire.get(f"{restlink}/user/balance", headers=headers).status_code == 200
    yield signature


def test_secrets_that_come_into_being_are_masked_where_they_stand_and_elsewhere(
    start_mock: Callable[..., RunningMock], wire: httpx.Client
) -> None:
    mock = start_mock()
    secrets = list(granted(mock, wire))
    assert len(secrets) == len(set(secrets)) == 12
    for secret in secrets:
        wire.post(f"{mock.base('restlink')}/sms/send", json={"message": f"[{secret}]"}, headers={"X-Note": secret})
        wire.get(f"{mock.base('bird')}/{quote(secret, safe='')}")
    text = everything(mock)
    assert shows(text, secrets) == []
    assert [secret for secret in secrets if hashed(secret) not in text] == []
    # Forgotten entries take what was told in them not along.
    mock.control.delete("/journal")
    for secret in secrets[:6]:
        wire.post(f"{mock.base('restlink')}/sms/send", json={"message": f"[{secret}]"})
    assert shows(everything(mock), secrets[:6]) == []


def test_a_sandboxs_own_credentials_are_secret_too(mock: RunningMock, wire: httpx.Client) -> None:
    made = mock.control.post("/sandboxes", json={"name": "hidden"}).json()
    secrets = secrets_of(
        {
            f"{api} {name}": actor
            for api, actors in made["credentials"].items()
            for name, actor in actors.items()
            if name != "base_url"
        }
    )
    own = [one for one in secrets if not one.startswith("eyJ")]
    for secret in own:
        wire.post(f"{mock.url}/~hidden/bird/nothing?q={quote(secret)}", json={"text": secret}, headers={"X-Note": secret})
    worlds = [one for api in MOUNTS for one in secrets_of(mock.cast(api)) if not one.startswith("eyJ")]
    for secret in worlds:
        wire.get(f"{mock.url}/~hidden/nothing/{quote(secret, safe='')}")
    text = everything(mock, "/~hidden")
    assert shows(text, own + worlds) == []
    mock.control.delete("/sandboxes/hidden")


def test_the_control_token_is_a_secret(mock: RunningMock, wire: httpx.Client) -> None:
    mock.reset()
    token = mock.app.settings.control_token
    wire.get(f"{mock.base('bird')}/workspaces/{token}", headers={"X-Note": token})
    assert shows(everything(mock), [token]) == []
