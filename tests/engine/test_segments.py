"""Segments: the alphabet a text needs and the parts that carry it."""

import pytest

from mockserver.engine.segments import Parts, parts_of

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("^{}[]\\~|€" + "a" * 142, 1),
        ("^{}[]\\~|€" + "a" * 143, 2),
        (GSM, 1),
    ],
)
def test_gsm_text_is_cut_at_160_or_153_septets(text: str, segments: int) -> None:
    assert parts_of(text) == Parts("GSM-7", segments)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("я", 1), ("я" * 70, 1), ("я" * 71, 2), ("я" * 134, 2), ("я" * 135, 3), ("🚚" * 35, 1), ("🚚" * 36, 2), ("ç" + "a" * 70, 2)],
)
def test_any_other_text_is_cut_at_70_or_67_utf16_units(text: str, segments: int) -> None:
    assert parts_of(text) == Parts("UCS-2", segments)


def test_the_alphabet_is_the_one_of_gsm_03_38() -> None:
    assert len(set(GSM)) == 127, "128 places less the escape"
    assert all(parts_of(character).encoding == "GSM-7" for character in GSM)
