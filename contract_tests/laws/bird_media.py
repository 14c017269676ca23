"""The laws of bird that concern media: what an upload entitles to, and where the file may be used."""

from __future__ import annotations

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.bird import (
    Json,
    channel_id,
    found,
    home,
    mail,
    message,
    nobody,
    outbox,
    phone,
    post,
    receiver,
    refused,
    sent,
)

PICTURE = b"\x89PNG\r\n\x1a\n a law's picture"


def presigned(api: Api, kind: str | None = None, content_type: str = "image/png") -> Json:
    """A presigned upload for the workspace, or for one of its channels."""
    place = f"{home(api)}/channels" if kind is None else f"{home(api)}/channels/{channel_id(api, kind)}"
    return found(post(api, f"{place}/presigned-upload", {"contentType": content_type}))


def upload(api: Api, upload_of: Json, **changes: str) -> httpx.Response:
    """Do what the presigned upload says, with no credential."""
    form = {**upload_of["uploadFormData"], **changes}
    files = {"file": ("a.png", PICTURE, "image/png")}
    return api.client.request(upload_of["uploadMethod"], api.behind_the_gate(upload_of["uploadUrl"]), data=form, files=files)


def uploaded(api: Api, kind: str | None = None) -> str:
    """The ``mediaUrl`` of a finished upload."""
    prepared = presigned(api, kind)
    answer = upload(api, prepared)
    assert answer.status_code == 204, f"the form that was handed out stores the file with 204, not {answer.status_code}"
    return str(prepared["mediaUrl"])


def picture(link: str) -> Json:
    """A body that refers to a medium."""
    return {"type": "image", "image": {"images": [{"mediaUrl": link}]}}


@law("B13")
def test_the_workspaces_media_are_used_in_any_channel(bird: Api) -> None:
    link = uploaded(bird)
    for kind, value in (("sms", phone(bird)), ("whatsapp", phone(bird)), ("email", mail(bird))):
        shown = sent(bird, kind, receiver=receiver(value), body=picture(link))
        assert shown["body"] == picture(link), "a message keeps its media's address"


@law("B14")
def test_a_channels_media_are_used_there_only(bird: Api) -> None:
    link = uploaded(bird, "whatsapp")
    sent(bird, "whatsapp", body=picture(link))
    refused(post(bird, outbox(bird, "sms"), message(bird, body=picture(link))), 422, ".body.image.images[0].mediaUrl")
    elsewhere = message(bird, receiver=receiver(mail(bird)), body=picture(link))
    refused(post(bird, outbox(bird, "email"), elsewhere), 422, ".body.image.images[0].mediaUrl")


@law("B13", "B14", "B04")
def test_an_upload_is_prepared_in_ones_own_places_only(bird: Api) -> None:
    body = {"contentType": "image/png"}
    places = [f"/workspaces/{nobody(bird)}/channels", f"{home(bird, 'stranger')}/channels"]
    places += [f"{home(bird)}/channels/{nobody(bird)}", f"{home(bird)}/channels/{channel_id(bird, actor='stranger')}"]
    for place in places:
        refused(post(bird, f"{place}/presigned-upload", body), 404)


@law("B15")
@pytest.mark.parametrize("kind", [None, "sms"])
def test_a_presigned_upload_needs_a_content_type_and_says_how(bird: Api, kind: str | None) -> None:
    prepared = presigned(bird, kind)
    for name in ("mediaUrl", "uploadUrl"):
        assert httpx.URL(prepared[name]).is_absolute_url, f"{name} is an absolute address"
    assert prepared["uploadMethod"] == "POST", "an upload is a POST"
    assert isinstance(prepared["uploadFormData"], dict), "uploadFormData is an object"
    assert prepared["uploadFormData"], "uploadFormData has fields"
    assert presigned(bird, kind)["mediaUrl"] != prepared["mediaUrl"], "each upload has an address of its own"
    place = f"{home(bird)}/channels" if kind is None else f"{home(bird)}/channels/{channel_id(bird, kind)}"
    for wrong in ({}, {"contentType": ""}, {"contentType": None}, {"contentType": 7}):
        refused(post(bird, f"{place}/presigned-upload", wrong), 422, ".contentType")
    refused(bird.client.post(f"{place}/presigned-upload", json={"contentType": "image/png"}), 401)


@law("B16", "B17", "B18")
@pytest.mark.parametrize("kind", [None, "whatsapp"])
def test_the_form_and_a_file_store_the_file_without_a_key(bird: Api, kind: str | None) -> None:
    prepared = presigned(bird, kind)
    assert bird.client.get(bird.behind_the_gate(prepared["mediaUrl"])).status_code == 404, "before the upload there is no file"
    early = post(bird, outbox(bird, "whatsapp"), message(bird, body=picture(prepared["mediaUrl"])))
    refused(early, 422, ".body.image.images[0].mediaUrl")
    answer = upload(bird, prepared)
    assert answer.status_code == 204, f"the upload needs no key and answers 204, not {answer.status_code} {answer.text}"
    served = bird.client.get(bird.behind_the_gate(prepared["mediaUrl"]))
    assert served.status_code == 200, "after the upload anyone can read the file"
    assert served.content == PICTURE, "the file is served as it was uploaded"
    assert served.headers["content-type"] == "image/png", "the file is served with the type that was announced"
    sent(bird, "whatsapp", body=picture(prepared["mediaUrl"]))


@law("B16", "B17")
def test_a_form_that_was_not_handed_out_stores_nothing(bird: Api) -> None:
    prepared, other = presigned(bird), presigned(bird)
    for name, value in prepared["uploadFormData"].items():
        refused(upload(bird, prepared, **{name: f"{value}x"}), 403)
    stolen = other["uploadFormData"]["x-amz-signature"]
    refused(upload(bird, prepared, **{"x-amz-signature": stolen}), 403)
    missing = {**prepared, "uploadFormData": {k: v for k, v in prepared["uploadFormData"].items() if k != "policy"}}
    refused(upload(bird, missing), 422, ".policy")
    nothing = bird.client.post(bird.behind_the_gate(prepared["uploadUrl"]), data={}, files={"other": ("a", b"x")})
    refused(nothing, 422, ".file")
    assert bird.client.get(bird.behind_the_gate(prepared["mediaUrl"])).status_code == 404, "a refused upload stores nothing"
    assert upload(bird, prepared).status_code == 204, "refused attempts do not use up the form"
    refused(upload(bird, prepared), 409)
