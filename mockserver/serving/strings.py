"""Strings: text as a schema wants them, made up by Faker after the name of the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.engine.chance import ALPHANUMERIC
from mockserver.serving.schemas import Schema

# Faker's own moments would hang on the day on which they are drawn.
_OPENING = datetime(2025, 1, 1, tzinfo=UTC)
_YEAR = 365 * 24 * 3600
_USUAL_LENGTH = 60

#: What fields of these names hold, the first that fits.
_BY_NAME = (
    (r"e-?mail", "email"),
    (r"phone|msisdn|dnis|e164", "phone"),
    (r"first_?name", "first_name"),
    (r"last_?name|surname", "last_name"),
    (r"company|organization_?name|workspace_?name", "company"),
    (r"(file|sender|template|field|label|channel)_?name", "word"),
    (r"^name$|display_?name|full_?name|user_?name", "name"),
    (r"country", "country_code"),
    (r"currency", "currency_code"),
    (r"locale|language", "locale"),
    (r"url$|uri$|link", "url"),
    (r"city", "city"),
    (r"colou?r", "hex_color"),
    (r"(^|_)(text|body|message|description|caption|reason|detail|content)$", "sentence"),
    (r"(^|_|[a-z])(i|I)d$|token|secret|key|sid|hash|etag|cursor", "token"),
)
_PREFIXED = re.compile(r"([a-z]{1,6}[_.])[A-Za-z0-9]{4,}")


class Strings:
    """Draws strings from one Faker, whose seed alone decides what they are."""

    def __init__(self, faker: Any) -> None:
        from rstr import Rstr  # noqa: PLC0415  (only who wants generated replies pays for it)

        self._faker = faker
        self._random = faker.random
        self._patterns = Rstr(faker.random)
        self._formats: Mapping[str, Callable[[], str]] = {
            "date-time": lambda: self._moment().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "date": lambda: self._moment().strftime("%Y-%m-%d"),
            "time": lambda: self._moment().strftime("%H:%M:%SZ"),
            "uuid": lambda: str(faker.uuid4()),
            "email": faker.safe_email,
            "uri": self._url,
            "hostname": faker.domain_name,
            "ipv4": faker.ipv4,
            "ipv6": faker.ipv6,
            "byte": lambda: "VW5kZXJzdHVkeQ==",
        }
        self._words: Mapping[str, Callable[[], str]] = {
            "email": faker.safe_email,
            "phone": lambda: f"+1415555{self._random.randrange(10_000):04d}",
            "url": self._url,
            "token": lambda: self._token(12),
            **{
                name: getattr(faker, name)
                for name in ("first_name", "last_name", "company", "word", "name", "country_code", "currency_code")
            },
            **{name: getattr(faker, name) for name in ("locale", "city", "hex_color", "sentence")},
        }

    def text(self, schema: Schema, name: str) -> str:
        """A string for a field: its format first, then its pattern, then what its name speaks of."""
        pattern, made = schema.get("pattern"), self._made(schema, name)
        fitting = _within(made, schema)
        if pattern is None or re.search(pattern, fitting):
            return fitting
        return _within(self._patterns.xeger(pattern), schema)

    def _made(self, schema: Schema, name: str) -> str:
        written = self._formats.get(schema.get("format", ""))
        if written is not None:
            return written()
        kind = next((kind for spelling, kind in _BY_NAME if re.search(spelling, name, re.IGNORECASE)), "sentence")
        prefixed = _PREFIXED.fullmatch(str(schema.get("example", "")))
        return prefixed[1] + self._token(12) if prefixed else self._words[kind]()

    def _moment(self) -> datetime:
        return _OPENING + timedelta(seconds=self._random.randrange(_YEAR))

    def _url(self) -> str:
        return f"https://{self._faker.word()}.example.com/{self._faker.word()}/{self._random.randrange(10_000)}"

    def _token(self, length: int) -> str:
        return "".join(self._random.choice(ALPHANUMERIC) for _ in range(length))


def _within(text: str, schema: Schema) -> str:
    """The text, cut or drawn out to the length that the schema wants."""
    text = text[: schema.get("maxLength", _USUAL_LENGTH if len(text) > 4 * _USUAL_LENGTH else None)]
    missing = schema.get("minLength", 0) - len(text)
    return text + (text * (missing // max(1, len(text)) + 1) or "x" * missing)[:missing] if missing > 0 else text
