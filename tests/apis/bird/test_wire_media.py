"""Media on the wire: a real multipart upload, and the file served again."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, Any

import httpx
import pytest

MIB = 1024 * 1024


def prepare(wire: Any, channel: str | None = None, content_type: str = "image/png", **options: Any) -> dict[str, Any]:
    place = f"{wire.owner.home}/channels" if channel is None else wire.owner.channel(channel)
    reply = wire.owner.client.post(f"{place}/presigned-upload", json={"contentType": content_type}, **options)
    assert reply.status_code == 200
    prepared: dict[str, Any] = reply.json()
    return prepared


def upload(prepared: dict[str, Any], content: bytes | IO[bytes] = b"picture", **changes: str) -> httpx.Response:
    form = {**prepared["uploadFormData"], **changes}
    return httpx.post(prepared["uploadUrl"], data=form, files={"file": ("a.png", content, "image/png")}, timeout=60)


def told(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    assert set(body) == {"code", "message"}
    return response.status_code, body["code"], body["message"]


def test_the_form_holds_the_published_keys(wire: Any) -> None:
    keys = {
        *("Content-Type", "acl", "bucket", "key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date"),
        *("x-amz-meta-allowed-paths", "x-amz-security-token", "x-amz-signature"),
    }
    assert set(prepare(wire)["uploadFormData"]) == keys
    form = prepare(wire, "sms")["uploadFormData"]
    assert set(form) == {*keys, "x-amz-meta-channel-id"}
    assert form["x-amz-meta-channel-id"] == wire.owner.cast["channels"]["sms"]


def test_addresses_follow_the_host_that_the_client_used(wire: Any) -> None:
    prepared = prepare(wire, headers={"Host": "mock.internal:8080"})
    assert prepared["uploadUrl"] == "http://mock.internal:8080/bird/media-uploads"
    assert prepared["mediaUrl"].startswith("http://mock.internal:8080/bird/media/")


def test_a_file_is_uploaded_and_served_without_a_key(wire: Any) -> None:
    prepared = prepare(wire)
    absent = (404, "NotFound", "No file is stored under this address.")
    assert told(httpx.get(prepared["mediaUrl"])) == absent
    stored = upload(prepared)
    assert (stored.status_code, stored.content) == (204, b"")
    served = httpx.get(prepared["mediaUrl"])
    assert (served.status_code, served.content) == (200, b"picture")
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "sandbox"


def test_the_file_is_served_as_what_was_announced(wire: Any) -> None:
    prepared = prepare(wire, content_type='text/plain; charset="utf-8"')
    assert upload(prepared).status_code == 204
    assert httpx.get(prepared["mediaUrl"]).headers["Content-Type"] == 'text/plain; charset="utf-8"'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "nowhere"}, "The key was not handed out for an upload."),
        ({"x-amz-signature": "0" * 64}, "The signature does not belong to these form fields."),
        ({"policy": "e30="}, "A form field differs from the one that was handed out."),
        ({"Content-Type": "text/html"}, "A form field differs from the one that was handed out."),
    ],
)
def test_a_changed_form_is_forbidden_and_stores_nothing(wire: Any, changes: dict[str, str], message: str) -> None:
    prepared = prepare(wire)
    assert told(upload(prepared, **changes)) == (403, "Forbidden", message)
    assert httpx.get(prepared["mediaUrl"]).status_code == 404


def test_a_form_stores_one_file(wire: Any) -> None:
    prepared = prepare(wire)
    assert upload(prepared, b"first").status_code == 204
    done = (409, "Conflict", "A file was already uploaded with these form fields.")
    assert told(upload(prepared, b"second")) == done
    assert httpx.get(prepared["mediaUrl"]).content == b"first"


def test_a_form_without_its_file_or_a_field_is_invalid(wire: Any) -> None:
    prepared = prepare(wire)
    form = {**prepared["uploadFormData"]}
    del form["policy"]
    reply = httpx.post(prepared["uploadUrl"], data=form, files={"file": ("a", b"x")})
    assert (reply.status_code, reply.json()["details"]) == (422, {".policy": ["is required"]})
    reply = httpx.post(prepared["uploadUrl"], data=form, files={"flie": ("a", b"x")})
    assert reply.status_code == 422
    assert reply.json()["details"][".file"] == ["is required"]
    for headers, status in (({"Content-Type": "application/json"}, 415), ({"Content-Type": "multipart/form-data"}, 400)):
        assert httpx.post(prepared["uploadUrl"], content=b"{}", headers=headers).status_code == status


@pytest.mark.slow
def test_a_file_may_have_100_mib_and_not_a_byte_more(wire: Any) -> None:
    too_large = (413, "PayloadTooLarge", "The request body is larger than this address accepts.")
    with tempfile.TemporaryFile() as file:
        file.truncate(100 * MIB + 1)
        prepared = prepare(wire)
        assert told(upload(prepared, file)) == too_large
        assert httpx.get(prepared["mediaUrl"]).status_code == 404
        file.truncate(100 * MIB)
        file.seek(0)
        assert upload(prepared, file).status_code == 204
        expected = hashlib.sha256(bytes(100 * MIB)).digest()
        assert hashlib.sha256(httpx.get(prepared["mediaUrl"], timeout=60).content).digest() == expected


def test_media_of_another_channel_are_refused_in_a_message(wire: Any) -> None:
    prepared = prepare(wire, "whatsapp")
    body = {"type": "image", "image": {"images": [{"mediaUrl": prepared["mediaUrl"]}]}}
    place = ".body.image.images[0].mediaUrl"
    early = wire.owner.send("whatsapp", body=body)
    assert (early.status_code, early.json()) == (
        422,
        {
            "code": "InvalidPayload",
            "message": "The media have not been uploaded",
            "details": {place: ["must be uploaded first"]},
        },
    )
    assert upload(prepared).status_code == 204
    assert wire.owner.send("whatsapp", body=body).status_code == 202
    elsewhere = wire.owner.send("sms", body=body)
    assert (elsewhere.status_code, elsewhere.json()) == (
        422,
        {
            "code": "InvalidPayload",
            "message": "The media were uploaded for another channel",
            "details": {place: ["must be usable in this channel"]},
        },
    )


@pytest.mark.parametrize("content_type", ["", "png", "image/", "image/png\r\nX-Evil: 1", "image/png\n", "ü/x", " image/png"])
def test_what_is_no_content_type_is_refused(wire: Any, content_type: str) -> None:
    reply = wire.owner.client.post(f"{wire.owner.home}/channels/presigned-upload", json={"contentType": content_type})
    assert reply.status_code == 422
    assert list(reply.json()["details"]) == [".contentType"]


def test_nobody_prepares_an_upload_elsewhere(wire: Any) -> None:
    for place in (f"{wire.stranger.home}/channels", wire.stranger.channel()):
        reply = wire.owner.client.post(f"{place}/presigned-upload", json={"contentType": "image/png"})
        assert told(reply) == (404, "NotFound", "The workspace does not exist.")


@pytest.mark.parametrize("way", ["path", "header", "credential"])
def test_links_lead_into_the_sandbox_that_gave_them(mock: Any, wire: Any, way: str) -> None:
    made = mock.control.post("/sandboxes", json={}).raise_for_status().json()
    own = made["credentials"]["bird"]["owner"]["access_key"] if way == "credential" else wire.owner.cast["access_key"]
    base = made["base_urls"]["bird"] if way == "path" else mock.base("bird")
    headers = {"Authorization": f"AccessKey {own}", **({"X-Understudy-Sandbox": made["name"]} if way == "header" else {})}
    messages = f"{base}{wire.owner.channel()}/messages"
    asked = httpx.post(f"{base}{wire.owner.home}/channels/presigned-upload", json={"contentType": "image/png"}, headers=headers)
    prepared = asked.raise_for_status().json()
    assert prepared["uploadUrl"] == f"{made['base_urls']['bird']}/media-uploads"
    assert upload({**prepared, "uploadUrl": f"{mock.base('bird')}/media-uploads"}).status_code == 403
    assert upload(prepared).status_code == 204
    assert httpx.get(prepared["mediaUrl"]).content == b"picture"
    medium = prepared["mediaUrl"].rpartition("/")[2]
    assert wire.anyone.get(f"/media/{medium}").status_code == 404
    for link, status in ((prepared["mediaUrl"], 202), (f"{made['base_urls']['bird']}/media/{wire.owner.home[-36:]}", 422)):
        body = {"type": "gif", "gif": {"mediaUrl": link}}
        said = {"receiver": {"contacts": [{"identifierValue": "+31612345678"}]}, "body": body}
        assert httpx.post(messages, json=said, headers=headers).status_code == status
    mock.control.delete(f"/sandboxes/{made['name']}").raise_for_status()
