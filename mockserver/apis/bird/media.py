"""Media: presigned uploads, what an upload must present, and which messages may refer to the file."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.moments import instant, sortable
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

LIFETIME = timedelta(hours=1)
MAX_BYTES = 100 * 1024 * 1024
_CHANNEL = "x-amz-meta-channel-id"
_SIGNATURE = "x-amz-signature"
_TOKEN = "x-amz-security-token"  # noqa: S105  (a field's name)
_REFERENCE = re.compile(r"/media/([0-9a-fA-F-]{36})(?:[?#].*)?")


class MediaUnknown(Refusal):
    """Nothing is stored under this id."""


class UploadKeyUnknown(Refusal):
    """The form's key was not handed out."""


class SignatureForeign(Refusal):
    """The form's signature is not the one that was handed out with its key."""


class PolicyMismatch(Refusal):
    """A field of the form is not as it was handed out."""


class UploadExpired(Refusal):
    """The form's time is over."""


class UploadDone(Refusal):
    """The form was used before."""


class MediaNotUploaded(Refusal):
    """A message refers to media that are not there. ``path``: where in the body."""


class MediaOfAnotherChannel(Refusal):
    """A message refers to media that only another channel may use. ``path``: where in the body."""


def prepare(tx: Transaction, workspace_id: str, channel_id: str | None, content_type: str) -> Entity:
    """A place for one file, to be filled within the hour: its id and the form that fills it. ``channel_id`` None: for any."""
    place = {"id": tx.chance.uuid(), "workspaceId": workspace_id, "channelId": channel_id, "contentType": content_type}
    return _hand_out(tx, place, tx.now, tx.chance.hex(32), None)


def restore(tx: Transaction, told: Mapping[str, Any]) -> None:
    """A place as ``tell`` told of it."""
    place = {name: told.get(name) for name in ("id", "workspaceId", "channelId", "contentType")}
    _hand_out(tx, place, instant(told["expiresAt"]) - LIFETIME, told["token"], told.get("size"))


def tell(tx: Transaction) -> list[Entity]:
    """Every place that was handed out, with no more than it takes to make its form again."""
    return [_told(record.body) for record in tx.find("media", "")]


def _told(entity: Entity) -> Entity:
    known = {**entity, "token": entity["form"][_TOKEN]}
    names = ("id", "workspaceId", "channelId", "contentType", "expiresAt", "token", "size")
    return {name: known[name] for name in names if known[name] is not None}


def _hand_out(tx: Transaction, place: Entity, moment: datetime, token: str, size: int | None) -> Entity:
    entity = {**place, "form": _form(tx, place, moment, token), "expiresAt": sortable(moment + LIFETIME), "size": size}
    _store(tx, entity)
    return entity


def _store(tx: Transaction, entity: Entity) -> None:
    # No credential comes with an upload or a download, hence no owner: the id itself is what entitles.
    tx.put("media", "", entity["id"], entity)


def _form(tx: Transaction, place: Entity, moment: datetime, token: str) -> dict[str, str]:
    day, second = moment.strftime("%Y%m%d"), moment.strftime("%Y%m%dT%H%M%SZ")
    channel_id = place["channelId"]
    fields = {
        "Content-Type": place["contentType"],
        "acl": "private",
        "bucket": "understudy-media",
        "key": f"{place['workspaceId']}/{place['id']}",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"UNDERSTUDYMEDIA/{day}/eu-west-1/s3/aws4_request",
        "x-amz-date": second,
        "x-amz-meta-allowed-paths": f"/channels/{channel_id}" if channel_id else "*",
        **({_CHANNEL: channel_id} if channel_id else {}),
        _TOKEN: token,
    }
    conditions: list[Any] = [{name: value} for name, value in fields.items()] + [["content-length-range", 0, MAX_BYTES]]
    policy = {"expiration": sortable(moment + LIFETIME), "conditions": conditions}
    encoded = base64.b64encode(json.dumps(policy, separators=(",", ":")).encode())
    secret = (tx.get("upload secret", "", "secret") or {})["secret"]
    signature = hmac.new(secret.encode(), encoded, hashlib.sha256).hexdigest()
    return {**fields, "policy": encoded.decode(), _SIGNATURE: signature}


def admit(tx: Transaction, presented: Mapping[str, Any], size: int) -> Entity:
    """The place that a form fills, marked as filled with ``size`` bytes; a refusal if the form does not entitle to it."""
    entity = tx.get("media", "", presented["key"].rpartition("/")[2])
    if entity is None or entity["form"]["key"] != presented["key"]:
        raise UploadKeyUnknown
    form = entity["form"]
    if not hmac.compare_digest(form[_SIGNATURE].encode(), presented[_SIGNATURE].encode()):
        raise SignatureForeign
    if any(form.get(name) != presented.get(name) for name in (*form, _CHANNEL)):
        raise PolicyMismatch
    if sortable(tx.now) > entity["expiresAt"]:
        raise UploadExpired
    if entity["size"] is not None:
        raise UploadDone
    filled = {**entity, "size": size}
    _store(tx, filled)
    return filled


def stored(tx: Transaction, media_id: str) -> Entity:
    """A file that was uploaded."""
    entity = tx.get("media", "", media_id.lower())
    if entity is None or entity["size"] is None:
        raise MediaUnknown
    return entity


def check_link(
    tx: Transaction, link: str, path: str, *, workspace_id: str, channel_id: str, media_roots: tuple[str, ...]
) -> None:
    """Whether a message of this channel may refer to ``link``. ``media_roots``: under which our own media lie."""
    found = _REFERENCE.search(link)
    entity = tx.get("media", "", found[1].lower()) if found else None
    if entity is None:
        # The rest of the web is none of our business; under our own addresses there must be something.
        if link.startswith(tuple(f"{root}/" for root in media_roots)):
            raise MediaNotUploaded(path=path)
        return
    if entity["workspaceId"] != workspace_id or entity["size"] is None:
        raise MediaNotUploaded(path=path)
    if entity["channelId"] not in (None, channel_id):
        raise MediaOfAnotherChannel(path=path)
