"""Media types: compared as RFC 9110 says, whatever their case and parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache

_ESSENCE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


@dataclass(frozen=True, slots=True)
class MediaType:
    """``essence`` is ``type/subtype`` in lower case; ``charset`` and ``boundary`` are empty when absent."""

    essence: str
    charset: str = ""
    boundary: str = ""

    @classmethod
    def parse(cls, header: str) -> MediaType | None:
        """The media type that a Content-Type field names; None if it names none."""
        return _parse(header)

    @property
    def is_utf8(self) -> bool:
        """Whether its text is UTF-8, by word or by silence."""
        return self.charset in ("", "utf-8", "utf8", "us-ascii")


@lru_cache(maxsize=256)
def _parse(header: str) -> MediaType | None:
    if not _ESSENCE.fullmatch(header.partition(";")[0].strip()):
        return None
    message = Message()
    message["content-type"] = header
    charset, boundary = (message.get_param(name, "") for name in ("charset", "boundary"))
    return MediaType(message.get_content_type(), str(charset).lower(), str(boundary))
