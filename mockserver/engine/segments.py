"""Segments: how many parts a text takes on the air, and in which alphabet (GSM 03.38)."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("€^{}[]\\~|\f")


@dataclass(frozen=True, slots=True)
class Parts:
    """The alphabet of a text (``GSM-7`` or ``UCS-2``) and the number of segments that carry it."""

    encoding: str
    segments: int


def parts_of(text: str) -> Parts:
    """160 septets or 70 UTF-16 units fit in one segment; of several, each carries 153 or 67."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        septets = len(text) + sum(character in _EXTENDED for character in text)
        return Parts("GSM-7", _segments(septets, 160, 153))
    return Parts("UCS-2", _segments(len(text.encode("utf-16-le")) // 2, 70, 67))


def _segments(length: int, alone: int, in_series: int) -> int:
    return 1 if length <= alone else -(-length // in_series)
