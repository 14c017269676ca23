"""Respellings: variants that say the same in other values, words and spellings."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from tests.detection import shapes
from tests.detection.proxy import Answer, Forward, Passing
from tests.detection.variant import Json, Variant, changing

_FRACTION = re.compile(r"\.\d+(?=Z|[+-]\d\d:\d\d$)")
_WHOLE_END = re.compile(r"(?<=endAt=)(\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d)(?=Z|%2B)", re.IGNORECASE)


def _coarse(value: Json, schemas: shapes.Schemas) -> Json:
    return _FRACTION.sub("", value) if isinstance(value, str) and shapes.is_moment(schemas) else value


def whole_seconds(api: str) -> Variant:
    """Moments are known to the second. RFC 3339 (5.6): the fraction of a second is optional; no contract says how fine a moment
    is. Where a span of moments is asked for it ends with its last second, so that what was shown can be found again.
    """
    inner = changing(lambda _passing, _answer: _coarse)(api)

    async def lie(passing: Passing, forward: Forward) -> Answer:
        return await inner.lie(passing.but(url=_WHOLE_END.sub(r"\1.999999", passing.url)), forward)

    return Variant(lie, inner.frames)


def _other_offset(value: Json, schemas: shapes.Schemas) -> Json:
    if isinstance(value, str) and shapes.is_moment(schemas):
        return value.removesuffix("Z") + "+00:00" if value.endswith("Z") else value
    return dict(reversed(value.items())) if isinstance(value, dict) else value


def _spaced(text: str) -> str:
    return json.dumps(json.loads(text), indent=1, ensure_ascii=True).replace("/", "\\/")


def other_spelling(api: str) -> Variant:
    """The same JSON and the same moments, written otherwise: keys the other way round, spaces and lines, escapes, +00:00 for Z.
    RFC 8259: an object is unordered (1), white space is insignificant (2), any character may be escaped (7). RFC 3339 (4.3):
    Z and +00:00 are offsets of the same value.
    """
    return changing(lambda _passing, _answer: _other_offset, _spaced)(api)


#: Fields of replies that are not required, and of which no sentence says when they are there.
UNPROMISED: Mapping[str, frozenset[str]] = {
    "restlink": frozenset({"color", "company"}),
    "tofrom": frozenset({"parts"}),
    "bird": frozenset({"bodyId", "platformReferenceId", "ignorePersistedEventhooks", "chargeableUnits", "updatedAt", "parts"}),
}


def sparse(api: str) -> Variant:
    """Fields are left out that are neither required nor promised by a sentence, and those that the contract makes nullable
    without requiring them come as null. OpenAPI 3.0.3, Schema Object: what is not in ``required`` may be absent.
    """
    names = UNPROMISED.get(api, frozenset())

    def change(value: Json, schemas: shapes.Schemas) -> Json:
        if not isinstance(value, dict) or not shapes.is_named(schemas):
            return value
        required = {name for each in schemas for name in each.get("required", ())}
        kept = {name: part for name, part in value.items() if name not in names or name in required}
        known = {name: part for each in schemas for name, part in each.get("properties", {}).items()}
        absent = {name: None for name, part in known.items() if part.get("nullable") and name not in required}
        return {**absent, **kept}

    return changing(lambda _passing, answer: change if answer.well else None)(api)


#: API → the fields of an error that are for people.
SENTENCES: Mapping[str, frozenset[str]] = {
    "restlink": frozenset({"description"}),
    "tofrom": frozenset({"detail"}),
    "xpressbot": frozenset({"error", "message"}),
    "bird": frozenset({"message"}),
    "timelines": frozenset({"message"}),
}


def _other_sentence(text: str) -> str:
    return f"Request declined (reason {zlib.crc32(text.encode()) % 1000})."


def other_words(api: str) -> Variant:
    """Errors have other sentences; codes, statuses and the places of details stay. "Decide by ``error_code``; the sentence is for
    people and may change" (restlink), "``detail`` is for people" (tofrom), "The reason in a few words. Their wording is assumed"
    (xpressbot), "A sentence for people" (bird, timelines).
    """
    names = SENTENCES[api]

    def change(value: Json, _schemas: shapes.Schemas) -> Json:
        if not isinstance(value, dict):
            return value
        told = {name: _other_sentence(part) for name, part in value.items() if name in names and isinstance(part, str)}
        return {**value, **told}

    return changing(lambda _passing, answer: change if answer.status >= 400 else None)(api)


_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def _plain_mail(text: str, whole: bool) -> str:
    name, at, host = text.rpartition("@")
    return (name.lower() if whole else name) + at + host.lower()


def _plain_url(text: str) -> str:
    parts = urlsplit(text)
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))


def normalised(api: str) -> Variant:
    """Values come back in their normal form: addresses of mail in lower case (tofrom: "upper and lower case are the same";
    elsewhere the host alone, RFC 5321 2.4), scheme and host of URLs in lower case (RFC 3986 6.2.2.1), colours with capital
    digits ("Its colour in hexadecimal").
    """

    def change(value: Json, schemas: shapes.Schemas) -> Json:
        if not isinstance(value, str):
            return value
        formats = {each.get("format") for each in schemas}
        if "email" in formats:
            return _plain_mail(value, whole=api == "tofrom")
        if formats & {"uri", "url"}:
            return _plain_url(value)
        return value.upper() if _COLOUR.fullmatch(value) and schemas else value

    return changing(lambda _passing, answer: change if answer.well else None)(api)


#: API → what its free ids look like, and what they look like instead; both ways round. Ids that webhooks, the control plane
#: or the cast name are left as they are: these do not pass the proxy.
LOOKS: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "xpressbot": tuple(
        (rf"\b{kind}_([A-Za-z0-9]{{10}})\b", rf"{new}-\1", rf"\b{new}-([A-Za-z0-9]{{10}})\b", rf"{kind}_\1")
        for kind, new in (("contact", "p"), ("field", "cf"), ("label", "l"), ("exec", "run"), ("conv", "talk"))
    ),
    "tofrom": tuple(
        (rf"\b{kind}_([a-z0-9]{{8}})\b", rf"{new}-\1", rf"\b{new}-([a-z0-9]{{8}})\b", rf"{kind}_\1")
        for kind, new in (("key", "K"), ("num", "N"), ("mem", "M"))
    ),
    "timelines": ((r"timelines\.ai/qr/", "timelines.ai/qr/v2-", r"timelines\.ai/qr/v2-", "timelines.ai/qr/"),),
    "restlink": ((r'"(log_id|id)": ?([0-9]+)(?=,"(?:url|event)|\})', r'"\1":77\g<2>', r"$^", ""),),
}


def other_ids(api: str) -> Variant:
    """Ids look otherwise, in replies and where clients give them back. "An opaque identifier" (tofrom); xpressbot, restlink and
    timelines say nothing of what these ids look like.
    """
    rules = [(re.compile(one), two, re.compile(three), four) for one, two, three, four in LOOKS.get(api, ())]

    def out(text: str) -> str:
        for pattern, new, _, _ in rules:
            text = pattern.sub(new, text)
        return text

    def back(text: str) -> str:
        for _, _, pattern, old in rules:
            text = pattern.sub(old, text)
        return text

    async def lie(passing: Passing, forward: Forward) -> Answer:
        body = back(passing.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        answer = await forward(passing.but(url=back(passing.url), body=body))
        if not shapes.is_json(answer):
            return answer
        return answer.but(body=out(answer.body.decode()).encode())

    return Variant(lie, out)
