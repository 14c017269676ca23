"""Contradictions are told all at once, as far as they can be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver.engine import contradictions


def search(*found: str, breaks: Exception | None = None) -> Iterator[str]:
    yield from found
    if breaks:
        raise breaks


def test_every_mistake_is_told() -> None:
    with pytest.raises(ValueError) as caught:
        contradictions.refuse(search("/a: one", "/b: two"))
    assert str(caught.value) == "/a: one\n/b: two"
    contradictions.refuse(search())


def test_what_a_mistake_leads_to_does_not_hide_it() -> None:
    with pytest.raises(ValueError, match=r"^/a: one$"):
        contradictions.refuse(search("/a: one", breaks=KeyError("b")))


@pytest.mark.parametrize("breaks", [KeyError("b"), TypeError("b")])
def test_a_search_that_breaks_off_by_itself_is_a_bug(breaks: Exception) -> None:
    with pytest.raises(type(breaks)):
        contradictions.refuse(search(*(["/a: one"] if isinstance(breaks, TypeError) else []), breaks=breaks))
