"""Paging: a cursor belongs to the list that gave it out."""

from __future__ import annotations

import pytest

from mockserver.engine.paging import CursorInvalid, cursor, pages, read_cursor


def test_a_cursor_leads_back_to_its_place() -> None:
    assert read_cursor(cursor(12345, "messages of w"), "messages of w") == 12345


@pytest.mark.parametrize(
    "token",
    ["", "x", "AAAA", "äöü", "%00", cursor(5, "messages of w")[:-1], cursor(5, "messages of w") + "A", "A" * 20, "=" * 20],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(CursorInvalid):
        read_cursor(token, "messages of w")


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(CursorInvalid):
        read_cursor(cursor(5, "messages of v"), "messages of w")


@pytest.mark.parametrize(("total", "expected"), [(0, 0), (1, 1), (25, 1), (26, 2), (50, 2), (51, 3)])
def test_pages_hold_every_item(total: int, expected: int) -> None:
    assert pages(total, 25) == expected
