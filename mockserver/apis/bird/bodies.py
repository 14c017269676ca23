"""Bodies: what can be said of a message's content without its channel: its media, its words, its length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# GSM 03.38: the basic table, and those that take two places (ETSI TS 123 038, section 6.2.1).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


def media_links(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Place (``.image.images[0].mediaUrl``) and address of every medium in a body or template."""
    if isinstance(node, Mapping):
        for name, child in node.items():
            if name == "mediaUrl" and isinstance(child, str):
                yield f"{path}.{name}", child
            elif name not in ("metadata", "variables", "configurations"):
                yield from media_links(child, f"{path}.{name}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from media_links(child, f"{path}[{index}]")


def chargeable_units(platform: str, body: Mapping[str, Any] | None) -> int:
    """How many SMS parts the words of a body take; 1 on every other platform and for templates."""
    return sms_parts(_words(body)) if platform == "sms" and body else 1


def _words(body: Mapping[str, Any]) -> str:
    return str(body[body["type"]].get("text", ""))


def sms_parts(text: str) -> int:
    """160 GSM-7 or 70 UCS-2 characters in one part, 153 or 67 in each of several; at least one part."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        length, single, several = len(text) + sum(character in _EXTENDED for character in text), 160, 153
    else:
        length, single, several = len(text.encode("utf-16-be", "surrogatepass")) // 2, 70, 67
    return 1 if length <= single else -(-length // several)
