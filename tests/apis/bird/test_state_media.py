"""Media without HTTP: what an upload must present, and which messages may use the file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import media
from mockserver.engine.clock import Clock
from mockserver.engine.refusals import Refusal

PHONE, ROOT = "+31612345678", "http://mock.test/bird/media"


def picture(link: str) -> dict[str, Any]:
    return {"type": "image", "image": {"images": [{"mediaUrl": "https://cdn.example/a.png"}, {"mediaUrl": link}]}}


def prepared(house: Any, channel: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = house.do(media.prepare, house.workspace, channel, "image/png")
    return found


def uploaded(house: Any, channel: str | None = None) -> str:
    place = prepared(house, channel)
    house.do(media.admit, place["form"], 7)
    return f"{ROOT}/{place['id']}"


def test_a_file_is_there_after_its_upload_and_not_before(house: Any) -> None:
    place = prepared(house)
    with pytest.raises(media.MediaUnknown):
        house.do(media.stored, place["id"])
    house.do(media.admit, place["form"], 7)
    assert house.do(media.stored, place["id"].upper())["contentType"] == "image/png"


def test_a_form_is_good_once(house: Any) -> None:
    place = prepared(house)
    house.do(media.admit, place["form"], 7)
    with pytest.raises(media.UploadDone):
        house.do(media.admit, place["form"], 7)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"key": "nowhere"}, media.UploadKeyUnknown),
        ({"key": ""}, media.UploadKeyUnknown),
        ({"x-amz-signature": "0" * 64}, media.SignatureForeign),
        ({"x-amz-signature": "ü"}, media.SignatureForeign),
        ({"Content-Type": "text/html"}, media.PolicyMismatch),
        ({"acl": "public-read"}, media.PolicyMismatch),
        ({"policy": "e30="}, media.PolicyMismatch),
        ({"x-amz-date": "20300101T000000Z"}, media.PolicyMismatch),
        ({"x-amz-meta-channel-id": "8d116ece-1738-47d9-bd9c-172411e20b8f"}, media.PolicyMismatch),
    ],
)
def test_a_form_that_was_not_handed_out_is_refused(house: Any, changes: dict[str, str], refusal: type[Refusal]) -> None:
    place = prepared(house)
    with pytest.raises(refusal):
        house.do(media.admit, {**place["form"], **changes}, 7)
    assert house.do(media.admit, place["form"], 7)["size"] == 7


def test_another_forms_signature_is_foreign(house: Any) -> None:
    one, other = prepared(house), prepared(house)
    with pytest.raises(media.SignatureForeign):
        house.do(media.admit, {**one["form"], "x-amz-signature": other["form"]["x-amz-signature"]}, 7)


@pytest.mark.parametrize(("later", "refused"), [(timedelta(hours=1), False), (timedelta(hours=1, microseconds=1), True)])
def test_a_form_holds_for_one_hour(house: Any, later: timedelta, refused: bool) -> None:
    place = prepared(house)
    house.sandbox.clock = Clock(frozen_at=house.sandbox.clock.now() + later)
    if refused:
        with pytest.raises(media.UploadExpired):
            house.do(media.admit, place["form"], 7)
    else:
        assert house.do(media.admit, place["form"], 7)["size"] == 7


def test_media_for_any_channel_are_used_in_every_one(house: Any) -> None:
    link = uploaded(house)
    assert house.send(house.sms, PHONE, body=picture(link))["status"] == "accepted"
    assert house.send(house.whatsapp, PHONE, body=picture(f"{link}?v=1"))["status"] == "accepted"


def test_media_for_one_channel_are_used_there_only(house: Any) -> None:
    link = uploaded(house, house.whatsapp)
    assert house.send(house.whatsapp, PHONE, body=picture(link))["status"] == "accepted"
    with pytest.raises(media.MediaOfAnotherChannel) as refused:
        house.send(house.sms, PHONE, body=picture(link))
    assert refused.value.facts == {"path": ".body.image.images[1].mediaUrl"}


def test_media_must_be_there_and_the_workspaces_own(house: Any) -> None:
    foreign = house.do(media.prepare, house.stranger, None, "image/png")
    house.do(media.admit, foreign["form"], 7)
    missing = [f"{ROOT}/{prepared(house)['id']}", f"{ROOT}/{house.workspace}", f"{ROOT}/x", f"{ROOT}/{foreign['id']}"]
    for link in missing:
        with pytest.raises(media.MediaNotUploaded):
            house.send(house.sms, PHONE, body=picture(link))


@pytest.mark.parametrize(
    "body",
    [
        {"type": "text", "text": {"text": "a", "attachments": [{"mediaUrl": "@", "filename": "a"}]}},
        {"type": "file", "file": {"files": [{"mediaUrl": "@", "contentType": "a/b"}]}},
        {"type": "gif", "gif": {"mediaUrl": "@"}},
        {"type": "html", "html": {"text": "a", "attachments": [{"mediaUrl": "@"}]}},
        {"type": "carousel", "carousel": {"items": [{"mediaUrl": "@"}]}},
        {"type": "section", "section": {"items": [{"type": "gif", "gif": {"mediaUrl": "@"}}]}},
    ],
)
def test_media_are_checked_wherever_a_body_has_them(house: Any, body: dict[str, Any]) -> None:
    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: filled(child) for name, child in node.items()}
        if isinstance(node, list):
            return [filled(child) for child in node]
        return f"{ROOT}/{house.workspace}" if node == "@" else node

    with pytest.raises(media.MediaNotUploaded):
        house.send(house.email, "a@example.com", body=filled(body))


def test_the_rest_of_the_web_is_nobodys_business(house: Any) -> None:
    for link in ("https://cdn.example/media/a.png", f"https://cdn.example/media/{house.workspace}"):
        assert house.send(house.sms, PHONE, body=picture(link))["status"] == "accepted"
